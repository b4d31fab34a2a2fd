"""One thing said through several cameras: kept until it is confirmed, then a talk at each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model
from intranet.grids.models.tree import stored


class Unsent(StrEnum):
    """Why it was not sent to a camera."""

    BUSY = "busy"  # somebody was speaking there
    GONE = "gone"  # taken down meanwhile, or no longer of the one who speaks


class Broadcast(Model):
    """What is to be said at once, and where.

    Nothing is said before ``confirmed_at``. Its own sound is kept for a while only: each talk made
    of it has a copy, which goes in the time of talks.
    """

    __tablename__ = "talk_broadcast"
    __table_args__ = (
        Index("ix_talk_broadcast_file_key", "file_key"),
        Index("ix_talk_broadcast_made_at", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    file_key: Mapped[str] = mapped_column(Text)  # sealed; empty once it is kept no longer
    media_type: Mapped[str] = mapped_column(Text)
    sound_milliseconds: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")  # why in the quiet hours
    transcript: Mapped[str] = mapped_column(Text, default="")  # its words, where they are known
    phrase_id: Mapped[int | None] = mapped_column(ForeignKey("talk_phrase.id", ondelete="RESTRICT"))


class BroadcastCamera(Model):
    """One camera of it."""

    __tablename__ = "talk_broadcast_camera"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("talk_broadcast.id", ondelete="CASCADE"), primary_key=True
    )
    camera_id: Mapped[int] = mapped_column(
        ForeignKey("camera.id", ondelete="RESTRICT"), primary_key=True
    )
    unsent: Mapped[Unsent | None] = mapped_column(stored(Unsent))
    busy_with: Mapped[str] = mapped_column(Text, default="")  # the name of who was speaking there
