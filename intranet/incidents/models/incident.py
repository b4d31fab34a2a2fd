"""An incident, what happened to it, who has it and who has had a hand in it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    and_,
    not_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, append_only
from intranet.grids.models.tree import stored
from intranet.incidents.models.lifecycle import Stage, State, Verb
from intranet.register.models import PersonalField


class Urgency(StrEnum):
    """How fast: urgent things count real minutes, ordinary ones working days."""

    URGENT = "urgent"  # 紧急
    ORDINARY = "ordinary"  # 一般


class Source(StrEnum):
    """How it came to us."""

    PATROL = "patrol"  # 网格巡查
    RESIDENT = "resident"  # 群众自报
    CALLER = "caller"  # 来电来访
    CAMERA = "camera"  # 视频巡查
    OPEN311 = "open311"  # 开放接口


class Card(StrEnum):
    """The mark of a supervision order."""

    YELLOW = "yellow"  # 黄牌
    RED = "red"  # 红牌


class Request(StrEnum):
    """What a handler may ask for and a leader grants."""

    SUSPENSION = "suspension"
    EXTENSION = "extension"


class Satisfaction(StrEnum):
    """What the reporter says of it."""

    SATISFIED = "satisfied"  # 满意
    MOSTLY = "mostly"  # 基本满意
    DISSATISFIED = "dissatisfied"  # 不满意


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_OPEN = text("is_open")
# SQLite knows no truth values: only spelled as its queries spell it does it use the index.
_OPEN_SQLITE = text("is_open = 1")
_PLACE = ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")


def _open(name: str, *columns: str) -> Index:
    """Return an index of the open incidents alone: they are few, and stay few."""
    return Index(name, *columns, sqlite_where=_OPEN_SQLITE, postgresql_where=_OPEN)


class Incident(Model):
    """One matter, from found to closed. Its clocks are derived from its history and kept here.

    ``stage_due_at`` and ``total_due_at`` end the running stage's limit and the whole's; ``due_at``
    is the earlier of them and ``warn_at`` the moment its light turns yellow. All are empty while
    no time runs. ``latest_event_id`` names the newest row of the history.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("report_key"),
        _open("ix_incident_open_grid_path", "grid_path"),
        _open("ix_incident_open_queue_at", "queue_at"),
        _open("ix_incident_open_alarm_at", "alarm_at"),
        _open("ix_incident_open_desk_path", "desk_path"),
        # A community's open ones, and counting its lists without a look at any row.
        Index("ix_incident_counted", "community_path", "is_open", "state", "grid_path"),
        Index("ix_incident_reporter_id_id", "reporter_id", "id"),
        Index("ix_incident_reporter_id_state", "reporter_id", "state"),
        Index("ix_incident_community_path_id", "community_path", "id"),
        Index("ix_incident_community_path_closed_at", "community_path", "closed_at"),
        Index("ix_incident_category_id", "category_id", "id"),
        # The figures of a period read this index alone, never the rows.
        Index(
            "ix_incident_reported_at",
            *("reported_at", "community_path", "grid_path", "state", "category_id", "reporter_id"),
            *("source", "urgency", "is_open", "due_at", "round", "was_in_time", "real_minutes"),
            *("satisfaction", "accept_minutes", "dispatch_minutes", "arrive_minutes"),
            *("handle_minutes", "verify_minutes"),
        ),
        Index("ix_incident_merged_into_id", "merged_into_id"),
        CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)", name="whole_coordinates"
        ),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        CheckConstraint("extension_minutes >= 0", name="extension_adds"),
        # A draft is kept as far as it has come, and may be thrown away so.
        CheckConstraint(
            "category_id IS NOT NULL OR state = 'draft'"
            " OR (state = 'void' AND reported_at IS NULL)",
            name="matter_once_sent",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)  # 受理编号: community, day, running number
    short_number: Mapped[str] = mapped_column(Text, index=True)  # day and running number
    # The phone made it with the draft: sent twice or a week later, it is one report.
    report_key: Mapped[str | None] = mapped_column(Text)
    state: Mapped[State] = mapped_column(stored(State))
    previous_state: Mapped[State | None] = mapped_column(stored(State))
    is_open: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=1)  # raised by reopening
    # The grid it was found in, as things were that day; its community for lists of a whole one.
    grid_path: Mapped[str] = mapped_column(PathType, _PLACE, info={"past": True})
    community_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        info={"past": True},
    )
    # Whose desk it lies on: climbs a level when it is overdue or the whistle is blown.
    desk_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        index=True,
        info={"past": True},
    )
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident_category.id", ondelete="RESTRICT")
    )
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency))
    source: Mapped[Source] = mapped_column(stored(Source))
    description: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")  # in words
    latitude_wgs84: Mapped[float | None]
    longitude_wgs84: Mapped[float | None]
    camera_id: Mapped[int | None] = mapped_column(
        ForeignKey("camera.id", ondelete="SET NULL"), index=True
    )
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    happened_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="")  # of this round
    reporter_word: Mapped[str] = mapped_column(Text, default="")
    satisfaction: Mapped[Satisfaction | None] = mapped_column(stored(Satisfaction))
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("incident.id", ondelete="RESTRICT")
    )
    card: Mapped[Card | None] = mapped_column(stored(Card))
    level_raised: Mapped[int] = mapped_column(default=0)  # how often it climbed
    asked_for: Mapped[Request | None] = mapped_column(stored(Request))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    asked_minutes: Mapped[int] = mapped_column(default=0)
    extension_minutes: Mapped[int] = mapped_column(default=0)
    stage: Mapped[Stage | None] = mapped_column(stored(Stage))
    stage_began_at: Mapped[datetime | None]
    stage_due_at: Mapped[datetime | None]
    total_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    queue_at: Mapped[datetime]  # due_at, or far away while there is none: what lists go by
    warn_at: Mapped[datetime | None]
    was_in_time: Mapped[bool | None]  # said at closing: closed before the whole's limit
    real_minutes: Mapped[int | None]  # from report to closing, of the last round
    # What each step of the first round took: see operations/pace.py.
    accept_minutes: Mapped[int | None]
    dispatch_minutes: Mapped[int | None]
    arrive_minutes: Mapped[int | None]
    handle_minutes: Mapped[int | None]
    verify_minutes: Mapped[int | None]
    hidden_at: Mapped[datetime | None]
    # When somebody must be warned next, of being near due or of being late.
    alarm_at: Mapped[datetime | None]
    latest_event_id: Mapped[int] = mapped_column(default=0)
    # Raised by whatever changes what may be done next: a form made before that comes too late.
    turn: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class IncidentEvent(Model):
    """One move or act, append-only: read in order, the events give the incident as it stands.

    ``to_state`` is empty for acts that leave the state. ``details`` is JSON of ids and numbers,
    never of personal data. System acts (warnings, escalation) have no actor.
    """

    __tablename__ = "incident_event"
    __table_args__ = (
        Index("ix_incident_event_incident_id_id", "incident_id", "id"),
        Index("ix_incident_event_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"))
    verb: Mapped[Verb] = mapped_column(stored(Verb))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    from_state: Mapped[State | None] = mapped_column(stored(State))
    to_state: Mapped[State | None] = mapped_column(stored(State))
    round: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[str] = mapped_column(Text, default="{}")


