"""A community's year's end: the plan, what was published, who signed, honours, and consent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored
from intranet.points.models.account import Dimension
from intranet.register.models import PartyKind


class SettlementState(StrEnum):
    """How far a year's end has come."""

    DRAFT = "draft"  # the plan is being written
    PUBLICITY = "publicity"  # the standings hang out, and may be objected to
    FINAL = "final"  # signed by two: honours and goods are awarded
    CLOSED = "closed"  # the year takes no entry any more


# What may follow what. Back to the draft goes who has to publish anew, and back from a closed
# year who opens it again, with a second person and a reason.
SETTLEMENT_MOVES: dict[SettlementState, frozenset[SettlementState]] = {
    SettlementState.DRAFT: frozenset({SettlementState.PUBLICITY}),
    SettlementState.PUBLICITY: frozenset({SettlementState.DRAFT, SettlementState.FINAL}),
    SettlementState.FINAL: frozenset({SettlementState.CLOSED}),
    SettlementState.CLOSED: frozenset({SettlementState.FINAL}),
}


class TwoPersonAct(StrEnum):
    """What one asks for and another does."""

    SIGN = "sign"
    CLOSE = "close"
    REOPEN = "reopen"


class Measure(StrEnum):
    """By what parties of one kind are ranked."""

    OVERALL = "overall"
    PARTICIPATION = Dimension.PARTICIPATION.value
    CONTRIBUTION = Dimension.CONTRIBUTION.value
    SUPERVISION = Dimension.SUPERVISION.value
    PER_HEAD = "per_head"  # of households and teams, by their members


class Settlement(Model):
    """One year's end of one community; ``snapshot`` is what was published, canonical JSON."""

    __tablename__ = "points_settlement"
    __table_args__ = (
        UniqueConstraint("grid_path", "year"),
        CheckConstraint("publicity_days >= 1", name="published_for_a_day"),
        CheckConstraint("budget_fen >= 0", name="budget_of_nothing_or_more"),
        CheckConstraint("(asked_act IS NULL) = (asked_by IS NULL)", name="asked_by_one"),
        CheckConstraint("signed_by <> cosigned_by", name="signed_by_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of the community, as it was then
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        info={"past": True},
    )
    year: Mapped[int]
    state: Mapped[SettlementState] = mapped_column(
        stored(SettlementState), default=SettlementState.DRAFT
    )
    publicity_days: Mapped[int] = mapped_column(default=7)
    budget_fen: Mapped[int] = mapped_column(default=0)
    # The first day on which the year's points are none any more. People read and type the day
    # before it, ``last_day``: what stands on a bag of rice is the last day on which it is good.
    expires_on: Mapped[date | None]
    snapshot: Mapped[str] = mapped_column(Text, default="")
    snapshot_sha256: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None]
    publicity_until: Mapped[date | None]  # the last day on which it hangs out
    asked_act: Mapped[TwoPersonAct | None] = mapped_column(stored(TwoPersonAct))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    asked_at: Mapped[datetime | None]
    asked_reason: Mapped[str] = mapped_column(Text, default="")
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    cosigned_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    signed_at: Mapped[datetime | None]
    # Since when the closed year takes entries again; what was signed stays what it was.
    reopened_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    @property
    def last_day(self) -> date | None:
        """The last day on which the year's points can be spent; None where they are carried on."""
        return self.expires_on - timedelta(days=1) if self.expires_on else None


class Honour(Model):
    """One line of a year's plan: what those of some ranks are called, and what they are given."""

    __tablename__ = "points_honour"
    __table_args__ = (
        CheckConstraint("rank_first >= 1 AND rank_first <= rank_last", name="of_some_ranks"),
        CheckConstraint("(goods_id IS NULL) = (quantity = 0)", name="gives_some_or_none"),
        Index("ix_points_honour_settlement_id", "settlement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(
        ForeignKey("points_settlement.id", ondelete="RESTRICT")
    )
    kind: Mapped[PartyKind] = mapped_column(stored(PartyKind))
    measure: Mapped[Measure] = mapped_column(stored(Measure))
    rank_first: Mapped[int]
    rank_last: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    goods_id: Mapped[int | None] = mapped_column(ForeignKey("points_goods.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(default=0)


class Award(Model):
    """An honour that a party was given, and the entry of the goods that went with it."""

    __tablename__ = "points_award"
    __table_args__ = (
        UniqueConstraint("honour_id", "party_id"),
        UniqueConstraint("settlement_id", "number"),
        Index("ix_points_award_party_id", "party_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(
        ForeignKey("points_settlement.id", ondelete="RESTRICT")
    )
    honour_id: Mapped[int] = mapped_column(ForeignKey("points_honour.id", ondelete="RESTRICT"))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    number: Mapped[int]  # of the certificate, within the settlement
    rank: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), unique=True
    )


class Receiver(StrEnum):
    """Who collected goods. No name: it stands signed on the paper list."""

    SELF = "self"
    FAMILY = "family"
    PROXY = "proxy"  # whom the home has sent


class Handover(Model):
    """Goods of an honour that were collected, until that is found to be a mistake."""

    __tablename__ = "points_handover"
    __table_args__ = (
        Index(
            "uq_points_handover_standing",
            "award_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("points_award.id", ondelete="RESTRICT"))
    receiver: Mapped[Receiver] = mapped_column(stored(Receiver))
    handed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    handed_at: Mapped[datetime]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    taken_back_at: Mapped[datetime | None]


class Consent(Model):
    """A party's word that its name may stand on the honour board, until it takes it back."""

    __tablename__ = "points_consent"
    __table_args__ = (
        Index(
            "uq_points_consent_standing",
            "party_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    on_paper: Mapped[bool] = mapped_column(default=False)  # signed there, entered by the office
    given_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    given_at: Mapped[datetime]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    taken_back_at: Mapped[datetime | None]


class YearObjection(Model):
    """What somebody says against published standings, and what was answered."""

    __tablename__ = "points_year_objection"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (upheld IS NULL)", name="decided_one_way"),
        CheckConstraint("made_by <> decided_by", name="decided_by_another"),
        Index("ix_points_year_objection_settlement_id", "settlement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(
        ForeignKey("points_settlement.id", ondelete="RESTRICT")
    )
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)
    of_sha256: Mapped[str] = mapped_column(Text, default="")  # the standings it is against
    upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
