"""From a wish to work: what was decided of a match, referrals, placements and what came after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import Permission
from intranet.db import Model, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.guards import kept_but_words
from intranet.jobs.models.post import JobPost, PayUnit
from intranet.jobs.models.wish import Channel, Wish

FOLLOW_UP_DAYS = (7, 30, 90, 180)


class SkipReason(StrEnum):
    """Why a match is not for this person; from a list, so that reasons can be counted."""

    SEEKER_DECLINED = "seeker_declined"  # 本人不愿意
    ALREADY_ASKED = "already_asked"  # 之前联系过
    NOT_FITTING = "not_fitting"  # 与本人情况不符
    POST_DOUBTFUL = "post_doubtful"  # 岗位信息存疑
    OTHER_FIRST = "other_first"  # 先推荐别的岗位


class Decision(Model):
    """What a person decided of a match; with the score and its parts as they were seen then."""

    __tablename__ = "jobs_decision"
    __table_args__ = (
        Index("ix_jobs_decision_wish_id_post_id", "wish_id", "post_id"),
        Index("ix_jobs_decision_post_id_id", "post_id", "id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_of_a_hundred"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("jobs_wish.id", ondelete="RESTRICT"))
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    skipped: Mapped[SkipReason | None] = mapped_column(stored(SkipReason))  # None: referred
    score: Mapped[int | None]  # None: a must-have was not met, and it was referred all the same
    parts: Mapped[str] = mapped_column(Text)  # canonical JSON of the explanation
    engine: Mapped[str] = mapped_column(Text)  # the version of the scoring
    by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime]


class ReferralState(StrEnum):
    """Where a referral stands."""

    REFERRED = "referred"  # 已推荐
    INTERVIEW = "interview"  # 约面试
    OFFERED = "offered"  # 拟录用
    PLACED = "placed"  # 已入职
    ENDED = "ended"  # 未成


class ReferralVerb(StrEnum):
    """What may happen to a referral."""

    INVITE = "invite"  # to an interview
    OFFER = "offer"
    PLACE = "place"
    END = "end"
    LEAVE = "leave"  # whoever was placed has left
    UNDO = "undo"  # it was said to have begun by mistake


class EndReason(StrEnum):
    """Why nothing came of a referral, or a placement ended."""

    SEEKER_DECLINED = "seeker_declined"  # 本人放弃
    NO_SHOW = "no_show"  # 未到场
    COMPANY_DECLINED = "company_declined"  # 单位未录用
    FULL = "full"  # 名额已满
    POST_GONE = "post_gone"  # 岗位已撤
    LEFT = "left"  # 本人离职
    DISMISSED = "dismissed"  # 单位辞退
    TERM_OVER = "term_over"  # 期满
    PLACED_ELSEWHERE = "placed_elsewhere"  # 已在别处就业


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from which states, to which, and with which permission."""

    froms: frozenset[ReferralState]
    to: ReferralState
    permission: Permission


def _from(*states: ReferralState) -> frozenset[ReferralState]:
    return frozenset(states)


ACTIVE = (ReferralState.REFERRED, ReferralState.INTERVIEW, ReferralState.OFFERED)
REFERRAL_MOVES: dict[ReferralVerb, Move] = {
    ReferralVerb.INVITE: Move(
        _from(ReferralState.REFERRED, ReferralState.INTERVIEW),
        ReferralState.INTERVIEW,
        Permission.JOBS_REFERRAL_ANSWER,
    ),
    ReferralVerb.OFFER: Move(
        _from(ReferralState.REFERRED, ReferralState.INTERVIEW),
        ReferralState.OFFERED,
        Permission.JOBS_REFERRAL_ANSWER,
    ),
    ReferralVerb.PLACE: Move(_from(*ACTIVE), ReferralState.PLACED, Permission.JOBS_REFERRAL_ANSWER),
    ReferralVerb.END: Move(_from(*ACTIVE), ReferralState.ENDED, Permission.JOBS_REFERRAL_ANSWER),
    ReferralVerb.LEAVE: Move(
        _from(ReferralState.PLACED), ReferralState.ENDED, Permission.JOBS_WISH_MATCH
    ),
    ReferralVerb.UNDO: Move(
        _from(ReferralState.PLACED), ReferralState.OFFERED, Permission.JOBS_REFERRAL_ANSWER
    ),
}
_ACTIVE = text("state IN ('referred', 'interview', 'offered', 'placed')")


