"""A walk's end: all its findings become incidents in one transaction, each exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Permission, Viewer, allowed
from intranet.errors import InputError
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import (
    AttachmentKind,
    Category,
    Found,
    Gravity,
    Incident,
    Outcome,
    PatrolCheck,
    PatrolMark,
    PatrolOutcome,
    PatrolPhoto,
    PatrolWalk,
    Source,
    Urgency,
    Verb,
    WalkState,
)
from intranet.incidents.operations.checklist import lines_of
from intranet.incidents.operations.moves import Brings, perform
from intranet.incidents.operations.patrol_walks import (
    checks_of,
    end_walk,
    latest_marks,
    lock_walk,
    marked_meanwhile,
    photos_of,
)
from intranet.incidents.operations.photos import Stored, add_files
from intranet.incidents.operations.reporting import Report, report
from intranet.incidents.operations.rewarding import offer_for_patrol

# Not what was found: that is the description, and may have to be hidden. Words of an incident are
# data, kept in the language of those who work on it.
SETTLED = "巡查时当场整改"
LOOKED_AT = "不合格的检查项：{}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One item at which something was found, with all that was noted there."""

    check: PatrolCheck
    mark: PatrolMark
    photos: Sequence[PatrolPhoto]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Place:
    """Where a permission is asked for."""

    grid_path: str


def may_settle(actor: Viewer, grid_path: str) -> bool:
    """Whether what the actor has put right becomes an incident they settled, or a record only."""
    return allowed(actor, Permission.INCIDENTS_INCIDENT_DISPATCH, Place(grid_path)) and allowed(
        actor, Permission.INCIDENTS_INCIDENT_ACCEPT, Place(grid_path)
    )


def finish_walk(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    walk: PatrolWalk,
    seen: int = 0,
    address: str = "",
) -> list[PatrolOutcome]:
    """End a walk and report what it found: all of it or, when this raises, nothing.

    ``seen`` is the newest mark the page knew of. Raises MarkedMeanwhile when another has marked
    something since, DomainError when the walk is over, InputError naming the item (``check-7``).
    """
    audit.take_turn(session)  # before the walk's lock: reporting takes it in any case
    lock_walk(session, walk)
    checks, marks = checks_of(session, walk), latest_marks(session, walk)
    _look(session, actor, checks, marks, seen)
    photos: dict[int, list[PatrolPhoto]] = {}
    for photo in photos_of(session, walk):
        photos.setdefault(photo.check_id, []).append(photo)
    end_walk(walk, WalkState.FINISHED, actor, at)
    made = []
    for check in checks:
        mark, taken = marks.get(check.id), photos.get(check.id, [])
        if mark is None or mark.result is Found.FINE:
            for photo in taken:  # of a hazard that was none
                session.delete(photo)
        else:
            grid = _grid(session, walk, mark, check)
            finding = Finding(check, mark, taken, grid)
            made.append(_report_one(session, actor, at, finding, address))
    session.add_all(made)
    session.flush()
    offer_for_patrol(session, walk, actor.account_id, at=at)
    return made


def _look(
    session: Session,
    actor: Viewer,
    checks: Sequence[PatrolCheck],
    marks: dict[int, PatrolMark],
    seen: int,
) -> None:
    """Raise what stands between the walk and its end."""
    for mark in marks.values():
        if mark.id > seen and mark.actor_id != actor.account_id:
            raise marked_meanwhile(session, mark)
    missing = [one for one in checks if one.id not in marks and not one.is_optional]
    if missing:
        raise InputError(
            "%(count)d items are not marked yet, number %(first)d first",
            f"check-{missing[0].id}",
            count=len(missing),
            first=missing[0].position,
        )


def _grid(session: Session, walk: PatrolWalk, mark: PatrolMark, check: PatrolCheck) -> Grid:
    if mark.grid_id is not None:
        return session.get_one(Grid, mark.grid_id)
    grid = grids.grid_by_path(session, walk.grid_path)
    assert grid is not None
    if grid.kind is GridKind.GENERAL:
        raise InputError("Choose the micro-grid it was found in", f"check-{check.id}")
    return grid


