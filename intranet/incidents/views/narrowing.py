"""What the address of a list says, read and written: the same for list, map, export and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

from intranet import clock
from intranet.access import Viewer
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _
from intranet.incidents import queries
from intranet.incidents.forms import (
    LIGHT_LABELS,
    SOURCE_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    ListFilterForm,
    options,
)
from intranet.incidents.models import SavedFilter, Source, State, Urgency
from intranet.incidents.queries import Filter, Light, Tab
from intranet.incidents.views.room import VIEW

INDEX, MAP, EXPORT = "incidents.index", "incidents.map_page", "incidents.export"


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the list is narrowed by, and the address of the list without it."""

    label: str
    value: str
    without: str


def read_filter(viewer: Viewer) -> tuple[Filter, ListFilterForm, PlaceFilterForm]:
    """Read what the address narrows the list to; nonsense narrows nothing."""
    form = ListFilterForm(request.args)
    form.category.choices = [("", _("All")), *_matters()]
    form.state.choices = options(STATE_LABELS, blank=_("All"))
    form.light.choices = options(LIGHT_LABELS, blank=_("All"))
    form.source.choices = options(SOURCE_LABELS, blank=_("All"))
    form.urgency.choices = options(URGENCY_LABELS, blank=_("All"))
    form.validate()
    places = partial(grids.places, viewer, VIEW, FILTER_KINDS)
    narrowed = PlaceFilterForm.read(request.args, places)
    return filter_of(request.args, narrowed.path), form, narrowed


def _matters() -> list[tuple[str, str]]:
    """Return the matters to choose from; at the end those that are off the list: they have a past.

    One query.
    """
    today = clock.today()
    known = [one for one in queries.categories(db.session(), closed=True) if one.opened_on <= today]
    listed = [
        (str(one.id), one.name if one.parent_id is None else f"　{one.name}")
        for one in known
        if one.is_listed(today)
    ]
    return listed + [
        (str(one.id), _("%(name)s (off the list)", name=one.name))
        for one in known
        if not one.is_listed(today)
    ]


def filter_of(given: Mapping[str, str], grid_path: str) -> Filter:
    """Return the filter an address speaks of; ``grid_path`` has been looked up already."""
    category = given.get("category", "")
    return Filter(
        tab=_one_of(Tab, given.get("tab")) or Tab.INBOX,
        grid_path=grid_path,
        category_id=int(category) if category.isdecimal() and len(category) < 10 else 0,
        state=_one_of(State, given.get("state")),
        light=_one_of(Light, given.get("light")),
        source=_one_of(Source, given.get("source")),
        urgency=_one_of(Urgency, given.get("urgency")),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        sought=queries.tidy(given.get("q", "")),
    )


def saved_filter_of(saved: SavedFilter) -> Filter:
    """Return the filter somebody has kept."""
    return filter_of(dict(parse_qsl(saved.query)), saved.grid_path or "")


def address_of(wanted: Filter, endpoint: str = INDEX, **more: Any) -> str:
    """Return the address of a list (or of its map or export) under a filter."""
    parts = {name: more.pop(name) for name in ("fmt",) if name in more}
    query = query_of(wanted, **more)
    return f"{url_for(endpoint, **parts)}?{query}"


def query_of(wanted: Filter, **more: Any) -> str:
    """Return what stands behind the question mark."""
    given = {
        "tab": wanted.tab.value,
        "grid": wanted.grid_path,
        "category": wanted.category_id or "",
        "state": wanted.state or "",
        "light": wanted.light or "",
        "source": wanted.source or "",
        "urgency": wanted.urgency or "",
        "since": wanted.since or "",
        "until": wanted.until or "",
        "q": wanted.sought,
        **more,
    }
    return urlencode({name: value for name, value in given.items() if value != ""})


def chips(
    wanted: Filter, form: ListFilterForm, narrowed: PlaceFilterForm, endpoint: str
) -> list[Chip]:
    """Return what the list is narrowed by, each with the way to take it off."""

    def chip(label: Any, value: Any, **without: Any) -> Chip:
        return Chip(
            str(label), str(value).strip(), address_of(replace(wanted, **without), endpoint)
        )

    chosen: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (wanted.sought, _("Search"), wanted.sought, {"sought": ""}),
        (wanted.grid_path, _("Grid"), _chosen(narrowed.grid, wanted.grid_path), {"grid_path": ""}),
        (
            wanted.category_id,
            form.category.label.text,
            _chosen(form.category, str(wanted.category_id)),
            {"category_id": 0},
        ),
        (wanted.state, form.state.label.text, _label(STATE_LABELS, wanted.state), {"state": None}),
        (wanted.light, form.light.label.text, _label(LIGHT_LABELS, wanted.light), {"light": None}),
        (
            wanted.urgency,
            form.urgency.label.text,
            _label(URGENCY_LABELS, wanted.urgency),
            {"urgency": None},
        ),
        (
            wanted.source,
            form.source.label.text,
            _label(SOURCE_LABELS, wanted.source),
            {"source": None},
        ),
        (wanted.since, form.since.label.text, wanted.since, {"since": None}),
        (wanted.until, form.until.label.text, wanted.until, {"until": None}),
    ]
    return [chip(label, value, **without) for narrows, label, value, without in chosen if narrows]


def _chosen(field: Any, value: str) -> str:
    return next((str(label) for key, label in field.choices if str(key) == value), value)


def _label(labels: Mapping[Any, Any], value: Any) -> Any:
    return labels.get(value, "")


def _one_of(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
