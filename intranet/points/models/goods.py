"""What points are redeemed for, who has asked for some of it, and the codes it is fetched with."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored


class Goods(Model):
    """One kind of goods of one community. How many there are stands in the ledger alone."""

    __tablename__ = "points_goods"
    __table_args__ = (
        CheckConstraint("points > 0", name="for_some_points"),
        CheckConstraint("cost_fen >= 0", name="costs_nothing_or_more"),
        CheckConstraint("year_limit >= 0", name="limit_of_nothing_or_more"),
        Index("ix_points_goods_grid_path", "grid_path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of the community
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    sku: Mapped[str] = mapped_column(Text, unique=True)  # its accounts are named by it
    title: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[int]
    cost_fen: Mapped[int] = mapped_column(default=0)  # what the community pays for one
    year_limit: Mapped[int] = mapped_column(default=0)  # for one party; 0 is none
    sponsor: Mapped[str] = mapped_column(Text, default="")
    file_key: Mapped[str] = mapped_column(Text, default="", index=True)
    thumbnail_key: Mapped[str] = mapped_column(Text, default="", index=True)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    @property
    def is_open(self) -> bool:
        """Whether it can be asked for."""
        return self.retired_at is None


class RedemptionState(StrEnum):
    """What has become of what was asked for."""

    HELD = "held"  # points and goods are kept aside
    COLLECTED = "collected"
    RELEASED = "released"  # let go by whom it was for, or by the station
    EXPIRED = "expired"  # not fetched in time


REDEMPTION_MOVES: dict[RedemptionState, frozenset[RedemptionState]] = {
    RedemptionState.HELD: frozenset(RedemptionState) - {RedemptionState.HELD},
    RedemptionState.COLLECTED: frozenset(),
    RedemptionState.RELEASED: frozenset(),
    RedemptionState.EXPIRED: frozenset(),
}


class Redemption(Model):
    """Goods asked for: one entry holds points and goods, one more decides of both.

    The code is kept twice while it is of use: hashed with a salt of its own, to be compared, and
    sealed, to be shown to whom the goods are for.
    """

    __tablename__ = "points_redemption"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="of_some_pieces"),
        CheckConstraint("(state = 'held') = (done_id IS NULL)", name="decided_by_an_entry"),
        UniqueConstraint("hold_id"),
        UniqueConstraint("done_id"),
        Index("ix_points_redemption_party_id_id", "party_id", "id"),
        Index("ix_points_redemption_goods_id_party_id", "goods_id", "party_id"),
        Index(
            "ix_points_redemption_held",
            "expires_at",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    goods_id: Mapped[int] = mapped_column(ForeignKey("points_goods.id", ondelete="RESTRICT"))
    quantity: Mapped[int]
    points: Mapped[int]  # of all pieces, as they were asked for
    year: Mapped[int]
    state: Mapped[RedemptionState] = mapped_column(
        stored(RedemptionState), default=RedemptionState.HELD
    )
    hold_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    done_id: Mapped[int | None] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    code_salt: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[str] = mapped_column(Text)
    code_sealed: Mapped[str] = mapped_column(Text)  # empty once it is decided
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    done_at: Mapped[datetime | None]

    @property
    def is_at_counter(self) -> bool:
        """Whether it was held and handed over in one act, for somebody without a phone."""
        return self.state is RedemptionState.COLLECTED and self.made_at == self.done_at


class CodeTry(Model):
    """One code typed at a desk, written down as wrong before it is looked at."""

    __tablename__ = "points_code_try"
    __table_args__ = (Index("ix_points_code_try_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    succeeded: Mapped[bool] = mapped_column(default=False)
