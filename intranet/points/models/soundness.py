"""When the ledger was gone through and what was found; the roots that were made public."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, append_only


class Verification(Model):
    """One time the whole ledger is gone through, in the background: asked for, begun, finished.

    ``head_id`` and ``head_hash`` are the newest entry that was seen, ``roots`` the trees of the
    years as JSON: year, how many entries, root. ``first_faults`` is JSON, too.
    """

    __tablename__ = "points_verification"
    __table_args__ = (
        CheckConstraint("finished_at IS NULL OR started_at IS NOT NULL", name="begun_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    head_id: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str] = mapped_column(Text, default="")
    faults: Mapped[int] = mapped_column(default=0)
    first_faults: Mapped[str] = mapped_column(Text, default="[]")
    roots: Mapped[str] = mapped_column(Text, default="[]")


class AnchorRoot(Model):
    """The root over a year's entries, up to the head beside which it was made public."""

    __tablename__ = "points_anchor_root"
    __table_args__ = (UniqueConstraint("anchor_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    anchor_id: Mapped[int] = mapped_column(ForeignKey("points_anchor.id", ondelete="RESTRICT"))
    year: Mapped[int]
    size: Mapped[int]  # entries below it
    root: Mapped[str] = mapped_column(Text)


append_only(cast("Table", AnchorRoot.__table__))
