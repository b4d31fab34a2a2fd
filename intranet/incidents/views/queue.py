"""The lists: one page, its poll, its export and what is done to many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.i18n import _, beijing_time
from intranet.incidents import operations, queries
from intranet.incidents.forms import (
    LIGHT_LABELS,
    SOURCE_LABELS,
    STATE_LABELS,
    TAB_LABELS,
    URGENCY_LABELS,
)
from intranet.incidents.models import Incident, SavedFilter, Urgency, numbered
from intranet.incidents.queries import Filter, Row, Tab
from intranet.incidents.views import words
from intranet.incidents.views.narrowing import (
    EXPORT,
    INDEX,
    MAP,
    address_of,
    chips,
    read_filter,
    saved_filter_of,
)
from intranet.incidents.views.room import ENTER, VIEW, bp
from intranet.incidents.views.shortcuts import KEYS
from intranet.incidents.views.words import time_left

POLL_SECONDS = 20
SEEN = "Weiwang-Seen"  # how far a poll has looked
TABS_OF_EVERYONE = (Tab.INBOX, Tab.MINE, Tab.FOLLOWED, Tab.DRAFTS)
CHEAP = frozenset({Tab.INBOX, Tab.WATCH, Tab.FOLLOWED, Tab.DRAFTS})


@bp.get("/incidents")
def index() -> ResponseReturnValue:
    """Show one of the lists, or answer its poll."""
    viewer = require(ENTER)
    seen = request.args.get("seen", type=int)
    if seen is not None and htmx.is_partial():
        return _poll(viewer, max(0, seen))
    return _page(viewer, request.args.get("after", "")[:40])


@bp.get("/incidents/export.<fmt>")
def export(fmt: str) -> Response:
    """Download the list as filtered; that it was taken is written down."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer = require(VIEW)
    wanted, _form, _narrowed = read_filter(viewer)
    rows = queries.everything(db.session(), viewer, wanted, at=clock.now())
    places = grids.labels({row.grid_path for row in rows})
    now = clock.now()
    day = now.astimezone(BEIJING).strftime("%Y-%m-%d")
    name = _("Incidents %(day)s", day=day)
    answer = sheets.sheet_response(
        name, f"incidents-{day}", fmt, _header(), [_cells(row, places) for row in rows]
    )
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="incidents:list:export",
            at=now,
            object_kind="incident",
            object_id="",
            address=audit.client_address(),
            rows=len(rows),
            tab=wanted.tab,
        )
    return answer


def _page(viewer: Viewer, after: str) -> ResponseReturnValue:
    session = db.session()
    saved = queries.saved_filters(session, viewer)
    if not request.args and saved and saved[0].is_default:
        return redirect(address_of(saved_filter_of(saved[0])))
    wanted, form, narrowed = read_filter(viewer)
    return htmx.page_or_partial(
        "incidents/index.html",
        "incidents/_queue.html",
        **_list(viewer, wanted, saved, after),
        form=form,
        narrowed=narrowed,
        chips=chips(wanted, form, narrowed, INDEX),
        merged=_merged(viewer),
        keys=KEYS,
        searched_max=queries.SEARCHED_MAX,
        action=url_for(INDEX),
    )


def _list(
    viewer: Viewer,
    wanted: Filter,
    saved: Sequence[SavedFilter],
    after: str = "",
    base: int | None = None,
) -> dict[str, Any]:
    """Return what the list's template needs; a fixed number of queries.

    ``base`` is the newest event when the page was opened: what is newer is marked.
    """
    session = db.session()
    now = clock.now()
    # Before the rows: what happens in between is then told by the next poll, not lost.
    seen = queries.newest_event(session)
    found = queries.page(session, viewer, wanted, at=now, after=after)
    turns = queries.next_turn(found.rows, now)
    poll: dict[str, Any] = {
        "after": after,
        "seen": seen,
        "base": seen if base is None else base,
        "turns": "" if turns is None else int(turns.timestamp() * 1000),
    }
    staff = allowed(viewer, VIEW)
    return {
        "wanted": wanted,
        "rows": found.rows,
        **tabs_and_saved(viewer, wanted, saved, INDEX, now),
        "places": grids.labels({row.grid_path for row in found.rows}),
        "next_url": address_of(wanted, after=found.after) if found.after else "",
        "first_url": address_of(wanted) if after else "",
        "new_since": 0 if base is None else base,
        "now": now,
        "here": address_of(wanted),
        "map_url": address_of(wanted, MAP) if staff else "",
        "exports": {fmt: address_of(wanted, EXPORT, fmt=fmt) for fmt in sheets.FORMATS}
        if staff
        else {},
        "may_accept": allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT),
        "time_left": time_left,
        "words": _row_words(),
        "poll_url": address_of(wanted, **poll),
        # Browsers opened together must not ask together for ever.
        "poll_seconds": POLL_SECONDS + viewer.account_id % 5,
    }


