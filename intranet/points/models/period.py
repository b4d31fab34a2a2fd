"""A year of the ledger: open, then closed for good, in order."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.points.models.guards import period_guards


class PeriodState(StrEnum):
    """Whether entries may still be dated in it."""

    OPEN = "open"
    CLOSED = "closed"


class PeriodVerb(StrEnum):
    """What becomes of a year."""

    CLOSE = "close"
    REOPEN = "reopen"


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


class PeriodStep(Model):
    """A year closed or opened again, by whom: written down before the year itself changes.

    The database lets no year change its state without; nobody opens one behind all backs.
    """

    __tablename__ = "points_period_step"
    __table_args__ = (
        CheckConstraint("actor_id <> confirmed_by", name="done_by_two"),
        Index("ix_points_period_step_period_id", "period_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("points_period.id", ondelete="RESTRICT"))
    verb: Mapped[PeriodVerb] = mapped_column(stored(PeriodVerb))
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    last_entry_id: Mapped[int]
    balances_sha256: Mapped[str] = mapped_column(Text)  # of what was frozen, or is let go again


append_only(cast("Table", PeriodStep.__table__))
made_with(cast("Table", PeriodStep.__table__), period_guards)
