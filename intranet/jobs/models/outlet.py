"""Channels on which posts and fairs are published outside, and what went where."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, made_with
from intranet.grids.models.tree import stored
from intranet.guards import refusing


class OutletKind(StrEnum):
    """What a channel leads to. ``Channel`` is the word for where a wish came from."""

    WECOM = "wecom"  # 企业微信群机器人
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    OTHER = "other"  # another service that apprise knows
    BY_HAND = "by_hand"  # 公众号: somebody pastes the text there


ROBOTS = (OutletKind.WECOM, OutletKind.DINGTALK, OutletKind.FEISHU)


class Subject(StrEnum):
    """What is published."""

    POST = "post"
    FAIR = "fair"
    DIGEST = "digest"  # the board's new posts of a day
    TRIAL = "trial"


class SendingState(StrEnum):
    """How far a sending has come."""

    PENDING = "pending"
    SENDING = "sending"
    BY_HAND = "by_hand"  # waits for somebody to paste it
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # nothing of it was open any more, or the channel was switched off


class Fault(StrEnum):
    """Why a sending did not arrive, or was not sent at all."""

    NONE = ""
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    SERVER = "server"  # it answered that it is out of order
    TOO_FAST = "too_fast"
    REFUSED = "refused"
    BAD_ADDRESS = "bad_address"  # there is no such robot any more
    WORDS = "words"  # the robot takes texts with a keyword, or from certain addresses, only
    UNUSABLE = "unusable"
    NOT_ALLOWED = "not_allowed"  # its host is not one the house may speak to
    UNSEALABLE = "unsealable"
    INTERRUPTED = "interrupted"
    OVER = "over"
    CHANGED = "changed"  # of the fair something else is said now
    CALLED_OFF = "called_off"
    LATE = "late"  # a list of a day that is gone, or nobody published it by hand
    OFF = "off"


_OPEN = text("state IN ('pending', 'sending')")


class Outlet(Model):
    """One channel of a community. Its address is a secret: whoever has it can write there."""

    __tablename__ = "jobs_outlet"
    __table_args__ = (
        UniqueConstraint("grid_path", "name"),
        CheckConstraint("(kind = 'by_hand') = (sealed IS NULL)", name="address_unless_by_hand"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of its community
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    kind: Mapped[OutletKind] = mapped_column(stored(OutletKind))
    name: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str | None] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    is_on: Mapped[bool] = mapped_column(default=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class Sending(Model):
    """One text on its way to one channel; once it has ended nothing of it changes any more.

    ``due_at`` says when to look at it next: when to send it, or, while it is being sent, when
    whoever sends it must be taken for dead. ``words`` is what went, or was to go at the last
    attempt; empty until then.
    """

    __tablename__ = "jobs_sending"
    __table_args__ = (
        Index("ix_jobs_sending_outlet_id_id", "outlet_id", "id"),
        Index("ix_jobs_sending_outlet_id_tried_at", "outlet_id", "tried_at"),
        Index("ix_jobs_sending_outlet_id_day", "outlet_id", "day"),
        Index("ix_jobs_sending_fair_id", "fair_id"),
        Index("ix_jobs_sending_due", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("(subject = 'fair') = (fair_id IS NOT NULL)", name="fair_of_a_fair"),
        CheckConstraint(
            "(state IN ('sent', 'failed', 'dropped')) = (ended_at IS NOT NULL)", name="ended"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("jobs_outlet.id", ondelete="RESTRICT"))
    subject: Mapped[Subject] = mapped_column(stored(Subject))
    fair_id: Mapped[int | None] = mapped_column(ForeignKey("jobs_fair.id", ondelete="RESTRICT"))
    fair_stand: Mapped[str] = mapped_column(Text, default="")  # digest of what was said of it
    day: Mapped[date]  # Beijing: on which it was asked for
    title: Mapped[str] = mapped_column(Text)
    head: Mapped[str] = mapped_column(Text)
    tail: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[SendingState] = mapped_column(stored(SendingState))
    fault: Mapped[Fault] = mapped_column(stored(Fault), default=Fault.NONE)
    answer: Mapped[str] = mapped_column(Text, default="")  # the number a gateway refused with
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class SendingPost(Model):
    """A post of a sending, with the lines on it; the last one is its address.

    ``is_said`` is written when the text goes: whether it stood in it. Kept with its sending.
    """

    __tablename__ = "jobs_sending_post"
    __table_args__ = (Index("ix_jobs_sending_post_post_id", "post_id"),)

    sending_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_sending.id", ondelete="RESTRICT"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_post.id", ondelete="RESTRICT"), primary_key=True
    )
    place: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    is_said: Mapped[bool] = mapped_column(default=False)


ENDED = {"jobs_sending has ended and stays": "OLD.ended_at IS NOT NULL"}
KEPT = {"jobs_sending is kept": "OLD.id IS NOT NULL"}


def sending_guards(dialect: str) -> list[str]:
    """Return the statements that keep what went where."""
    name = "jobs_sending"
    return [
        *refusing(name, ENDED, dialect, act="UPDATE", name=f"{name}_ended"),
        *refusing(name, KEPT, dialect, act="DELETE", name=f"{name}_kept"),
    ]


POST_ENDED = {
    "jobs_sending_post has ended and stays": (
        "EXISTS (SELECT 1 FROM jobs_sending WHERE id = OLD.sending_id AND ended_at IS NOT NULL)"
    )
}
POST_KEPT = {"jobs_sending_post is kept": "OLD.sending_id IS NOT NULL"}


def sending_post_guards(dialect: str) -> list[str]:
    """Return the statements that keep which posts went."""
    name = "jobs_sending_post"
    return [
        *refusing(name, POST_ENDED, dialect, act="UPDATE", name=f"{name}_ended"),
        *refusing(name, POST_KEPT, dialect, act="DELETE", name=f"{name}_kept"),
    ]


made_with(cast("Table", Sending.__table__), sending_guards)
made_with(cast("Table", SendingPost.__table__), sending_post_guards)
