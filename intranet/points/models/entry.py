"""Entries: each some transfers that stand or fall together, chained by their hashes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.db import Model, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.points.models.account import LedgerAccount
from intranet.points.models.guards import entry_guards, transfer_guards


class EntryKind(StrEnum):
    """Why points or goods move."""

    GRANT = "grant"  # earned
    DEDUCT = "deduct"  # taken away by a listed rule
    RESOLVE = "resolve"  # what was pending is posted or let go
    REVERSE = "reverse"  # an entry undone by its mirror image
    HOLD = "hold"  # kept aside for goods
    COLLECT = "collect"  # the goods were handed over
    RELEASE = "release"  # the goods were not fetched
    SUPPLY = "supply"  # goods came
    EXPIRE = "expire"
    AWARD = "award"  # goods at year's end, for no points


class Phase(StrEnum):
    """What a transfer does to its accounts."""

    POSTED = "posted"
    PENDING = "pending"  # in publicity, or held
    POST = "post"  # a pending one becomes a posted one
    VOID = "void"  # a pending one is let go


class Entry(Model):
    """One entry; ``id`` counts without a gap, ``hash`` covers every attested field (points.md).

    ``key`` and ``body_sha256`` make a second submission the first one. Names stand nowhere here:
    parties are numbers in the codes of accounts.
    """

    __tablename__ = "points_entry"
    __table_args__ = (
        CheckConstraint("actor_id <> approver_id", name="approved_by_another"),
        CheckConstraint("transfer_count > 0", name="of_some_transfers"),
        # What lists are narrowed to, each in their order: the newest first.
        Index("ix_points_entry_effective_on_id", "effective_on", "id"),
        Index("ix_points_entry_kind_id", "kind", "id"),
        Index("ix_points_entry_rule_code_id", "rule_code", "id"),
        Index("ix_points_entry_period_id_id", "period_id", "id"),
        Index("ix_points_entry_event", "event"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Text, unique=True)
    body_sha256: Mapped[str] = mapped_column(Text)
    kind: Mapped[EntryKind] = mapped_column(stored(EntryKind))
    rule_code: Mapped[str] = mapped_column(Text, default="")
    rule_version: Mapped[int] = mapped_column(default=0)
    rule_sha256: Mapped[str] = mapped_column(Text, default="")  # of what the rule said
    event: Mapped[str] = mapped_column(Text, default="")  # what it comes from, ``room:number``
    note: Mapped[str] = mapped_column(Text, default="")  # a code, or words without a name
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    period_id: Mapped[int] = mapped_column(ForeignKey("points_period.id", ondelete="RESTRICT"))
    reverses_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), unique=True
    )
    transfer_count: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text, unique=True)


class Transfer(Model):
    """From one account to another; balanced by being one row."""

    __tablename__ = "points_transfer"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        CheckConstraint("amount > 0", name="of_something"),
        CheckConstraint("debit_id <> credit_id", name="between_two"),
        CheckConstraint("(phase IN ('post', 'void')) = (of_id IS NOT NULL)", name="of_a_pending"),
        # All that an account's transfers come to stands in these two.
        Index("ix_points_transfer_debit_sums", "debit_id", "entry_id", "phase", "amount"),
        Index("ix_points_transfer_credit_sums", "credit_id", "entry_id", "phase", "amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    number: Mapped[int]
    debit_id: Mapped[int] = mapped_column(ForeignKey("points_account.id", ondelete="RESTRICT"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("points_account.id", ondelete="RESTRICT"))
    amount: Mapped[int] = mapped_column(BigInteger)
    phase: Mapped[Phase] = mapped_column(stored(Phase))
    # The pending transfer that this one posts or lets go: once.
    of_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_transfer.id", ondelete="RESTRICT"), unique=True
    )

    debit: Mapped[LedgerAccount] = relationship(foreign_keys=debit_id, viewonly=True, lazy="raise")
    credit: Mapped[LedgerAccount] = relationship(
        foreign_keys=credit_id, viewonly=True, lazy="raise"
    )


class Anchor(Model):
    """A head of the chain that was made public: from then on nothing before it can be cut off."""

    __tablename__ = "points_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    hash: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)  # the notice board, the minutes of a meeting
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


for kept in (Entry, Transfer, Anchor):
    append_only(cast("Table", kept.__table__))
made_with(cast("Table", Entry.__table__), entry_guards)
made_with(cast("Table", Transfer.__table__), transfer_guards)
