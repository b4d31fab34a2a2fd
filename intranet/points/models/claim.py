"""Claims: from what somebody did to points in the ledger, each step seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import Permission
from intranet.db import Model, PathType, made_with
from intranet.grids.models.tree import stored
from intranet.points.models.guards import steps_kept
from intranet.points.models.rule import Rule


class ClaimState(StrEnum):
    """Where a claim stands."""

    SUBMITTED = "submitted"  # 待审核
    PUBLICITY = "publicity"  # 公示中
    DISPUTED = "disputed"  # 有异议
    POSTED = "posted"  # 已入账
    REFUSED = "refused"  # 未通过
    WITHDRAWN = "withdrawn"  # 已撤回
    CORRECTED = "corrected"  # 已更正: another claim stands in its place
    REVERSED = "reversed"  # 已冲销: it was posted, and was undone


class ClaimVerb(StrEnum):
    """What may happen to a claim."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    DISMISS = "dismiss"  # the objection: publicity goes on
    UPHOLD = "uphold"  # the objection: nothing is posted
    AMEND = "amend"  # the objection: other units are posted
    POST = "post"  # publicity has ended
    UNDO = "undo"  # it was approved by mistake, and is not posted yet
    REVERSE = "reverse"  # what was posted is corrected in the ledger


class ClaimSource(StrEnum):
    """How a claim came about."""

    OWN = "own"  # 本人申报
    MEMBER = "member"  # 网格员代报
    GATHERING = "gathering"  # 活动批量登记
    OFFERED = "offered"  # 系统推送: another room saw it


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from which states, to which, and with which permission."""

    froms: frozenset[ClaimState]
    to: ClaimState
    permission: Permission | None  # None: the clock's, or the own claim's


def _from(*states: ClaimState) -> frozenset[ClaimState]:
    return frozenset(states)


MOVES: dict[ClaimVerb, Move] = {
    ClaimVerb.APPROVE: Move(
        _from(ClaimState.SUBMITTED), ClaimState.PUBLICITY, Permission.POINTS_CLAIM_APPROVE
    ),
    ClaimVerb.REFUSE: Move(
        _from(ClaimState.SUBMITTED), ClaimState.REFUSED, Permission.POINTS_CLAIM_APPROVE
    ),
    ClaimVerb.WITHDRAW: Move(_from(ClaimState.SUBMITTED), ClaimState.WITHDRAWN, None),
    ClaimVerb.OBJECT: Move(
        _from(ClaimState.PUBLICITY), ClaimState.DISPUTED, Permission.POINTS_BOARD_VIEW
    ),
    ClaimVerb.DISMISS: Move(
        _from(ClaimState.DISPUTED), ClaimState.PUBLICITY, Permission.POINTS_OBJECTION_DECIDE
    ),
    ClaimVerb.UPHOLD: Move(
        _from(ClaimState.DISPUTED), ClaimState.WITHDRAWN, Permission.POINTS_OBJECTION_DECIDE
    ),
    ClaimVerb.AMEND: Move(
        _from(ClaimState.DISPUTED), ClaimState.CORRECTED, Permission.POINTS_OBJECTION_DECIDE
    ),
    ClaimVerb.POST: Move(_from(ClaimState.PUBLICITY), ClaimState.POSTED, None),
    ClaimVerb.UNDO: Move(
        _from(ClaimState.PUBLICITY), ClaimState.WITHDRAWN, Permission.POINTS_ENTRY_CORRECT
    ),
    ClaimVerb.REVERSE: Move(
        _from(ClaimState.POSTED), ClaimState.REVERSED, Permission.POINTS_ENTRY_CORRECT
    ),
}
# What counts against a cap: it was given, or may still be.
COUNTED = (ClaimState.PUBLICITY, ClaimState.DISPUTED, ClaimState.POSTED)
NOTHING = ("refused", "withdrawn", "corrected", "reversed")


class Claim(Model):
    """What one party did on one day by one version of a rule."""

    __tablename__ = "points_claim"
    __table_args__ = (
        CheckConstraint("units > 0 AND points > 0", name="of_something"),
        CheckConstraint("approved_by <> made_by", name="approved_by_another"),
        Index("ix_points_claim_event", "event", "party_id"),
        Index("ix_points_claim_party_id_rule_code", "party_id", "rule_code", "happened_on"),
        Index("ix_points_claim_grid_path_state", "grid_path", "state", "id"),
        Index("ix_points_claim_state_publicity_ends_on", "state", "publicity_ends_on"),
        # One deed earns once: what one event was of one home, unless it came to nothing.
        Index(
            "uq_points_claim_event_home_id",
            *("event", "home_id"),
            unique=True,
            sqlite_where=text(f"event <> '' AND state NOT IN {NOTHING}"),
            postgresql_where=text(f"event <> '' AND state NOT IN {NOTHING}"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("points_rule.id", ondelete="RESTRICT"))
    rule_code: Mapped[str] = mapped_column(Text)  # of every version: caps count over them
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    # The household of whoever it is for as it was filed, or the party itself. None in a second
    # claim of one home for one event that was there before homes were kept.
    home_id: Mapped[int | None] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    units: Mapped[int]
    # Units by what one is worth; SQLite's integers are of 64 bits by themselves.
    points: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    happened_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[ClaimSource] = mapped_column(stored(ClaimSource))
    event: Mapped[str] = mapped_column(Text, default="")  # ``room:number``, of what was seen
    state: Mapped[ClaimState] = mapped_column(stored(ClaimState))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    publicity_ends_on: Mapped[date | None]  # its last day
    pending_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), index=True
    )
    posted_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), index=True
    )
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("points_claim.id", ondelete="RESTRICT"), unique=True
    )
    version: Mapped[int] = mapped_column(default=1)

    rule: Mapped[Rule] = relationship(viewonly=True, lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class Gathering(Model):
    """A meeting or clean-up day, entered at once for all who were there."""

    __tablename__ = "points_gathering"
    __table_args__ = (Index("ix_points_gathering_grid_path", "grid_path", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("points_rule.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    title: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date]
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]


class ClaimPhoto(Model):
    """A photo that a claim brings as evidence."""

    __tablename__ = "points_claim_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(
        ForeignKey("points_claim.id", ondelete="RESTRICT"), index=True
    )
    file_key: Mapped[str] = mapped_column(Text)
    thumbnail_key: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    at: Mapped[datetime]


class ClaimStep(Model):
    """One thing that happened to a claim, and who did it."""

    __tablename__ = "points_claim_step"
    __table_args__ = (Index("ix_points_claim_step_claim_id", "claim_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("points_claim.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    verb: Mapped[ClaimVerb | None] = mapped_column(stored(ClaimVerb))  # None: it was filed
    state: Mapped[ClaimState] = mapped_column(stored(ClaimState))  # in which it is then
    words: Mapped[str] = mapped_column(Text, default="")


made_with(cast("Table", ClaimStep.__table__), steps_kept)
