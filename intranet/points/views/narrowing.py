"""What the address of the ledger's list says, read and written: for page, export and print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request, url_for

from intranet.access import Permission, Viewer
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _
from intranet.points import queries
from intranet.points.forms import DIMENSION_LABELS
from intranet.points.forms.ledger import (
    ENTRY_KIND_LABELS,
    LEDGER_STATE_LABELS,
    LedgerFilterForm,
    choices_of,
)
from intranet.points.models import Dimension, EntryKind
from intranet.points.queries import LedgerState, Wanted
from intranet.register import queries as register
from intranet.register.queries import Listed

LEDGER, EXPORT = "points.ledger", "points.ledger_export"
VIEW = Permission.POINTS_LEDGER_VIEW
NUMBER = re.compile(r"P?(\d{1,9})\Z", re.ASCII)
NOBODY = -1  # no party has this number: what was sought is nobody's, or several have the name
OFFERED_MAX = 12
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the list is narrowed by, and the address of the list without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to, and the forms that say so."""

    wanted: Wanted
    form: LedgerFilterForm
    places: PlaceFilterForm
    rules: dict[str, str]
    offered: Sequence[Listed] = ()  # more than one has the name that was typed


def read_filter(viewer: Viewer) -> Narrowed:
    """Read what the address narrows the list to; nonsense narrows nothing. Four queries."""
    session, form = db.session(), LedgerFilterForm(request.args)
    rules = queries.rule_titles(session)
    years = queries.ledger_years(session)
    form.rule.choices = [("", _("All")), *((code, f"{t} {code}") for code, t in rules.items())]
    form.dimension.choices = choices_of(DIMENSION_LABELS, _("All"))
    form.kind.choices = choices_of(ENTRY_KIND_LABELS, _("All"))
    form.state.choices = choices_of(LEDGER_STATE_LABELS, _("All"))
    form.year.choices = [("", _("All")), *((str(year), str(year)) for year in years)]
    form.validate()
    places = PlaceFilterForm.read(request.args, partial(grids.places, viewer, VIEW, FILTER_KINDS))
    year = str(form.year.data or "")
    party_id, offered = _sought(viewer, form.party.data or "")
    wanted = Wanted(
        party_id=party_id,
        grid_path=places.path,
        rule=form.rule.data if form.rule.data in rules else "",
        dimension=_one_of(Dimension, form.dimension.data),
        kind=_one_of(EntryKind, form.kind.data),
        state=_one_of(LedgerState, form.state.data),
        year=int(year) if year.isdecimal() and int(year) in years else 0,
        since=form.since.data,
        until=form.until.data,
    )
    return Narrowed(wanted, form, places, rules, offered)


def _sought(viewer: Viewer, typed: str) -> tuple[int, Sequence[Listed]]:
    """Return the party of a number or a name, and where several have the name, those to choose of.

    A name is looked for in the register, in the viewer's scope; one that nobody has is nobody's.
    """
    number = NUMBER.match(typed.upper())
    if number or not typed:
        return int(number[1]) if number else 0, ()
    found, _more = register.offered(db.session(), viewer, typed, limit=OFFERED_MAX)
    return (found[0].id, ()) if len(found) == 1 else (NOBODY, found)


def query_of(wanted: Wanted, **more: Any) -> dict[str, Any]:
    """Return what stands behind the question mark."""
    given: dict[str, Any] = {
        "party": wanted.party_id or "",
        "grid": wanted.grid_path,
        "rule": wanted.rule,
        "dimension": wanted.dimension or "",
        "kind": wanted.kind or "",
        "state": wanted.state or "",
        "year": wanted.year or "",
        "since": wanted.since or "",
        "until": wanted.until or "",
        **more,
    }
    return {name: str(value) for name, value in given.items() if value not in {"", None}}


def address_of(wanted: Wanted, endpoint: str = LEDGER, *, fmt: str = "", **more: Any) -> str:
    """Return the address of the list, or of its export, under a filter."""
    url = url_for(endpoint, fmt=fmt) if fmt else url_for(endpoint)
    query = urlencode(query_of(wanted, **more))
    return f"{url}?{query}" if query else url


def chips(found: Narrowed, party: str) -> list[Chip]:
    """Return what the list is narrowed by, each with the address without it."""
    wanted, form = found.wanted, found.form
    shown = {
        "party": (form.party.label.text, party or str(form.party.data)),
        "grid": (found.places.grid.label.text, _label(found.places)),
        "rule": (form.rule.label.text, found.rules.get(wanted.rule, "")),
        "dimension": (form.dimension.label.text, _word(DIMENSION_LABELS, wanted.dimension)),
        "kind": (form.kind.label.text, _word(ENTRY_KIND_LABELS, wanted.kind)),
        "state": (form.state.label.text, _word(LEDGER_STATE_LABELS, wanted.state)),
        "year": (form.year.label.text, wanted.year),
        "since": (form.since.label.text, wanted.since),
        "until": (form.until.label.text, wanted.until),
    }
    given = query_of(wanted)
    return [
        Chip(str(label), _day_word(value), f"{url_for(LEDGER)}?{urlencode(_but(given, name))}")
        for name, (label, value) in shown.items()
        if name in given
    ]


def _but(given: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key != name}


def _day_word(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _label(places: PlaceFilterForm) -> str:
    choices: Any = places.grid.choices or ()
    return next((str(label) for path, label, *_rest in choices if path == places.path), "")


def _word(labels: dict[Any, Any], value: Any) -> str:
    return str(labels[value]) if value is not None else ""


def _one_of(kind: type[Kind], value: object) -> Kind | None:
    return kind(value) if value in {one.value for one in kind} else None
