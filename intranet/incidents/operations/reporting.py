"""Reporting: a draft or a report, each exactly once, with a number people can quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import (
    NEVER,
    AttachmentKind,
    Category,
    Incident,
    Serial,
    Source,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.operations.contacts import keep_contact
from intranet.incidents.operations.history import Act, overtaken, said, take
from intranet.incidents.operations.merging import Wish, fulfil, join
from intranet.incidents.operations.photos import Stored, attach
from intranet.incidents.operations.relocating import PLACE_MAX, desk_of

DESCRIPTION_MAX = 4000
REPORT_KINDS = (GridKind.MICRO, GridKind.DEDICATED, GridKind.GENERAL, GridKind.COMMUNITY)


@dataclass(frozen=True, slots=True)
class Report:
    """What a reporter says; the urgency is the category's unless given. A draft may lack that."""

    grid: Grid
    category: Category | None
    source: Source
    description: str = ""
    place: str = ""
    urgency: Urgency | None = None
    latitude_wgs84: float | None = None
    longitude_wgs84: float | None = None
    happened_at: datetime | None = None
    camera_id: int | None = None
    caller_name: str = ""
    caller_phone: str = ""


def report(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    content: Report,
    files: Sequence[Stored] = (),
    report_key: str | None = None,
    as_draft: bool = False,
    joins: Wish | None = None,
    address: str = "",
) -> Incident:
    """Take a report, or keep it as a draft; return the incident.

    ``report_key`` is the phone's own for the report: a second one of the same reporter with the
    same key is the same incident, however late it comes. ``joins`` is what the reporter says it is
    the same as: it is merged into that, or stands by itself and says so where that cannot be.
    Raises InputError by field, OfferChangedError, DomainError when the key is somebody else's.
    """
    audit.take_turn(session)  # event ids in the order of commits, and numbers without gaps
    known = _known(session, report_key, actor)
    if known is not None:
        return known
    _check(content, at, as_draft=as_draft)
    number = _number(session, content.grid, at)
    incident = Incident(
        number=number,
        short_number=number.removeprefix(_community_code(session, content.grid)),
        queue_at=NEVER,
        report_key=report_key,
        state=State.DRAFT,
        source=content.source,
        reporter_id=actor.account_id if actor else None,
        changed_at=at,
    )
    _fill(incident, content)
    session.add(incident)
    session.flush()
    act = Act(session, incident, actor, at, address)
    keep_contact(act, content.caller_name, content.caller_phone)
    attach(act, AttachmentKind.SCENE, files, as_event=False)
    _send(act, content, Verb.SAVE_DRAFT if as_draft else Verb.REPORT, joins)
    return incident


def amend(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    content: Report,
    files: Sequence[Stored] = (),
    send: bool = True,
    joins: Wish | None = None,
    turn: int | None = None,
    address: str = "",
) -> Incident:
    """Change a draft, or what was returned, and send it; the caller has asked the permission.

    ``joins`` as for a report. Raises OfferChangedError, Overtaken when it is neither any more.
    """
    act = take(session, incident=incident, actor=actor, at=at, turn=turn, address=address)
    if incident.state not in {State.DRAFT, State.RETURNED}:
        raise overtaken(session, incident)
    # What was returned to be completed has been sent: it does not lose its matter again.
    _check(content, act.at, as_draft=not send and incident.reported_at is None)
    _fill(incident, content)
    attach(act, AttachmentKind.SCENE, files, as_event=False)
    if not send:
        incident.turn += 1  # the same draft open in two tabs: the second is told
    _send(act, content, Verb.REPORT if send else Verb.SAVE_DRAFT, joins)
    if not send and incident.is_open:
        act.count_clocks()  # returned, and of another kind now: other limits
        session.flush()
    return incident


def _known(session: Session, report_key: str | None, actor: Viewer | None) -> Incident | None:
    if report_key is None:
        return None
    known = session.scalar(select(Incident).where(Incident.report_key == report_key))
    if known is not None and known.reporter_id != (actor.account_id if actor else None):
        raise DomainError("This form was already sent with other content; reload the page")
    return known


def _check(content: Report, at: datetime, *, as_draft: bool) -> None:
    if content.grid.kind not in REPORT_KINDS or content.grid.closed_on is not None:
        raise InputError("Choose the micro-grid", "grid")
    if not _is_listed(content.category, at) and not (as_draft and content.category is None):
        raise InputError("Choose what it is about", "category")
    if len(content.description) > DESCRIPTION_MAX:
        raise InputError("At most %(most)d characters", "description", most=DESCRIPTION_MAX)
    if len(content.place) > PLACE_MAX:
        raise InputError("At most %(most)d characters", "place", most=PLACE_MAX)
    if not _is_on_earth(content.latitude_wgs84, content.longitude_wgs84):
        raise InputError("Choose the micro-grid: the place is not known", "grid")
    if content.happened_at is not None and content.happened_at > at:
        raise InputError("It cannot have happened in the future", "happened_at")


def _is_listed(category: Category | None, at: datetime) -> bool:
    if category is None or category.parent_id is None:
        return False
    return category.is_listed(at.astimezone(BEIJING).date())


def _is_on_earth(latitude: float | None, longitude: float | None) -> bool:
    if latitude is None or longitude is None:
        return latitude is longitude
    return -90 <= latitude <= 90 and -180 <= longitude <= 180  # no number is within no bounds


def _fill(incident: Incident, content: Report) -> None:
    incident.grid_path = content.grid.path
    incident.community_path = grids.community_path(content.grid.path)
    if not incident.level_raised:  # a desk it has climbed to keeps it
        incident.desk_path = desk_of(content.grid)
    category = content.category
    incident.category_id = category.id if category else None
    usual = category.urgency if category else Urgency.ORDINARY
    incident.urgency = content.urgency or usual
    incident.description = content.description.strip()
    incident.place = " ".join(content.place.split())
    incident.latitude_wgs84 = content.latitude_wgs84
    incident.longitude_wgs84 = content.longitude_wgs84
    # What an amendment does not bring stays as it was.
    incident.happened_at = content.happened_at or incident.happened_at
    incident.camera_id = content.camera_id or incident.camera_id


def _send(act: Act, content: Report, verb: Verb, wish: Wish | None = None) -> None:
    incident = act.incident
    into = fulfil(act, wish)
    joins = {} if wish is None else {"joins": True} if into is not None else {"alone": True}
    to = State.REPORTED if verb is Verb.REPORT else None
    if to is not None and incident.reported_at is None:
        incident.reported_at = act.at
    act.write(
        verb,
        to,
        said(""),
        category=incident.category_id,
        urgency=incident.urgency.value,
        desk=incident.desk_path,
        grid=incident.grid_path,
        source=content.source.value,
        **joins,
    )
    if into is not None:
        join(act, into)


def _community_code(session: Session, grid: Grid) -> str:
    community = grids.grid_by_path(session, grids.community_path(grid.path))
    return community.code if community else grid.code


def _number(session: Session, grid: Grid, at: datetime) -> str:
    """Return the next number: community, day in Beijing, and a running one of four digits."""
    prefix = f"{_community_code(session, grid)}{at.astimezone(BEIJING):%y%m%d}"
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Serial).values(prefix=prefix, last=1)
    counted = statement.on_conflict_do_update(
        index_elements=[Serial.prefix], set_={"last": Serial.last + 1}
    ).returning(Serial.last)
    return f"{prefix}{session.execute(counted).scalar_one():04d}"
