"""Patrols: checklists that are walked again and again, and what each walk found."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, append_only
from intranet.grids.models.tree import stored


class Frequency(StrEnum):
    """How often a checklist is to be walked."""

    DAILY = "daily"  # 每天
    WEEKLY = "weekly"  # 每周
    MONTHLY = "monthly"  # 每月


class WalkState(StrEnum):
    """Where a walk stands: its result is written once, when it is finished."""

    OPEN = "open"  # 巡查中
    FINISHED = "finished"  # 已完成
    GIVEN_UP = "given_up"  # 已放弃


class Found(StrEnum):
    """What was found at one item."""

    FINE = "fine"  # 合格
    HAZARD = "hazard"  # 存在隐患
    MENDED = "mended"  # 已整改


class Gravity(StrEnum):
    """How grave a hazard is; a grave one is reported as urgent whatever its category says."""

    MINOR = "minor"  # 一般
    MAJOR = "major"  # 较大
    GRAVE = "grave"  # 重大


class Outcome(StrEnum):
    """What became of a finding."""

    REPORTED = "reported"  # an incident of its own
    SETTLED = "settled"  # an incident put right on the spot, for somebody else to verify
    COMMENTED = "commented"  # added to an incident that was open already
    RECORDED = "recorded"  # in the walk's record only


class PatrolPlan(Model):
    """A checklist of one grid. How often it was to be walked when is kept in PatrolTerm."""

    __tablename__ = "incident_patrol_plan"
    __table_args__ = (Index("ix_incident_patrol_plan_grid_path", "grid_path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    frequency: Mapped[Frequency] = mapped_column(stored(Frequency))
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class PatrolTerm(Model):
    """From which day on a checklist was to be walked how often; None: not at all. Append-only.

    Coverage is counted by the terms, so that a change today leaves the past as it was.
    """

    __tablename__ = "incident_patrol_term"
    __table_args__ = (Index("ix_incident_patrol_term_plan_id_id", "plan_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("incident_patrol_plan.id", ondelete="RESTRICT"))
    frequency: Mapped[Frequency | None] = mapped_column(stored(Frequency))
    from_on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class PatrolItem(Model):
    """One thing to look at: what and where, and as what a finding is reported."""

    __tablename__ = "incident_patrol_item"
    __table_args__ = (Index("ix_incident_patrol_item_plan_id_position", "plan_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("incident_patrol_plan.id", ondelete="CASCADE"))
    position: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, default="")
    category_id: Mapped[int] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT")
    )
    is_optional: Mapped[bool] = mapped_column(default=False)


_OPEN = text("state = 'open'")


class PatrolWalk(Model):
    """One walk along a checklist; at most one of a checklist is open. Its grid is that day's."""

    __tablename__ = "incident_patrol_walk"
    __table_args__ = (
        Index(
            "uq_incident_patrol_walk_open_plan_id",
            "plan_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_incident_patrol_walk_plan_id_ended_at", "plan_id", "ended_at"),
        Index("ix_incident_patrol_walk_grid_path", "grid_path", "id"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("incident_patrol_plan.id", ondelete="RESTRICT"))
    plan_name: Mapped[str] = mapped_column(Text)
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        info={"past": True},
    )
    state: Mapped[WalkState] = mapped_column(stored(WalkState))
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )


class PatrolCheck(Model):
    """An item as it stood when the walk began. Append-only."""

    __tablename__ = "incident_patrol_check"
    __table_args__ = (Index("ix_incident_patrol_check_walk_id_position", "walk_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    walk_id: Mapped[int] = mapped_column(ForeignKey("incident_patrol_walk.id", ondelete="RESTRICT"))
    position: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    category_id: Mapped[int] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT")
    )
    is_optional: Mapped[bool]


class PatrolMark(Model):
    """What somebody noted at an item; the newest of a check counts. Append-only."""

    __tablename__ = "incident_patrol_mark"
    __table_args__ = (Index("ix_incident_patrol_mark_check_id_id", "check_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(
        ForeignKey("incident_patrol_check.id", ondelete="RESTRICT")
    )
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    result: Mapped[Found] = mapped_column(stored(Found))
    gravity: Mapped[Gravity] = mapped_column(stored(Gravity), default=Gravity.MINOR)
    words: Mapped[str] = mapped_column(Text, default="")
    category_id: Mapped[int] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT")
    )
    # Where in a general grid; by id, since a path may change and this row may not.
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"))
    # The open incident that the finding is to be added to, instead of a new one.
    comment_on_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident.id", ondelete="RESTRICT")
    )


class PatrolOutcome(Model):
    """What became of a finding when its walk was finished. Append-only."""

    __tablename__ = "incident_patrol_outcome"
    __table_args__ = (
        UniqueConstraint("check_id"),
        Index("ix_incident_patrol_outcome_incident_id", "incident_id"),
        CheckConstraint("(outcome = 'recorded') = (incident_id IS NULL)", name="incident"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(
        ForeignKey("incident_patrol_check.id", ondelete="RESTRICT")
    )
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"))


class PatrolPhoto(Model):
    """A picture taken on a walk; one that becomes an incident's attachment leaves this table."""

    __tablename__ = "incident_patrol_photo"
    __table_args__ = (
        UniqueConstraint("check_id", "digest"),
        CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)", name="whole_coordinates"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(
        ForeignKey("incident_patrol_check.id", ondelete="RESTRICT")
    )
    digest: Mapped[str] = mapped_column(Text)  # of the file as it was sent: sent twice, kept once
    file_key: Mapped[str] = mapped_column(Text)
    thumbnail_key: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime | None]
    latitude_wgs84: Mapped[float | None]
    longitude_wgs84: Mapped[float | None]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    added_at: Mapped[datetime]


for _kept in (PatrolTerm, PatrolCheck, PatrolMark, PatrolOutcome):
    append_only(_kept.__table__)  # type: ignore[arg-type]
