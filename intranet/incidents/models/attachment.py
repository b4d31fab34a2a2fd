"""Photos and voice notes of an incident: the files lie beside the database, the rows name them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model
from intranet.grids.models.tree import stored


class AttachmentKind(StrEnum):
    """What a file shows or says."""

    SCENE = "scene"  # 现场
    RESULT = "result"  # 处置后
    CHECK = "check"  # 核查
    VOICE = "voice"  # 语音


class Attachment(Model):
    """One file, without metadata of whoever made it; place and time of a photo are columns.

    After redaction ``file_key`` names the new file and ``sealed_key`` the original, encrypted.
    """

    __tablename__ = "incident_attachment"
    __table_args__ = (
        Index("ix_incident_attachment_incident_id", "incident_id"),
        CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)", name="whole_coordinates"
        ),
        CheckConstraint("hidden_at IS NULL OR hidden_reason <> ''", name="hidden_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"))
    kind: Mapped[AttachmentKind] = mapped_column(stored(AttachmentKind))
    round: Mapped[int]
    # A file that no column of such a name names is swept away: intranet/workbench/tasks.py.
    file_key: Mapped[str] = mapped_column(Text, index=True)
    thumbnail_key: Mapped[str] = mapped_column(Text, default="", index=True)
    sealed_key: Mapped[str] = mapped_column(Text, default="", index=True)
    media_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime | None]
    latitude_wgs84: Mapped[float | None]
    longitude_wgs84: Mapped[float | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    added_at: Mapped[datetime]
    redacted_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling
