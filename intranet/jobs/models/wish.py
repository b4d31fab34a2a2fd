"""People who look for work: who they are, apart; and what they wish for, all that matching reads.

Nothing of sex, age, marriage or origin is kept here: what is not there cannot be weighed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intranet.access import Permission
from intranet.db import Model, PathType, made_with
from intranet.grids.models.tree import stored
from intranet.guards import kept_but_words
from intranet.jobs.models.post import EVERY_DAY, Employment, PayUnit
from intranet.register.models import PersonalField


class Channel(StrEnum):
    """How a wish or a referral came about."""

    PHONE = "phone"  # 本人手机
    KIOSK = "kiosk"  # 驿站自助屏
    DESK = "desk"  # 驿站窗口
    VISIT = "visit"  # 入户走访


class Seeker(Model):
    """Somebody who looks for work; name and phone stand apart (``SeekerContact``).

    ``party_id`` is whoever it is in the register, where that is known.
    """

    __tablename__ = "jobs_seeker"
    __table_args__ = (
        Index("ix_jobs_seeker_party_id", "party_id"),
        Index("ix_jobs_seeker_grid_path_id", "grid_path", "id"),
        CheckConstraint("legal_age OR erased_at IS NOT NULL", name="of_working_age"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # home's micro-grid, or where it was filed
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    # Said to be sixteen or older (劳动法 15). The year of birth is nobody's business here.
    legal_age: Mapped[bool]
    consent_words: Mapped[str] = mapped_column(Text)  # the version of what was agreed to
    consented_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("jobs_seeker.id", ondelete="RESTRICT")
    )
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class SeekerContact(Model):
    """A seeker's name or phone: masked on pages, shown for a reason, erased when asked for."""

    __tablename__ = "jobs_seeker_contact"
    __table_args__ = (
        UniqueConstraint("seeker_id", "field"),
        # Who may be the same person: the masked phone is looked up, the phone itself is sealed.
        Index("ix_jobs_seeker_contact_field_masked", "field", "masked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seeker_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="CASCADE"))
    field: Mapped[PersonalField] = mapped_column(stored(PersonalField))
    value: Mapped[str] = mapped_column(Text)  # sealed
    masked: Mapped[str] = mapped_column(Text)


class WishState(StrEnum):
    """Where a wish stands."""

    OPEN = "open"  # 待对接
    REFERRED = "referred"  # 已推荐: at a company at least
    PLACED = "placed"  # 已就业
    PAUSED = "paused"  # 暂停
    CLOSED = "closed"  # 已结束


class WishVerb(StrEnum):
    """What may happen to a wish."""

    REFER = "refer"
    BACK = "back"  # nothing came of any referral
    PLACE = "place"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from which states, to which, and with which permission."""

    froms: frozenset[WishState]
    to: WishState
    permission: Permission | None  # None: it follows from a referral


def _from(*states: WishState) -> frozenset[WishState]:
    return frozenset(states)


WISH_MOVES: dict[WishVerb, Move] = {
    WishVerb.REFER: Move(_from(WishState.OPEN, WishState.REFERRED), WishState.REFERRED, None),
    WishVerb.BACK: Move(_from(WishState.REFERRED, WishState.PLACED), WishState.OPEN, None),
    WishVerb.PLACE: Move(_from(WishState.OPEN, WishState.REFERRED), WishState.PLACED, None),
    WishVerb.PAUSE: Move(_from(WishState.OPEN), WishState.PAUSED, Permission.JOBS_WISH_MATCH),
    WishVerb.RESUME: Move(_from(WishState.PAUSED), WishState.OPEN, Permission.JOBS_WISH_MATCH),
    WishVerb.CLOSE: Move(
        _from(WishState.OPEN, WishState.PAUSED, WishState.PLACED),
        WishState.CLOSED,
        Permission.JOBS_WISH_MATCH,
    ),
    WishVerb.REOPEN: Move(_from(WishState.CLOSED), WishState.OPEN, Permission.JOBS_WISH_MATCH),
}
WAITING = text("state IN ('open', 'referred')")


class Wish(Model):
    """What one seeker wishes for. All that matching may read stands here and in its child rows."""

    __tablename__ = "jobs_wish"
    __table_args__ = (
        CheckConstraint("max_walk_minutes > 0", name="as_far_as_some_minutes"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="placed_whole"),
        CheckConstraint("(pay_floor_fen IS NULL) = (pay_unit IS NULL)", name="floor_whole"),
        CheckConstraint("pay_floor_fen > 0", name="floor_of_something"),
        CheckConstraint("pay_unit <> 'piece'", name="floor_by_time"),
        # One that waits, of each person: a second one changes the first.
        Index(
            "uq_jobs_wish_seeker_id_waiting",
            "seeker_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'referred', 'paused')"),
            postgresql_where=text("state IN ('open', 'referred', 'paused')"),
        ),
        Index("ix_jobs_wish_grid_path_state", "grid_path", "state", "id"),
        Index(
            "ix_jobs_wish_waiting_contact",
            "contacted_at",
            "made_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_jobs_wish_asked_at",
            "asked_at",
            sqlite_where=text("asked_at IS NOT NULL"),
            postgresql_where=text("asked_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seeker_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    grid_path: Mapped[str] = mapped_column(  # as the seeker's
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    state: Mapped[WishState] = mapped_column(stored(WishState), default=WishState.OPEN)
    channel: Mapped[Channel] = mapped_column(stored(Channel))
    # From where one walks, WGS84, to some hundred metres; None is not said.
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    max_walk_minutes: Mapped[int]
    pay_floor_fen: Mapped[int | None]
    pay_unit: Mapped[PayUnit | None] = mapped_column(stored(PayUnit))
    employment: Mapped[Employment | None] = mapped_column(stored(Employment))  # None: any
    night_ok: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date | None]
    words: Mapped[str] = mapped_column(Text, default="")  # never read by matching
    member_id: Mapped[int | None] = mapped_column(  # who looks after it
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    contacted_at: Mapped[datetime | None]  # when the seeker was reached last
    # Since when a post that was asked for waits for a call; None once they were spoken to.
    asked_at: Mapped[datetime | None]
    # Joined to somebody with an account, it is not seen there before it is certain whose it is.
    own_from: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    seeker: Mapped[Seeker] = relationship(viewonly=True, lazy="raise")

    def is_held(self, now: datetime) -> bool:
        """Whether the seeker's account does not see it yet."""
        return self.own_from is not None and self.own_from > now

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class WishOccupation(Model):
    """A kind of work that is wished for, at any depth of the codes, and how long it was done."""

    __tablename__ = "jobs_wish_occupation"

    wish_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_wish.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(
        PathType, ForeignKey("jobs_occupation.code", ondelete="RESTRICT"), primary_key=True
    )
    experience_months: Mapped[int | None]  # None is not said


class WishSkill(Model):
    """A skill or certificate that the seeker has."""

    __tablename__ = "jobs_wish_skill"

    wish_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_wish.id", ondelete="CASCADE"), primary_key=True
    )
    skill_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_skill.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class WishHours(Model):
    """A stretch of some days in which the seeker can work, the way there and back included."""

    __tablename__ = "jobs_wish_hours"
    __table_args__ = (
        CheckConstraint(f"weekdays BETWEEN 1 AND {EVERY_DAY}", name="some_days"),
        CheckConstraint("from_minute >= 0 AND to_minute > from_minute", name="from_to"),
        CheckConstraint("to_minute <= 2160", name="until_noon_of_the_next_day"),
        Index("ix_jobs_wish_hours_wish_id", "wish_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("jobs_wish.id", ondelete="CASCADE"))
    weekdays: Mapped[int]  # one bit a day, Monday the lowest
    from_minute: Mapped[int]  # after midnight, Beijing
    to_minute: Mapped[int]  # past 1440 it is of the next day


class Reached(StrEnum):
    """What came of trying to reach a seeker."""

    SPOKEN = "spoken"  # 已联系上
    NO_ANSWER = "no_answer"  # 未接听
    WRONG_NUMBER = "wrong_number"  # 号码有误
    CALL_LATER = "call_later"  # 约定再联系


class WishStep(Model):
    """One thing that happened to a wish: a move, or a call; its words can be emptied."""

    __tablename__ = "jobs_wish_step"
    __table_args__ = (Index("ix_jobs_wish_step_wish_id_id", "wish_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("jobs_wish.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    verb: Mapped[WishVerb | None] = mapped_column(stored(WishVerb))  # None: filed, or a call
    reached: Mapped[Reached | None] = mapped_column(stored(Reached))
    state: Mapped[WishState] = mapped_column(stored(WishState))  # in which it is then
    words: Mapped[str] = mapped_column(Text, default="")


def wish_steps_kept(dialect: str) -> list[str]:
    """Return the statements that keep the steps of wishes."""
    columns = "id, wish_id, at, by, verb, reached, state"
    return kept_but_words("jobs_wish_step", columns, dialect)


made_with(cast("Table", WishStep.__table__), wish_steps_kept)
