"""What may be reported (事项清单), how long each step may take, and who can be called."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored
from intranet.incidents.models.incident import Urgency
from intranet.incidents.models.lifecycle import Stage


class Category(Model):
    """One matter of the list, on one of two levels; admitted from a day to a day."""

    __tablename__ = "incident_category"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closes_after_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT"), index=True
    )
    code: Mapped[str] = mapped_column(Text)  # two digits, four on the second level
    name: Mapped[str] = mapped_column(Text)
    keywords: Mapped[str] = mapped_column(Text, default="")  # other words for it, spaces between
    owner: Mapped[str] = mapped_column(Text, default="")  # 责任单位
    promise: Mapped[str] = mapped_column(Text, default="")  # what the reporter is told to expect
    checklist: Mapped[str] = mapped_column(Text, default="")  # a line each
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency), default=Urgency.ORDINARY)
    needs_photo: Mapped[bool] = mapped_column(default=True)
    is_public: Mapped[bool] = mapped_column(default=False)  # told to the outside by Open311
    position: Mapped[int] = mapped_column(default=0)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]  # the first day it is off the list
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    def is_listed(self, day: date) -> bool:
        """Whether it may be reported on a day."""
        return self.opened_on <= day and (self.closed_on is None or day < self.closed_on)


class TimeLimit(Model):
    """How long a stage may take; without a category it holds for all that have none of their own.

    ``in_working_days``: ``minutes`` count on working days only, a day being 1440 of them.
    """

    __tablename__ = "incident_time_limit"
    __table_args__ = (
        UniqueConstraint("category_id", "urgency", "stage"),
        Index(
            "uq_incident_time_limit_everywhere",
            "urgency",
            "stage",
            unique=True,
            sqlite_where=text("category_id IS NULL"),
            postgresql_where=text("category_id IS NULL"),
        ),
        CheckConstraint("minutes > 0", name="some_time"),
        CheckConstraint("warn_minutes >= 0 AND warn_minutes < minutes", name="warns_within"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident_category.id", ondelete="CASCADE")
    )
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency))
    stage: Mapped[Stage] = mapped_column(stored(Stage))
    minutes: Mapped[int]
    warn_minutes: Mapped[int]  # the light is yellow when less than this is left
    in_working_days: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class LegalDay(Model):
    """A day that differs from what the calendar that came with us says, as announced."""

    __tablename__ = "legal_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_worked: Mapped[bool]
    name: Mapped[str] = mapped_column(Text, default="")


class Unit(Model):
    """A department, firm or service that incidents can be given to."""

    __tablename__ = "incident_unit"
    __table_args__ = (Index("ix_incident_unit_grid_path", "grid_path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
    )
    name: Mapped[str] = mapped_column(Text)
    duties: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")  # of its office, not of a person
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class UnitMember(Model):
    """An account that acts for a unit."""

    __tablename__ = "incident_unit_member"

    unit_id: Mapped[int] = mapped_column(
        ForeignKey("incident_unit.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
