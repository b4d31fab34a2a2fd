"""Notices, where they are to go besides the page, and what each person chose."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType


class Topic(StrEnum):
    """What a notice is about; people choose their channels by it."""

    INCIDENT_NEW = "incident_new"
    INCIDENT_ASSIGNED = "incident_assigned"
    INCIDENT_PROGRESS = "incident_progress"
    INCIDENT_DUE = "incident_due"
    INCIDENT_ORDER = "incident_order"
    MISUSE = "misuse"  # of a loudspeaker
    POINTS = "points"
    JOBS = "jobs"
    ACCOUNT = "account"
    TEST = "test"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"
    SKIPPED = "skipped"


class Trouble(StrEnum):
    """Why a delivery did not arrive, or was not sent at all."""

    NONE = ""
    REFUSED = "refused"  # the gateway said no, or could not be reached
    NO_ANSWER = "no_answer"  # it had not answered when the time was up
    UNUSABLE = "unusable"  # the channel's setting is no address apprise can use
    NOT_CONFIGURED = "not_configured"
    INTERRUPTED = "interrupted"  # the worker died while sending, too often
    UNSEALABLE = "unsealable"
    READ = "read"  # read in the app before it was sent again
    NO_ADDRESS = "no_address"
    NOT_CHOSEN = "not_chosen"
    CLOSED = "closed"


def _named(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20)


class Notice(Model):
    """One message to one account; the words are a message key, translated where it is read."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),  # told twice is told once
        Index("ix_notice_account_id_id", "account_id", "id"),
        # The bell on every page asks this one; with read_at in it SQLite prefers it to the other.
        Index(
            "ix_notice_unread",
            "account_id",
            "read_at",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    topic: Mapped[Topic] = mapped_column(_named(Topic))
    words: Mapped[str] = mapped_column(Text)
    params: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    urgent: Mapped[bool]
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        index=True,
        info={"past": True},  # says where it happened, see grids/operations/tree.py
    )
    at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(index=True)


class NoticeDelivery(Model):
    """A notice on its way out through one channel.

    ``due_at`` says when to look at it next: when to send it, or, while it is being sent, when
    whoever sends it must be taken for dead.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        Index(
            "ix_notice_delivery_due",
            "channel",
            "due_at",
            "id",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index("ix_notice_delivery_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(_named(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    trouble: Mapped[Trouble] = mapped_column(_named(Trouble), default=Trouble.NONE)


class NoticeChoice(Model):
    """A person wants notices of a topic through a channel; no row: not through that one."""

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[Topic] = mapped_column(_named(Topic), primary_key=True)


class NoticeAddress(Model):
    """Where a channel reaches a person: personal data, sealed, and masked wherever it shows."""

    __tablename__ = "notice_address"
    __table_args__ = (UniqueConstraint("account_id", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime]


class NoticeQuiet(Model):
    """A person's own quiet hours, in minutes since midnight in Beijing; equal: none."""

    __tablename__ = "notice_quiet"
    __table_args__ = (
        CheckConstraint(
            "from_minute BETWEEN 0 AND 1439 AND to_minute BETWEEN 0 AND 1439", name="of_one_day"
        ),
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    from_minute: Mapped[int]
    to_minute: Mapped[int]
