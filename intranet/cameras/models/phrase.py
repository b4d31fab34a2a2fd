"""What is said again and again through a community's cameras, recorded once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model
from intranet.grids.models.tree import stored


class Tongue(StrEnum):
    """How it is spoken."""

    MANDARIN = "mandarin"
    SICHUAN = "sichuan"


class Phrase(Model):
    """A phrase of one community; what was said with it has a copy of its own."""

    __tablename__ = "talk_phrase"
    __table_args__ = (Index("ix_talk_phrase_grid_path_uses", "grid_path", "uses"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(Text)  # of the community
    words: Mapped[str] = mapped_column(Text)
    tongue: Mapped[Tongue] = mapped_column(stored(Tongue))
    file_key: Mapped[str] = mapped_column(Text, index=True)  # sealed; empty once it is forgotten
    media_type: Mapped[str] = mapped_column(Text)
    sound_milliseconds: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    uses: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