class Referral(Model):
    """One seeker sent to one post; both sides see where it stands."""

    __tablename__ = "jobs_referral"
    __table_args__ = (
        # One at a time of a wish to a post; after an end it may be tried again.
        Index(
            "uq_jobs_referral_wish_id_post_id",
            *("wish_id", "post_id"),
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index("ix_jobs_referral_post_id_state", "post_id", "state"),
        Index("ix_jobs_referral_interview_at", "interview_at"),
        CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="ended_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("jobs_wish.id", ondelete="RESTRICT"))
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    decision_id: Mapped[int | None] = mapped_column(
        ForeignKey("jobs_decision.id", ondelete="RESTRICT")
    )
    state: Mapped[ReferralState] = mapped_column(
        stored(ReferralState), default=ReferralState.REFERRED
    )
    channel: Mapped[Channel] = mapped_column(stored(Channel))
    interview_at: Mapped[datetime | None]
    interview_place: Mapped[str] = mapped_column(Text, default="")
    end_reason: Mapped[EndReason | None] = mapped_column(stored(EndReason))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    wish: Mapped[Wish] = relationship(viewonly=True, lazy="raise")
    post: Mapped[JobPost] = relationship(viewonly=True, lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class ReferralStep(Model):
    """One thing that happened to a referral; its words can be emptied, nothing else."""

    __tablename__ = "jobs_referral_step"
    __table_args__ = (Index("ix_jobs_referral_step_referral_id_id", "referral_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("jobs_referral.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    verb: Mapped[ReferralVerb | None] = mapped_column(stored(ReferralVerb))  # None: it was made
    state: Mapped[ReferralState] = mapped_column(stored(ReferralState))  # in which it is then
    words: Mapped[str] = mapped_column(Text, default="")


STANDS_FULL_TIME = "is_full_time AND ended_on IS NULL AND undone_at IS NULL"


class Placement(Model):
    """Work that somebody has begun: it holds one opening of its post until the referral ends."""

    __tablename__ = "jobs_placement"
    __table_args__ = (
        # One at a time of a referral: what was undone stays, and the next has its own row.
        Index(
            "uq_jobs_placement_referral_id",
            "referral_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        CheckConstraint("ended_on IS NULL OR ended_on >= starts_on", name="ends_after_it_starts"),
        # Nobody is placed in two full-time posts at once.
        Index(
            "uq_jobs_placement_seeker_id_full_time",
            "seeker_id",
            unique=True,
            sqlite_where=text(STANDS_FULL_TIME),
            postgresql_where=text(STANDS_FULL_TIME),
        ),
        Index("ix_jobs_placement_post_id", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("jobs_referral.id", ondelete="RESTRICT"))
    seeker_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    is_full_time: Mapped[bool]
    starts_on: Mapped[date]
    has_contract: Mapped[bool | None]  # None is not known yet
    pay_fen: Mapped[int]
    pay_unit: Mapped[PayUnit] = mapped_column(stored(PayUnit))
    ended_on: Mapped[date | None]
    end_reason: Mapped[EndReason | None] = mapped_column(stored(EndReason))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]  # it was a mistake
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class FollowUp(Model):
    """A look after somebody who was placed: due on a day, then done, or no longer needed."""

    __tablename__ = "jobs_follow_up"
    __table_args__ = (
        UniqueConstraint("placement_id", "days"),
        Index(
            "ix_jobs_follow_up_due",
            "due_on",
            sqlite_where=text("done_at IS NULL AND dropped_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND dropped_at IS NULL"),
        ),
        CheckConstraint("(done_at IS NULL) = (still_there IS NULL)", name="done_with_an_answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("jobs_placement.id", ondelete="RESTRICT"))
    days: Mapped[int]  # after it began
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    still_there: Mapped[bool | None]
    fee_asked: Mapped[bool | None]  # 是否收过费
    as_posted: Mapped[bool | None]  # 与发布的是否一致
    words: Mapped[str] = mapped_column(Text, default="")
    dropped_at: Mapped[datetime | None]  # the placement had ended before


def referral_steps_kept(dialect: str) -> list[str]:
    """Return the statements that keep the steps of referrals."""
    columns = "id, referral_id, at, by, verb, state"
    return kept_but_words("jobs_referral_step", columns, dialect)


append_only(cast("Table", Decision.__table__))
made_with(cast("Table", ReferralStep.__table__), referral_steps_kept)
