"""Street cameras, what the media worker says of them, tests people ask for, and who watched."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored
from intranet.media.door import State, StreamName, TalkDriver, Trouble


def _enum(kind: type[State | StreamName | Trouble]) -> Enum:
    return Enum(kind, native_enum=False, values_callable=lambda e: [m.value for m in e], length=24)


class Camera(Model):
    """One camera. Its addresses hold passwords: sealed here, and never sent to a browser."""

    __tablename__ = "camera"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_camera_grid_path_code", "grid_path", "code"),
        CheckConstraint("latitude_wgs84 BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude_wgs84 BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    latitude_wgs84: Mapped[float | None]
    longitude_wgs84: Mapped[float | None]
    host_party_id: Mapped[int | None] = mapped_column(
        ForeignKey("party.id", ondelete="SET NULL"), index=True
    )
    main_url_sealed: Mapped[str] = mapped_column(Text)
    sub_url_sealed: Mapped[str] = mapped_column(Text, default="")
    # host:port/path, without user and password; for the console, never for a browser
    main_place: Mapped[str] = mapped_column(Text)
    sub_place: Mapped[str] = mapped_column(Text, default="")
    wallclock: Mapped[bool] = mapped_column(default=False)
    # The way to its loudspeaker that worked last; and an address of its own where the way to the
    # pictures does not lead there (another port, another path).
    talk_driver: Mapped[TalkDriver | None] = mapped_column(stored(TalkDriver))
    talk_url_sealed: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class StreamState(Model):
    """What the media worker last said of one stream."""

    __tablename__ = "stream_state"

    camera_id: Mapped[int] = mapped_column(
        ForeignKey("camera.id", ondelete="CASCADE"), primary_key=True
    )
    stream: Mapped[StreamName] = mapped_column(_enum(StreamName), primary_key=True)
    state: Mapped[State] = mapped_column(_enum(State))
    trouble: Mapped[Trouble | None] = mapped_column(_enum(Trouble))
    at: Mapped[datetime]
    last_fragment_at: Mapped[datetime | None]
    reconnects: Mapped[int] = mapped_column(default=0)
    codecs: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)


class CameraTest(Model):
    """One press of "test camera": asked by the web, answered by the media worker."""

    __tablename__ = "camera_test"
    __table_args__ = (Index("ix_camera_test_done_at_id", "done_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    url_sealed: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    trouble: Mapped[Trouble | None] = mapped_column(_enum(Trouble))
    codec: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    frames_per_second_milli: Mapped[int] = mapped_column(default=0)
    audio_codec: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")  # Trouble keys, comma-separated
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)


class Viewing(Model):
    """Somebody watched a camera live, from when until when (known to within 15 seconds)."""

    __tablename__ = "viewing"
    __table_args__ = (
        Index("ix_viewing_camera_id_began_at", "camera_id", "began_at"),
        Index("ix_viewing_account_id_camera_id_seen_at", "account_id", "camera_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="RESTRICT"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