def _report_one(
    session: Session, actor: Viewer, at: datetime, finding: Finding, address: str
) -> PatrolOutcome:
    check, mark = finding.check, finding.mark
    mended = mark.result is Found.MENDED
    if mended and not may_settle(actor, finding.grid.path):
        return PatrolOutcome(check_id=check.id, outcome=Outcome.RECORDED)
    settles = mended and not _has_musts(session, mark.category_id)
    try:
        if mark.comment_on_id is not None and not mended:
            incident = _comment(session, actor, at, finding, address)
            outcome = Outcome.COMMENTED
        else:
            files = [] if settles else _files(finding)
            incident = _report(session, actor, at, finding, files, address)
            outcome = Outcome.SETTLED if settles else Outcome.REPORTED
        if settles:
            _settle(session, actor, at, finding, incident=incident, address=address)
    except InputError as error:
        raise InputError(error.key, f"check-{check.id}", **error.params) from None
    for photo in finding.photos:  # the incident has them now, and whoever moderates it
        session.delete(photo)
    return PatrolOutcome(check_id=check.id, outcome=outcome, incident_id=incident.id)


def _has_musts(session: Session, category_id: int | None) -> bool:
    """Whether lines of the matter must be ticked before it counts as handled: none is on a walk."""
    category = session.get(Category, category_id) if category_id is not None else None
    return category is not None and any(one.is_must for one in lines_of(category.checklist))


def _report(  # noqa: PLR0917 — what it is made of
    session: Session,
    actor: Viewer,
    at: datetime,
    finding: Finding,
    files: Sequence[Stored],
    address: str,
) -> Incident:
    check, mark = finding.check, finding.mark
    placed = next((one for one in finding.photos if one.latitude_wgs84 is not None), None)
    taken = [one.taken_at for one in finding.photos if one.taken_at and one.taken_at <= at]
    return report(
        session,
        actor=actor,
        at=at,
        content=Report(
            grid=finding.grid,
            category=session.get_one(Category, mark.category_id),
            source=Source.PATROL,
            description=_description(finding),
            place=check.place,
            urgency=Urgency.URGENT if mark.gravity is Gravity.GRAVE else None,
            latitude_wgs84=placed.latitude_wgs84 if placed else None,
            longitude_wgs84=placed.longitude_wgs84 if placed else None,
            happened_at=min([*taken, mark.at, at]),
        ),
        files=files,
        report_key=f"patrol:{check.walk_id}:{check.id}",
        address=address,
    )


def _settle(
    session: Session,
    actor: Viewer,
    at: datetime,
    finding: Finding,
    *,
    incident: Incident,
    address: str,
) -> None:
    """Accept and settle what was put right on the spot; somebody else verifies it."""
    add_files(
        session,
        actor=actor,
        at=at,
        incident=incident,
        kind=AttachmentKind.RESULT,
        files=_files(finding),
        address=address,
    )
    for verb in (Verb.ACCEPT, Verb.SETTLE):
        perform(
            session,
            actor=actor,
            at=at,
            incident=incident,
            verb=verb,
            brings=Brings(words=SETTLED if verb is Verb.SETTLE else ""),
            address=address,
        )


def _comment(
    session: Session, actor: Viewer, at: datetime, finding: Finding, address: str
) -> Incident:
    """Add the finding to an incident that is open still."""
    incident = session.get(Incident, finding.mark.comment_on_id)
    if incident is None or not allowed(actor, Permission.INCIDENTS_INCIDENT_VIEW, incident):
        raise InputError("The incident chosen is not there any more")
    session.refresh(incident)
    if not incident.is_open:
        raise InputError("The incident chosen is over by now; report this one anew")
    add_files(
        session,
        actor=actor,
        at=at,
        incident=incident,
        kind=AttachmentKind.SCENE,
        files=_files(finding),
        address=address,
    )
    perform(
        session,
        actor=actor,
        at=at,
        incident=incident,
        verb=Verb.COMMENT,
        brings=Brings(words=_description(finding)),
        address=address,
    )
    return incident


def _description(finding: Finding) -> str:
    """Return what was found, and the standard that was not met: never its words alone."""
    looked_at = LOOKED_AT.format(finding.check.words)
    return "\n".join(one for one in (finding.mark.words.strip(), looked_at) if one)


def _files(finding: Finding) -> list[Stored]:
    return [
        Stored(
            file_key=one.file_key,
            media_type=one.media_type,
            thumbnail_key=one.thumbnail_key,
            width=one.width,
            height=one.height,
            taken_at=one.taken_at,
            latitude_wgs84=one.latitude_wgs84,
            longitude_wgs84=one.longitude_wgs84,
        )
        for one in finding.photos
    ]
