"""Posts: what is to be done, when, where, for how much; reviewed before anybody sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import Permission
from intranet.db import Model, PathType, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.guards import refusing
from intranet.jobs.models.cells import cell_of
from intranet.jobs.models.company import Company
from intranet.jobs.models.occupation import Skill

VALID_DAYS, VALID_DAYS_MAX = 30, 90
EVERY_DAY = 0b1111111  # Monday is the lowest bit


class Employment(StrEnum):
    """How somebody is employed. 用工类型."""

    FULL_TIME = "full_time"  # 全职
    PART_TIME = "part_time"  # 兼职（非全日制）
    DAY_WORK = "day_work"  # 零工、日结
    SEASONAL = "seasonal"  # 短期、季节工
    INTERN = "intern"  # 实习、见习


class Shift(StrEnum):
    """When in the day one works. 班次."""

    DAY = "day"  # 白班
    EVENING = "evening"  # 晚班
    NIGHT = "night"  # 夜班
    ROTATING = "rotating"  # 倒班
    FLEXIBLE = "flexible"  # 时间自己定


class PayUnit(StrEnum):
    """What pay is counted by."""

    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    PIECE = "piece"


class PostState(StrEnum):
    """Where a post stands."""

    DRAFT = "draft"  # 草稿
    SUBMITTED = "submitted"  # 待审核
    PUBLISHED = "published"  # 招聘中
    FILLED = "filled"  # 已招满
    EXPIRED = "expired"  # 已过期
    WITHDRAWN = "withdrawn"  # 已撤下
    REMOVED = "removed"  # 已下架: for what is wrong with it


class PostVerb(StrEnum):
    """What may happen to a post."""

    SUBMIT = "submit"
    RETURN = "return"  # to its author, with a reason
    PUBLISH = "publish"
    FILL = "fill"  # the last opening is taken
    REOPEN = "reopen"  # an opening is free again
    EXPIRE = "expire"
    RENEW = "renew"
    WITHDRAW = "withdraw"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from which states, to which, and with which permission."""

    froms: frozenset[PostState]
    to: PostState
    permission: Permission | None  # None: the house does it by itself


def _from(*states: PostState) -> frozenset[PostState]:
    return frozenset(states)


POST_MOVES: dict[PostVerb, Move] = {
    PostVerb.SUBMIT: Move(
        _from(PostState.DRAFT, PostState.WITHDRAWN, PostState.EXPIRED),
        PostState.SUBMITTED,
        Permission.JOBS_POST_WRITE,
    ),
    PostVerb.RETURN: Move(_from(PostState.SUBMITTED), PostState.DRAFT, Permission.JOBS_POST_REVIEW),
    PostVerb.PUBLISH: Move(
        _from(PostState.SUBMITTED), PostState.PUBLISHED, Permission.JOBS_POST_REVIEW
    ),
    PostVerb.FILL: Move(_from(PostState.PUBLISHED), PostState.FILLED, None),
    PostVerb.REOPEN: Move(_from(PostState.FILLED), PostState.PUBLISHED, None),
    PostVerb.EXPIRE: Move(_from(PostState.PUBLISHED, PostState.FILLED), PostState.EXPIRED, None),
    # Without a review: nothing of it has changed but how long it holds.
    PostVerb.RENEW: Move(
        _from(PostState.PUBLISHED), PostState.PUBLISHED, Permission.JOBS_POST_WRITE
    ),
    PostVerb.WITHDRAW: Move(
        _from(PostState.DRAFT, PostState.SUBMITTED, PostState.PUBLISHED, PostState.FILLED),
        PostState.WITHDRAWN,
        Permission.JOBS_POST_WRITE,
    ),
    PostVerb.REMOVE: Move(
        _from(PostState.SUBMITTED, PostState.PUBLISHED, PostState.FILLED),
        PostState.REMOVED,
        Permission.JOBS_POST_REVIEW,
    ),
}
LIVE = text("state = 'published'")


