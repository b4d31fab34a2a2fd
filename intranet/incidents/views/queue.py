"""The lists: one page, its poll, its export and what is done to many at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _, beijing_time
from intranet.incidents import queries
from intranet.incidents.forms import (
    LIGHT_LABELS,
    SOURCE_LABELS,
    STATE_LABELS,
    TAB_LABELS,
    URGENCY_LABELS,
    ListFilterForm,
    options,
)
from intranet.incidents.models import Source, State, Urgency
from intranet.incidents.queries import Filter, Light, Row, Tab
from intranet.incidents.views.room import ENTER, VIEW, bp

POLL_SECONDS = 15
TABS_OF_EVERYONE = (Tab.INBOX, Tab.MINE, Tab.FOLLOWED, Tab.DRAFTS)


@bp.get("/incidents")
def index() -> ResponseReturnValue:
    """Show one of the lists, or answer its poll."""
    viewer = require(ENTER)
    seen = request.args.get("seen", type=int)
    if seen is not None and htmx.is_partial():
        return _poll(viewer, seen)
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


def read_filter(viewer: Viewer) -> tuple[Filter, ListFilterForm, PlaceFilterForm]:
    """Read what the address narrows the list to; nonsense narrows nothing."""
    form = ListFilterForm(request.args)
    listed = queries.categories(db.session())
    form.category.choices = [("", _("All"))] + [
        (str(one.id), one.name if one.parent_id is None else f"　{one.name}") for one in listed
    ]
    form.state.choices = options(STATE_LABELS, blank=_("All"))
    form.light.choices = options(LIGHT_LABELS, blank=_("All"))
    form.source.choices = options(SOURCE_LABELS, blank=_("All"))
    form.urgency.choices = options(URGENCY_LABELS, blank=_("All"))
    form.validate()
    places = partial(grids.places, viewer, VIEW, FILTER_KINDS)
    narrowed = PlaceFilterForm.read(request.args, places)
    digits = "".join(char for char in request.args.get("q", "")[:60] if char.isalnum())
    category = str(form.category.data or "")
    wanted = Filter(
        tab=_one_of(Tab, request.args.get("tab")) or Tab.INBOX,
        grid_path=narrowed.path,
        category_id=int(category) if category.isdecimal() and len(category) < 10 else 0,
        state=_one_of(State, form.state.data),
        light=_one_of(Light, form.light.data),
        source=_one_of(Source, form.source.data),
        urgency=_one_of(Urgency, form.urgency.data),
        since=form.since.data,
        until=form.until.data,
        number=digits.upper(),
    )
    return wanted, form, narrowed


def address_of(wanted: Filter, grid_code: str = "", **more: Any) -> str:
    """Return the address of a list under a filter."""
    given = {
        "tab": wanted.tab.value,
        "grid": grid_code or wanted.grid_path,
        "category": wanted.category_id or "",
        "state": wanted.state or "",
        "light": wanted.light or "",
        "source": wanted.source or "",
        "urgency": wanted.urgency or "",
        "since": wanted.since or "",
        "until": wanted.until or "",
        "q": wanted.number,
        **more,
    }
    return f"{url_for('incidents.index')}?{urlencode({k: v for k, v in given.items() if v != ''})}"


def _page(viewer: Viewer, after: str) -> Response:
    wanted, form, narrowed = read_filter(viewer)
    return htmx.page_or_partial(
        "incidents/index.html",
        "incidents/_queue.html",
        **_list(viewer, wanted, after),
        form=form,
        narrowed=narrowed,
    )


def _list(viewer: Viewer, wanted: Filter, after: str = "", new_since: int = 0) -> dict[str, Any]:
    """Return what the list's template needs; a fixed number of queries."""
    session = db.session()
    now = clock.now()
    # Before the rows: what happens in between is then told by the next poll, not lost.
    seen = queries.newest_event(session)
    found = queries.page(session, viewer, wanted, at=now, after=after)
    counts = queries.counts(session, viewer, wanted, at=now)
    staff = allowed(viewer, VIEW)
    tabs = [
        (label, address_of(replace(wanted, tab=tab)), tab is wanted.tab, _count(counts[tab]))
        for tab, label in TAB_LABELS.items()
        if staff or tab in TABS_OF_EVERYONE
    ]
    return {
        "wanted": wanted,
        "rows": found.rows,
        "tabs": tabs,
        "count": counts[wanted.tab],
        "places": grids.labels({row.grid_path for row in found.rows}),
        "next_url": address_of(wanted, after=found.after) if found.after else "",
        "first_url": address_of(wanted) if after else "",
        "seen": seen,
        "new_since": new_since,
        "now": now,
        "here": address_of(wanted),
        "exports": {fmt: _export(wanted, fmt) for fmt in sheets.FORMATS} if staff else {},
        "may_accept": allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT),
        "poll_url": address_of(wanted, after=after, seen=seen),
        # Browsers opened together must not ask together for ever.
        "poll_seconds": POLL_SECONDS + viewer.account_id % 5,
        "is_first_page": not after,
    }


def _poll(viewer: Viewer, seen: int) -> ResponseReturnValue:
    """Answer 204 while nothing is new; else the list, its new rows marked."""
    session = db.session()
    newest = queries.newest_event(session)
    if newest <= seen or not queries.changed_between(session, viewer, seen, newest):
        return htmx.nothing_new()
    wanted, _form, _narrowed = read_filter(viewer)
    after = request.args.get("after", "")[:40]
    facts = _list(viewer, wanted, after, new_since=seen)
    return make_response(render_template("incidents/_queue.html", **facts))


def _export(wanted: Filter, fmt: str) -> str:
    query = address_of(wanted).partition("?")[2]
    return f"{url_for('incidents.export', fmt=fmt)}?{query}"


def _count(number: int) -> str:
    return f"{number - 1}+" if number >= queries.COUNT_MAX else str(number)


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
        row.number,
        str(STATE_LABELS[row.state]),
        str(LIGHT_LABELS[row.light]) if row.light else "",
        str(URGENCY_LABELS[row.urgency]),
        row.category,
        row.description,
        place.full,
        place.code,
        row.place,
        str(SOURCE_LABELS[row.source]),
        beijing_time(row.reported_at),
        beijing_time(row.due_at),
        beijing_time(row.closed_at),
    ]


def _one_of(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None
