"""What the pages of one incident show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from intranet import clock
from intranet.access import Permission, Viewer, allowed
from intranet.db import db
from intranet.grids import queries as grids
from intranet.incidents import operations, queries
from intranet.incidents.models import (
    FINISHED,
    OPEN,
    Attachment,
    AttachmentKind,
    State,
    Verb,
)
from intranet.incidents.queries import Case, Entry
from intranet.incidents.views import words
from intranet.incidents.views.room import VIEW
from intranet.people.forms import ROLE_LABELS
from intranet.register.forms import REASONS
from intranet.register.operations.numbers import masked_name

# Moves with which nothing has to be said.
ONE_PRESS = frozenset({Verb.ACCEPT, Verb.RESUME, Verb.EXTEND, Verb.UNMERGE})
AFTERWARDS = frozenset({AttachmentKind.RESULT, AttachmentKind.CHECK})


def facts(viewer: Viewer, case: Case) -> dict[str, Any]:
    """Return what the pages of one incident show; a fixed number of queries."""
    session = db.session()
    now = clock.now()
    found = case.incident
    may_moderate = allowed(viewer, Permission.INCIDENTS_PHOTO_MODERATE, case)
    timeline, reporter = queries.timeline(session, found), queries.reporter_name(session, found)
    if queries.is_shy(session, viewer, case):
        timeline = queries.without_name(timeline, found.reporter_id)
        reporter = masked_name(reporter)
    names = queries.names(session, found, timeline)
    moved = {entry.details["grid"] for entry in timeline if "grid" in entry.details}
    places = grids.labels({found.grid_path, *moved})
    files = queries.attachments(session, found, hidden=may_moderate)
    moves = queries.possible(viewer, case, at=now)
    merged = queries.absorbed(session, viewer, case)
    return {
        "case": case,
        "incident": found,
        "now": now,
        "light": queries.light_of(found.state, found.warn_at, found.due_at, now),
        "place": places[found.grid_path],
        "moves": moves,
        "may_complete": found.state is State.RETURNED
        and allowed(viewer, Permission.INCIDENTS_OWN_MANAGE, case),
        "onward": next((move.verb for move in moves[:1] if move.verb in queries.ONWARD), None),
        "one_press": ONE_PRESS,
        "timeline": timeline,
        "sentences": [words.sentence(entry, names, places) for entry in timeline],
        "stops": words.stops(found, timeline),
        "asked_words": words.request_words(found, names),
        "minutes_words": words.minutes_words,
        "holders": queries.holders(session, found),
        "attachments": files,
        "album": album(files),
        "photo_kinds": photo_kinds(viewer, case),
        "may_moderate": may_moderate,
        "may_read": may_moderate or found.hidden_at is None,
        "contacts": queries.contacts(session, found),
        "shown": {},
        "reasons": REASONS,
        "merged": merged,
        "readers": queries.readers(case, merged),
        "was_alone": found.state is State.REPORTED and stood_alone(timeline),
        "master": queries.master_of(session, viewer, found),
        "unmerge_minutes": _unmerge_minutes(case, now)
        if allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT, case)
        else 0,
        "reporter": reporter,
        "patrol": queries.patrol_of(session, viewer, found),
        "follows": queries.follows(session, viewer, found),
        "handlers": queries.handlers(session, [found]),
        "role_labels": ROLE_LABELS,
        "papers": words.papers_of(found, staff=allowed(viewer, VIEW)),
        "may_call": found.state in FINISHED
        and allowed(viewer, Permission.INCIDENTS_CALLBACK_MAKE, case),
        "outside": queries.outside_of(session, found),
        "may_release": allowed(viewer, Permission.INCIDENTS_PHOTO_MODERATE, case),
        "may_unmask": allowed(viewer, Permission.REGISTER_PERSONAL_UNMASK, case),
        "checklist": operations.lines_of(case.category.checklist if case.category else ""),
        "ticked": words.checklist_on_paper(found, timeline)[0],
        **_around(viewer, case, now),
    }


def _around(viewer: Viewer, case: Case, at: datetime) -> dict[str, Any]:
    """Return what stands beside an incident: its map, the people it is about, and its like."""
    session = db.session()
    found = case.incident
    where = queries.surroundings(session, viewer, found)
    sees = queries.may_see_related(viewer, case)
    people, more = queries.related(session, viewer, found) if sees else ((), 0)
    return {
        "where": where,
        "sees_related": sees,
        "related": people,
        "related_elsewhere": more,
        "may_relate": queries.may_relate(viewer, case),
        "alike": _alike(viewer, case, at),
    }


def _alike(viewer: Viewer, case: Case, at: datetime) -> list[tuple[queries.Similar, bool]]:
    """Return open incidents like this one while it waits to be accepted, and which may take it."""
    found = case.incident
    accepts = Permission.INCIDENTS_INCIDENT_ACCEPT
    if found.state is not State.REPORTED or not allowed(viewer, accepts, case):
        return []
    assert case.category is not None
    grid = grids.grid_by_path(db.session(), found.grid_path)
    if grid is None:
        return []
    listed = queries.similar(
        db.session(),
        viewer,
        category=case.category,
        grid=grid,
        latitude_wgs84=found.latitude_wgs84,
        longitude_wgs84=found.longitude_wgs84,
        at=at,
        besides=found.id,
    )
    return [(one, one.is_visible and allowed(viewer, accepts, one)) for one in listed]


def stood_alone(timeline: Sequence[Entry]) -> bool:
    """Whether it was to be joined to another when it was last sent, and could not be."""
    sent = [one for one in timeline if one.event.verb is Verb.REPORT]
    return bool(sent) and "alone" in sent[-1].details


def photo_kinds(viewer: Viewer, case: Case) -> list[AttachmentKind]:
    """Return what the viewer may say their photos show: the result is the handlers' to show."""
    asked = {
        AttachmentKind.SCENE: Permission.INCIDENTS_PHOTO_ADD,
        AttachmentKind.RESULT: Permission.INCIDENTS_INCIDENT_HANDLE,
        AttachmentKind.CHECK: Permission.INCIDENTS_INCIDENT_VERIFY,
    }
    if case.incident.state not in OPEN:
        return []
    return [kind for kind, permission in asked.items() if allowed(viewer, permission, case)]


def album(files: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return the files by round: photos before and after it was dealt with, and voice notes."""
    rounds = groupby(sorted(files, key=lambda one: (one.round, one.id)), lambda one: one.round)
    return [_sorted(number, list(of_round)) for number, of_round in rounds]


def _sorted(number: int, files: list[Attachment]) -> dict[str, Any]:
    return {
        "round": number,
        "before": [one for one in files if one.kind is AttachmentKind.SCENE],
        "after": [one for one in files if one.kind in AFTERWARDS],
        "voice": [one for one in files if one.kind is AttachmentKind.VOICE],
    }


def _unmerge_minutes(case: Case, now: datetime) -> int:
    """Return how many minutes are left to take a merging back; none is 0."""
    if case.unmerge_until is None:
        return 0
    left = case.unmerge_until - now
    return max(0, int(left.total_seconds() // 60))