def _row_words() -> dict[str, Any]:
    """Return the words and the address a row needs, looked up once and not for each row."""
    return {
        "choose": _("Choose %(number)s", number="{}"),
        "light": _("Light"),
        "new": _("new"),
        "incident": _("Incident"),
        "no_matter": _("No matter chosen yet"),
        "urgent": str(URGENCY_LABELS[Urgency.URGENT]),
        "place": _("Grid and place"),
        "state": _("State"),
        "states": {state: str(label) for state, label in STATE_LABELS.items()},
        "reported": _("Reported"),
        "due": _("Due"),
        "closed": _("Closed"),
        "url": url_for("incidents.incident", number="_").removesuffix("_"),
    }


def tabs_and_saved(
    viewer: Viewer, wanted: Filter, saved: Sequence[SavedFilter], endpoint: str, now: datetime
) -> dict[str, Any]:
    """Return the tabs and the kept filters with their counts, all counted by one query."""
    kept = [(one, saved_filter_of(one)) for one in saved if one.removed_at is None]
    staff = allowed(viewer, VIEW)
    shown = [tab for tab in TAB_LABELS if staff or tab in TABS_OF_EVERYONE]
    counted = [replace(wanted, tab=tab) for tab in shown]
    # Lists of what is being worked on are short; how many an archive holds is not worth the time.
    cheap = [one for _saved, one in kept if one.tab in CHEAP]
    found = queries.count_each(db.session(), viewer, [*counted, *cheap], at=now)
    how_many = dict(zip([*counted, *cheap], found, strict=True))
    return {
        "tabs": [
            (
                TAB_LABELS[one.tab],
                address_of(one, endpoint),
                one == wanted,
                words.how_many(how_many[one]),
            )
            for one in counted
        ],
        "count": how_many.get(wanted, 0),
        "count_words": words.how_many(how_many.get(wanted, 0)),
        "saved": [
            (
                one.name,
                address_of(narrow, endpoint),
                narrow == wanted,
                words.how_many(how_many[narrow]) if narrow in how_many else None,
            )
            for one, narrow in kept
        ],
    }


def _poll(viewer: Viewer, seen: int) -> ResponseReturnValue:
    """Answer 204 while nothing is new for this viewer; else the list, its new rows marked.

    The 204 says how far we have looked, so that the next one looks on from there. A light that
    turns by time alone is news, too.
    """
    session = db.session
    turns = request.args.get("turns", type=int)
    has_turned = turns is not None and clock.now().timestamp() * 1000 > turns
    newest = queries.newest_event(session)
    if not has_turned and (
        newest <= seen or not queries.changed_between(session, viewer, seen, newest)
    ):
        answer = htmx.nothing_new()
        answer.headers[SEEN] = str(max(newest, seen))
        return answer
    wanted, form, narrowed = read_filter(viewer)
    after = request.args.get("after", "")[:40]
    base = request.args.get("base", seen, type=int)
    saved = queries.saved_filters(session(), viewer)
    facts = _list(viewer, wanted, saved, after, base)
    marks = chips(wanted, form, narrowed, INDEX)
    return make_response(render_template("incidents/_queue.html", **facts, chips=marks))


def _merged(viewer: Viewer) -> list[Incident]:
    """Return what has just been merged and may come apart again, for the word that says so."""
    number = request.args.get("merged", "")
    if not number.isalnum() or not allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT):
        return []
    session = db.session()
    into = queries.find_visible(session, viewer, number)
    if into is None:
        return []
    merged = queries.merged_here(session, into)
    until = operations.unmerge_until(session, [one.id for one in merged])
    now = clock.now()
    return [into, *(one for one in merged if one.id in until and until[one.id] > now)]


def _header() -> list[str]:
    return [
        _("Number"),
        _("State"),
        _("Light"),
        _("Urgency"),
        _("What it is about"),
        _("What is the matter?"),
        _("Micro-grid"),
        _("Grid code"),
        _("Place in words"),
        _("Source"),
        _("Reported"),
        _("Due"),
        _("Closed"),
    ]


def _cells(row: Row, places: dict[str, Any]) -> list[str]:
    place = places[row.grid_path]
    return [
        numbered(row.short_number),
        str(STATE_LABELS[row.state]),
        str(LIGHT_LABELS[row.light]) if row.light else "",
        str(URGENCY_LABELS[row.urgency]),
        row.category or _("No matter chosen yet"),
        row.description,
        place.full,
        place.code,
        row.place,
        str(SOURCE_LABELS[row.source]),
        beijing_time(row.reported_at),
        beijing_time(row.due_at),
        beijing_time(row.closed_at),
    ]
