"""Job fairs: where and when, which companies with which posts, who came, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.access import Permission
from intranet.clock import BEIJING
from intranet.db import Model, PathType, made_with
from intranet.grids.models.tree import stored
from intranet.guards import refusing


class FairState(StrEnum):
    """Where a fair stands."""

    PLANNED = "planned"  # 筹备中: announced
    OPEN = "open"  # 进行中: the doors are open
    OVER = "over"  # 已结束
    CALLED_OFF = "called_off"  # 已取消


class FairVerb(StrEnum):
    """What may happen to a fair."""

    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"  # it was closed by mistake
    CALL_OFF = "call_off"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from which states, to which, and with which permission."""

    froms: frozenset[FairState]
    to: FairState
    permission: Permission
    on_its_day: bool = False


def _from(*states: FairState) -> frozenset[FairState]:
    return frozenset(states)


MANAGE = Permission.JOBS_FAIR_MANAGE
FAIR_MOVES: dict[FairVerb, Move] = {
    FairVerb.OPEN: Move(_from(FairState.PLANNED), FairState.OPEN, MANAGE, on_its_day=True),
    FairVerb.CLOSE: Move(_from(FairState.OPEN), FairState.OVER, MANAGE),
    FairVerb.REOPEN: Move(_from(FairState.OVER), FairState.OPEN, MANAGE, on_its_day=True),
    FairVerb.CALL_OFF: Move(_from(FairState.PLANNED, FairState.OPEN), FairState.CALLED_OFF, MANAGE),
}
COMING = (FairState.PLANNED, FairState.OPEN)
HELD = (FairState.OPEN, FairState.OVER)


class Fair(Model):
    """One fair of one community, on one day."""

    __tablename__ = "jobs_fair"
    __table_args__ = (
        CheckConstraint(
            "from_minute >= 0 AND to_minute > from_minute AND to_minute <= 1440", name="from_to"
        ),
        CheckConstraint("capacity > 0", name="room_for_some"),
        Index("ix_jobs_fair_grid_path_held_on", "grid_path", "held_on"),
        Index("ix_jobs_fair_state_held_on", "state", "held_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of its community
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    state: Mapped[FairState] = mapped_column(stored(FairState), default=FairState.PLANNED)
    title: Mapped[str] = mapped_column(Text)
    held_on: Mapped[date]
    from_minute: Mapped[int]  # after midnight, Beijing
    to_minute: Mapped[int]
    place: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, default="")
    capacity: Mapped[int | None]  # so many passes at most; None: as many as are asked for
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    def moment(self, minute: int) -> datetime:
        """Return when a minute of its day is."""
        midnight = datetime.combine(self.held_on, time(0), BEIJING)
        return midnight + timedelta(minutes=minute)

    @property
    def begins_at(self) -> datetime:
        """When the doors open."""
        return self.moment(self.from_minute)

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.moment(self.to_minute)


class Booth(Model):
    """A company's place at a fair, and what it counted there."""

    __tablename__ = "jobs_fair_booth"
    __table_args__ = (
        UniqueConstraint("fair_id", "number"),
        UniqueConstraint("fair_id", "company_id"),
        Index("ix_jobs_fair_booth_company_id", "company_id"),
        CheckConstraint("number > 0", name="numbered_from_one"),
        CheckConstraint("visitors >= 0 AND intentions >= 0 AND offers >= 0", name="counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair.id", ondelete="RESTRICT"))
    number: Mapped[int]
    company_id: Mapped[int] = mapped_column(ForeignKey("jobs_company.id", ondelete="RESTRICT"))
    visitors: Mapped[int | None]  # 接待人数; None: not told yet
    intentions: Mapped[int | None]  # 达成意向
    offers: Mapped[int | None]  # 现场拟录用
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class BoothPost(Model):
    """A post that a company brings to its booth."""

    __tablename__ = "jobs_fair_post"

    booth_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_fair_booth.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_post.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class FairPass(Model):
    """What lets one seeker in at one fair, once. Who it is stands with the seeker alone."""

    __tablename__ = "jobs_fair_pass"
    __table_args__ = (
        UniqueConstraint("fair_id", "seeker_id"),
        UniqueConstraint("token"),
        Index("ix_jobs_fair_pass_seeker_id", "seeker_id"),
        CheckConstraint("used_by IS NULL OR used_at IS NOT NULL", name="used_at_some_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair.id", ondelete="RESTRICT"))
    seeker_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    token: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class WalkIn(Model):
    """Somebody who came without a pass: counted, and nothing else known."""

    __tablename__ = "jobs_fair_walk_in"
    __table_args__ = (Index("ix_jobs_fair_walk_in_fair_id_id", "fair_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    undone_at: Mapped[datetime | None]  # pressed by mistake


class InterviewSlot(Model):
    """A stretch of time at a booth in which so many people are interviewed."""

    __tablename__ = "jobs_fair_slot"
    __table_args__ = (
        UniqueConstraint("booth_id", "from_minute"),
        CheckConstraint("minutes > 0 AND places > 0", name="for_some"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booth_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair_booth.id", ondelete="CASCADE"))
    from_minute: Mapped[int]  # after midnight, Beijing
    minutes: Mapped[int]
    places: Mapped[int]

    @property
    def to_minute(self) -> int:
        """The minute in which it is over."""
        return self.from_minute + self.minutes


_BOOKED = text("cancelled_at IS NULL")


class SlotBooking(Model):
    """One seeker's interview at a fair."""

    __tablename__ = "jobs_fair_booking"
    __table_args__ = (
        Index(
            "uq_jobs_fair_booking_slot_id_pass_id",
            *("slot_id", "pass_id"),
            unique=True,
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        ),
        Index("ix_jobs_fair_booking_pass_id", "pass_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair_slot.id", ondelete="RESTRICT"))
    pass_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair_pass.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    cancelled_at: Mapped[datetime | None]


class FairReferral(Model):
    """Which referral came of which booth of a fair."""

    __tablename__ = "jobs_fair_referral"
    __table_args__ = (Index("ix_jobs_fair_referral_booth_id", "booth_id"),)

    referral_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_referral.id", ondelete="RESTRICT"), primary_key=True
    )
    booth_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair_booth.id", ondelete="RESTRICT"))
    pass_id: Mapped[int] = mapped_column(ForeignKey("jobs_fair_pass.id", ondelete="RESTRICT"))


# Whatever a page forgets: nothing of a company that nobody verified is brought to a fair, and
# nothing that is another company's, or not seen by everybody.
BOOTH_REFUSED = {
    "jobs_fair_booth is of a verified company": (
        "NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = NEW.company_id AND state = 'verified')"
    )
}
POST_REFUSED = {
    "jobs_fair_post is a live post of the same company": (
        "NOT EXISTS (SELECT 1 FROM jobs_post p JOIN jobs_fair_booth b"
        " ON b.company_id = p.company_id WHERE b.id = NEW.booth_id AND p.id = NEW.post_id"
        " AND p.state = 'published')"
    )
}


def booth_guards(dialect: str) -> list[str]:
    """Return the statements that keep companies nobody verified away from fairs."""
    return refusing("jobs_fair_booth", BOOTH_REFUSED, dialect)


def booth_post_guards(dialect: str) -> list[str]:
    """Return the statements that keep other posts from a booth than its company's live ones."""
    return refusing("jobs_fair_post", POST_REFUSED, dialect)


made_with(cast("Table", Booth.__table__), booth_guards)
made_with(cast("Table", BoothPost.__table__), booth_post_guards)
