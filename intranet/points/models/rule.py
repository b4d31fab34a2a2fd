"""What may be earned: rules in versions that a meeting adopted, none of them ever changed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import LEADERS, STAFF, Role
from intranet.db import Model, append_only
from intranet.grids.models import Grid
from intranet.grids.models.tree import stored
from intranet.points.models.account import Dimension
from intranet.register.models import PartyKind


class Evidence(StrEnum):
    """What a claim has to bring."""

    NONE = "none"
    WORDS = "words"
    PHOTO = "photo"


class Level(StrEnum):
    """From whom on a claim may be approved."""

    GRID_MEMBER = "grid_member"
    OFFICE = "office"
    SECRETARY = "secretary"


class Sign(StrEnum):
    """Whether a rule gives or takes."""

    EARN = "earn"
    DEDUCT = "deduct"


class Window(StrEnum):
    """Over what time a cap counts."""

    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"
    YEAR = "year"


class Occasion(StrEnum):
    """What another room sees, and offers points for by itself."""

    INCIDENT = "incident"  # a hazard one had reported was found true, and put right
    PATROL = "patrol"  # a patrol was walked to its end
    CAMERA = "camera"  # a camera was hosted for a month


APPROVERS: dict[Level, frozenset[Role]] = {
    Level.GRID_MEMBER: STAFF,
    Level.OFFICE: LEADERS | {Role.OFFICE},
    Level.SECRETARY: LEADERS,
}


class Meeting(Model):
    """A meeting that adopted rules, with its votes: 民主程序."""

    __tablename__ = "points_meeting"
    __table_args__ = (
        CheckConstraint("in_favour + against + abstained <= present", name="votes_of_those_there"),
        CheckConstraint("in_favour > against", name="adopted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # By its number: the path of a grid that is moved changes, and these rows never do.
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"), index=True)
    held_on: Mapped[date]
    body: Mapped[str] = mapped_column(Text)  # which meeting: of residents' delegates, of the board
    present: Mapped[int]
    in_favour: Mapped[int]
    against: Mapped[int]
    abstained: Mapped[int]
    minutes: Mapped[str] = mapped_column(Text, default="")  # where they lie, or the words
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

    grid: Mapped[Grid] = relationship(viewonly=True, lazy="joined", innerjoin=True)

    @property
    def grid_path(self) -> str:
        """Where it met."""
        return self.grid.path


class Rule(Model):
    """One version of a rule; the newest that holds on a day is the one of that day."""

    __tablename__ = "points_rule"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("version > 0 AND points > 0 AND units_max > 0", name="of_something"),
        CheckConstraint("publicity_days BETWEEN 1 AND 30", name="made_public"),
        *(
            CheckConstraint(f"cap_{one.value} >= points", name=f"a_{one.value}_holds_one_unit")
            for one in Window
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    # By its number: the path of a grid that is moved changes, and these rows never do.
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"), index=True)
    sign: Mapped[Sign] = mapped_column(stored(Sign), default=Sign.EARN)
    dimension: Mapped[Dimension] = mapped_column(stored(Dimension))
    title: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[int]  # of one unit
    unit: Mapped[str] = mapped_column(Text)  # a time, an hour, a month
    units_max: Mapped[int] = mapped_column(default=1)  # in one claim
    evidence: Mapped[Evidence] = mapped_column(stored(Evidence))
    level: Mapped[Level] = mapped_column(stored(Level))
    occasion: Mapped[Occasion | None] = mapped_column(stored(Occasion))
    kinds: Mapped[str] = mapped_column(Text)  # of parties, with commas between: who may earn
    publicity_days: Mapped[int] = mapped_column(default=5)
    cap_day: Mapped[int | None]  # points of one party, each in its window
    cap_week: Mapped[int | None]
    cap_month: Mapped[int | None]
    cap_year: Mapped[int | None]
    valid_from: Mapped[date]
    is_open: Mapped[bool] = mapped_column(default=True)  # false in the last, of a rule given up
    meeting_id: Mapped[int] = mapped_column(ForeignKey("points_meeting.id", ondelete="RESTRICT"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    sha256: Mapped[str] = mapped_column(Text, default="")  # of ``said``; entries attest it

    meeting: Mapped[Meeting] = relationship(viewonly=True, lazy="raise")
    grid: Mapped[Grid] = relationship(viewonly=True, lazy="joined", innerjoin=True)

    @property
    def grid_path(self) -> str:
        """Where it holds, and at every place below."""
        return self.grid.path

    @property
    def kind_set(self) -> frozenset[PartyKind]:
        """Which kinds of parties it is for."""
        return frozenset(PartyKind(one) for one in self.kinds.split(",") if one)

    @property
    def caps(self) -> dict[Window, int]:
        """The caps it has, in points."""
        found = {one: getattr(self, f"cap_{one.value}") for one in Window}
        return {one: cap for one, cap in found.items() if cap is not None}


def said(rule: Rule, meeting: Meeting) -> list[Any]:
    """Return all that a version says, and the meeting that adopted it, as it is hashed."""
    return [
        *(getattr(rule, name) for name in ("code", "version", "grid_id", "sign", "dimension")),
        *(getattr(rule, name) for name in ("title", "words", "points", "unit", "units_max")),
        *(getattr(rule, name) for name in ("evidence", "level", "occasion", "kinds")),
        rule.publicity_days,
        *(getattr(rule, f"cap_{one.value}") for one in Window),
        rule.valid_from.isoformat(),
        rule.is_open,
        meeting.held_on.isoformat(),
        *(getattr(meeting, name) for name in ("grid_id", "body", "present")),
        *(getattr(meeting, name) for name in ("in_favour", "against", "abstained")),
    ]


for kept in (Meeting, Rule):
    append_only(cast("Table", kept.__table__))