class JobPost(Model):
    """One post of one company, with what the law wants said of it."""

    __tablename__ = "jobs_post"
    __table_args__ = (
        CheckConstraint("openings > 0", name="of_some_openings"),
        CheckConstraint("openings_left >= 0 AND openings_left <= openings", name="openings_left"),
        CheckConstraint("pay_min_fen > 0 AND pay_max_fen >= pay_min_fen", name="pay_from_to"),
        CheckConstraint("reviewed_by <> made_by", name="reviewed_by_another"),
        CheckConstraint(
            "state NOT IN ('published', 'filled') OR (reviewed_by IS NOT NULL"
            " AND published_at IS NOT NULL AND valid_through IS NOT NULL)",
            name="published_after_a_review",
        ),
        CheckConstraint("(state <> 'filled') OR openings_left = 0", name="filled_is_full"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="placed_whole"),
        CheckConstraint("(from_minute IS NULL) = (to_minute IS NULL)", name="hours_whole"),
        CheckConstraint(f"weekdays BETWEEN 0 AND {EVERY_DAY}", name="days_of_a_week"),
        CheckConstraint("(source_name <> '') = is_forwarded", name="forwarded_from_somewhere"),
        Index("ix_jobs_post_company_id_id", "company_id", "id"),
        Index("ix_jobs_post_state_valid_through", "state", "valid_through"),
        Index("ix_jobs_post_grid_path_state", "grid_path", "state", "id"),
        # For whom one walks to: the squares about a home, and what has no place. The state comes
        # first, for SQLite takes an index with one more equal column before any other.
        Index(
            "ix_jobs_post_live_cell",
            "state",
            cell_of(column("latitude"), column("longitude")),
            "occupation_code",
            "latitude",
            "longitude",
            "shift",
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        # For who wishes for a kind of work: the wished kinds that lie in the box.
        Index(
            "ix_jobs_post_live_occupation_place",
            "state",
            "occupation_code",
            "latitude",
            "longitude",
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "ix_jobs_post_live_occupation",
            "occupation_code",
            "id",
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("jobs_company.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(  # of its company
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    state: Mapped[PostState] = mapped_column(stored(PostState), default=PostState.DRAFT)
    title: Mapped[str] = mapped_column(Text)
    occupation_code: Mapped[str] = mapped_column(
        PathType, ForeignKey("jobs_occupation.code", ondelete="RESTRICT")
    )
    employment: Mapped[Employment] = mapped_column(stored(Employment))
    openings: Mapped[int]
    openings_left: Mapped[int]
    duties: Mapped[str] = mapped_column(Text)  # 工作内容
    conditions: Mapped[str] = mapped_column(Text, default="")  # 招用条件
    benefits: Mapped[str] = mapped_column(Text, default="")  # 福利待遇
    how_to_apply: Mapped[str] = mapped_column(Text, default="")  # 应聘方式、招聘流程
    shift: Mapped[Shift] = mapped_column(stored(Shift))
    weekdays: Mapped[int]  # one bit a day, Monday the lowest; 0 is not said
    from_minute: Mapped[int | None]  # after midnight, Beijing; the end may be of the next day
    to_minute: Mapped[int | None]
    hours_words: Mapped[str] = mapped_column(Text, default="")
    pay_min_fen: Mapped[int]
    pay_max_fen: Mapped[int]
    pay_unit: Mapped[PayUnit] = mapped_column(stored(PayUnit))
    pay_words: Mapped[str] = mapped_column(Text, default="")  # 试用期、提成、计件单价
    has_insurance: Mapped[bool] = mapped_column(default=False)  # 缴纳社会保险
    has_housing: Mapped[bool] = mapped_column(default=False)
    has_meals: Mapped[bool] = mapped_column(default=False)
    experience_months: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]  # WGS84
    longitude: Mapped[float | None]
    is_forwarded: Mapped[bool] = mapped_column(default=False)
    source_name: Mapped[str] = mapped_column(Text, default="")  # from where, if forwarded
    valid_days: Mapped[int] = mapped_column(default=VALID_DAYS)  # as asked for
    valid_through: Mapped[date | None]  # its last day
    published_at: Mapped[datetime | None]
    renewed_on: Mapped[date | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    second_reviewed_by: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT")
    )
    reminded_on: Mapped[date | None]  # that it ends soon
    version: Mapped[int] = mapped_column(default=1)

    company: Mapped[Company] = relationship(viewonly=True, lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class PostSkill(Model):
    """A skill or certificate that a post asks for; a must or a nice-to-have."""

    __tablename__ = "jobs_post_skill"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_post.id", ondelete="CASCADE"), primary_key=True
    )
    skill_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_skill.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    is_must: Mapped[bool]

    skill: Mapped[Skill] = relationship(viewonly=True, lazy="raise")


class PostOverride(Model):
    """Somebody says of a finding of the wording's check that it does not hold here, and why."""

    __tablename__ = "jobs_post_override"
    __table_args__ = (Index("ix_jobs_post_override_post_id", "post_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    finding: Mapped[str] = mapped_column(Text)  # the rule's name
    matched: Mapped[str] = mapped_column(Text)  # the words it was found in: others are found anew
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime]


class PostStep(Model):
    """One thing that happened to a post, and who did it; append-only."""

    __tablename__ = "jobs_post_step"
    __table_args__ = (Index("ix_jobs_post_step_post_id_id", "post_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    verb: Mapped[PostVerb | None] = mapped_column(stored(PostVerb))  # None: it was written
    state: Mapped[PostState] = mapped_column(stored(PostState))  # in which it is then
    words: Mapped[str] = mapped_column(Text, default="")


# Whatever a page forgets: what nobody verified is never seen, and nothing is seen for ever.
OF_VERIFIED = (
    "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM jobs_company"
    " WHERE id = NEW.company_id AND state = 'verified')"
)
SINCE = {
    "sqlite": "coalesce(NEW.renewed_on, date(NEW.published_at, '+8 hours'))",
    "postgresql": (
        "coalesce(NEW.renewed_on, (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date)"
    ),
}
LATEST = {
    "sqlite": f"date({SINCE['sqlite']}, '+{VALID_DAYS_MAX} days')",
    "postgresql": f"{SINCE['postgresql']} + {VALID_DAYS_MAX}",
}


def post_guards(dialect: str) -> list[str]:
    """Return the statements that keep a post from being seen unverified, or for too long."""
    refused = {
        "jobs_post is of a verified company": OF_VERIFIED,
        f"jobs_post holds for {VALID_DAYS_MAX} days at most": (
            f"NEW.state = 'published' AND NEW.valid_through > {LATEST[dialect]}"
        ),
    }
    changed = refusing("jobs_post", refused, dialect, act="UPDATE", name="jobs_post_guard_change")
    return [*refusing("jobs_post", refused, dialect), *changed]


made_with(cast("Table", JobPost.__table__), post_guards)
append_only(cast("Table", PostStep.__table__))
append_only(cast("Table", PostOverride.__table__))
