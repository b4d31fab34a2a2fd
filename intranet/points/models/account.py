"""Accounts: of parties, one a year they earned in; of what was issued and where it went."""

from __future__ import annotations

from enum import StrEnum
from typing import cast

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, made_with
from intranet.grids.models.tree import stored
from intranet.guards import function


class Dimension(StrEnum):
    """What a point stands for."""

    PARTICIPATION = "participation"  # 参与度
    CONTRIBUTION = "contribution"  # 贡献度
    SUPERVISION = "supervision"  # 监督度


class AccountKind(StrEnum):
    """What is kept in an account."""

    PARTY = "party"  # what a party has of one year's points: the oldest are spent first
    ISSUED = "issued"  # what was given out in a year, in one dimension
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    DEDUCTED = "deducted"
    STOCK = "stock"  # goods on the shelf
    SUPPLIED = "supplied"  # where goods come from
    HANDED = "handed"  # goods given out


# What is given and taken by a rule; everything else follows from what happened.
BY_RULE = frozenset({AccountKind.ISSUED, AccountKind.DEDUCTED})
POINTS_MAX = 1_000_000  # of one act, whoever types it: far more than any rule gives


class Side(StrEnum):
    """On which side an account grows."""

    CREDIT = "credit"
    DEBIT = "debit"


TAKEN = {
    AccountKind.REDEEMED: "Income:Redeemed",
    AccountKind.EXPIRED: "Income:Expired",
    AccountKind.DEDUCTED: "Income:Deducted",
}
GOODS = {
    AccountKind.STOCK: ("Assets:Stock", Side.DEBIT, 0),
    AccountKind.SUPPLIED: ("Equity:Supplied", Side.CREDIT, None),
    AccountKind.HANDED: ("Expenses:Handed", Side.DEBIT, 0),
}


def code_of(
    kind: AccountKind,
    *,
    party_id: int | None = None,
    year: int | None = None,
    dimension: Dimension | None = None,
    sku: str = "",
) -> str:
    """Return an account's code, which is attested: it tells whose it is, of which year and what."""
    if kind is AccountKind.PARTY:
        return f"Liabilities:Party:P{party_id:07}:Y{year}"
    if kind is AccountKind.ISSUED:
        return f"Equity:Issued:Y{year}:{dimension.value.capitalize() if dimension else ''}"
    return f"{TAKEN[kind]}:Y{year}" if kind in TAKEN else f"{GOODS[kind][0]}:{sku}"


class LedgerAccount(Model):
    """One account; its four totals are kept by the database itself, from the transfers.

    What it can give away is what it has less what is held: below ``floor`` the database refuses.
    """

    __tablename__ = "points_account"
    __table_args__ = (
        CheckConstraint(
            "floor IS NULL"
            " OR (side = 'credit' AND credits_posted - debits_posted - debits_pending >= floor)"
            " OR (side = 'debit' AND debits_posted - credits_posted - credits_pending >= floor)",
            name="not_below_its_floor",
        ),
        CheckConstraint("(kind = 'party') = (party_id IS NOT NULL)", name="a_partys_has_its_party"),
        Index("ix_points_account_party_id_year", "party_id", "year"),
        Index(
            "ix_points_account_dimension",
            "dimension",
            sqlite_where=text("dimension IS NOT NULL"),
            postgresql_where=text("dimension IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)  # as Beancount and hledger write it
    ledger: Mapped[str] = mapped_column(Text)  # points and each kind of goods never mix
    kind: Mapped[AccountKind] = mapped_column(stored(AccountKind))
    side: Mapped[Side] = mapped_column(stored(Side))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    year: Mapped[int | None]
    dimension: Mapped[Dimension | None] = mapped_column(stored(Dimension))
    floor: Mapped[int | None]
    debits_posted: Mapped[int] = mapped_column(BigInteger, default=0)
    credits_posted: Mapped[int] = mapped_column(BigInteger, default=0)
    debits_pending: Mapped[int] = mapped_column(BigInteger, default=0)
    credits_pending: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def totals(self) -> list[int]:
        """Debits and credits posted, debits and credits pending."""
        return [
            self.debits_posted,
            self.credits_posted,
            self.debits_pending,
            self.credits_pending,
        ]

    @property
    def balance(self) -> int:
        """What it has, by its side."""
        grown = self.credits_posted - self.debits_posted
        return grown if self.side is Side.CREDIT else -grown

    @property
    def available(self) -> int:
        """What it can give away: what it has less what is held."""
        is_credit = self.side is Side.CREDIT
        return self.balance - (self.debits_pending if is_credit else self.credits_pending)


FIXED = ("code", "ledger", "kind", "side", "party_id", "year", "dimension", "floor")


def fixed(dialect: str) -> list[str]:
    """Return the statements that keep accounts: only their totals change, none is deleted."""
    refused, on = "points_account keeps its rows", "ON points_account"
    change = f"CREATE TRIGGER points_account_no_change BEFORE UPDATE OF {', '.join(FIXED)} {on}"
    delete = "CREATE TRIGGER points_account_no_delete BEFORE DELETE"
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        return [f"{change} {refuse}", f"{delete} {on} {refuse}"]
    act = "EXECUTE FUNCTION points_account_kept()"
    return [
        function("points_account_kept", f"RAISE EXCEPTION '{refused}';"),
        f"{change} FOR EACH ROW {act}",
        f"{delete} OR TRUNCATE {on} FOR EACH STATEMENT {act}",
    ]


made_with(cast("Table", LedgerAccount.__table__), fixed)