append_only(IncidentEvent.__table__)  # type: ignore[arg-type]


class Assignment(Model):
    """An account or a unit that has an incident to handle, from a moment until it is taken off."""

    __tablename__ = "incident_assignment"
    __table_args__ = (
        Index("ix_incident_assignment_incident_id", "incident_id"),
        Index("ix_incident_assignment_account_id", "account_id", "ended_at"),
        Index("ix_incident_assignment_unit_id", "unit_id", "ended_at"),
        CheckConstraint("(account_id IS NULL) <> (unit_id IS NULL)", name="one_assignee"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="RESTRICT"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("incident_unit.id", ondelete="RESTRICT"))
    is_lead: Mapped[bool] = mapped_column(default=True)  # 主办; the others co-handle (协办)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Hand(Model):
    """An account that has handled an incident in a round: it may not judge the result."""

    __tablename__ = "incident_hand"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="RESTRICT"), primary_key=True
    )
    round: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class TieKind(StrEnum):
    """How an account belongs to an incident, for the lists it finds it in."""

    ACTED = "acted"  # 经办
    FOLLOWS = "follows"  # 关注


class Tie(Model):
    """An account's own lists: what it has had to do with, and what it follows."""

    __tablename__ = "incident_tie"
    __table_args__ = (Index("ix_incident_tie_incident_id", "incident_id"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[TieKind] = mapped_column(stored(TieKind), primary_key=True)
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )


class Serial(Model):
    """The last number given out under a prefix (community and day)."""

    __tablename__ = "incident_serial"

    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int]


class Contact(Model):
    """A caller's name or phone: masked on pages, shown for a reason, erased in time."""

    __tablename__ = "incident_contact"
    __table_args__ = (UniqueConstraint("incident_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    field: Mapped[PersonalField] = mapped_column(stored(PersonalField))
    value: Mapped[str] = mapped_column(Text)  # sealed
    masked: Mapped[str] = mapped_column(Text)


class PartyRole(StrEnum):
    """What a party has to do with an incident."""

    CONCERNED = "concerned"  # 当事人
    WITNESS = "witness"  # 证人
    HARMED = "harmed"  # 受损方
    RELATIVE = "relative"  # 报告人亲属
    OWNER = "owner"  # 业主或经营者
    OTHER = "other"  # 其他


class Related(Model):
    """A party the incident is about, by its place in the register; never by name here."""

    __tablename__ = "incident_related"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )
    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(Text, default="")  # a PartyRole


def numbered(short_number: str) -> str:
    """Return the number as people read it, write it and say it: 261125-0007.

    Machines have the whole one, with the community's code before it.
    """
    return f"{short_number[:6]}-{short_number[6:]}"


def was_sent() -> ColumnElement[bool]:
    """Return the condition that it is no draft, nor one its author threw away unsent.

    Such a one is void without ever having been reported; nobody else has seen it, or is to.
    """
    thrown_away = and_(Incident.state == State.VOID, Incident.reported_at.is_(None))
    return and_(Incident.state != State.DRAFT, not_(thrown_away))
