"""A year of the ledger: open, then closed for good, in order."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model
from intranet.grids.models.tree import stored


class PeriodState(StrEnum):
    """Whether entries may still be dated in it."""

    OPEN = "open"
    CLOSED = "closed"


class Period(Model):
    """One year. ``balances`` is the trial balance frozen at its close, canonical JSON."""

    __tablename__ = "points_period"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="ends_after_it_starts"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[PeriodState] = mapped_column(stored(PeriodState), default=PeriodState.OPEN)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    balances: Mapped[str] = mapped_column(Text, default="")
    balances_sha256: Mapped[str] = mapped_column(Text, default="")
    last_entry_id: Mapped[int] = mapped_column(default=0)
