"""A correction asked for by one person, which another one confirms or refuses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model
from intranet.grids.models.tree import stored


class CorrectionReason(StrEnum):
    """Why an entry is wrong; the ledger's note of the correction is this word alone."""

    WRONG_AMOUNT = "wrong_amount"
    WRONG_PARTY = "wrong_party"
    TWICE = "twice"
    NOT_DONE = "not_done"  # it did not happen
    WRONG_RULE = "wrong_rule"
    OTHER = "other"


class CorrectionState(StrEnum):
    """How far it is."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Correction(Model):
    """What is asked for: the entry undone, and with ``amount`` entered anew with that amount.

    ``words`` are people's own and stand here, not in the ledger: somebody may be named in them.
    """

    __tablename__ = "points_correction"
    __table_args__ = (
        CheckConstraint("asked_by <> decided_by", name="decided_by_another"),
        CheckConstraint("amount > 0", name="of_something"),
        CheckConstraint(
            "(state = 'confirmed') = (reversal_id IS NOT NULL)", name="confirmed_by_an_entry"
        ),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided_at_a_time"),
        Index("ix_points_correction_gathering_id", "gathering_id"),
        Index(
            "uq_points_correction_entry_id",
            "entry_id",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    # Set where it was asked for with all of a gathering at once.
    gathering_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_gathering.id", ondelete="RESTRICT")
    )
    reason: Mapped[CorrectionReason] = mapped_column(stored(CorrectionReason))
    words: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(BigInteger)  # what would have been right
    state: Mapped[CorrectionState] = mapped_column(
        stored(CorrectionState), default=CorrectionState.ASKED
    )
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")  # why it was refused
    reversal_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), unique=True
    )
    replacement_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), unique=True
    )
