"""What the board's address says, read and written: the same for list, map, sheet and feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from intranet import clock
from intranet.access import current_viewer
from intranet.db import db
from intranet.grids.models import Grid
from intranet.i18n import _
from intranet.jobs import queries
from intranet.jobs.forms.board import BoardForm, own_place
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, SHIFT_LABELS
from intranet.jobs.queries import Origin, Sort, Wanted

INDEX = "jobs.index"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the board, and the form that asked it."""

    wanted: Wanted
    form: BoardForm
    community: Grid | None
    is_well: bool  # False: a field says why not
    before: int
    page: int


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing the board is narrowed by, and what is wanted without it."""

    label: str
    value: str
    without: Wanted

    @property
    def url(self) -> str:
        """The address of the board without it."""
        return address_of(self.without)


def read() -> Asked:
    """Read the address; five queries at most."""
    session, viewer = db.session(), current_viewer()
    community = queries.home_community(session, viewer)
    origins = queries.origins_of(session, community, viewer)
    form = BoardForm(request.args)
    form.offer(origins)
    is_well = form.validate()
    wanted = _wanted(form, origins) if is_well else Wanted()
    if is_well and wanted.origin is None and (wanted.minutes or wanted.sort is Sort.NEAREST):
        form.near.errors = [_("Distances need a place to begin from")]
        is_well = False
    form.near.data = wanted.origin.key if wanted.origin else ""
    return Asked(wanted, form, community, is_well, form.before.data or 0, form.page.data or 1)


def _wanted(form: BoardForm, origins: Sequence[Origin]) -> Wanted:
    named = {one.key: one for one in origins}
    own = own_place(form.at.data or "")
    origin = named.get(form.near.data or "") or own or (origins[0] if origins else None)
    return Wanted(
        sought=form.q.data or "",
        code=form.kind.data or "",
        pay_yuan=int(form.pay.data or 0),
        employment=form.chosen_employment,
        shift=form.chosen_shift,
        minutes=int(form.within.data or 0),
        origin=origin,
        day=clock.today() if form.today.data else None,
        sort=Sort(form.sort.data or Sort.NEWEST),
    )


def address_of(wanted: Wanted, endpoint: str = INDEX, **more: Any) -> str:
    """Return the address of the board, its map, sheet or feed as it is narrowed."""
    given: dict[str, Any] = {**arguments_of(wanted), **more}
    return url_for(endpoint, **given)


def arguments_of(wanted: Wanted) -> dict[str, str]:
    """Return what stands behind the question mark; nothing of what is not narrowed."""
    origin = wanted.origin
    is_own = origin is not None and origin.key == "own"
    is_far = bool(wanted.minutes) or wanted.sort is Sort.NEAREST
    given = {
        "q": wanted.sought,
        "kind": wanted.code,
        "pay": str(wanted.pay_yuan or ""),
        "employment": wanted.employment or "",
        "shift": wanted.shift or "",
        "within": str(wanted.minutes or ""),
        "near": origin.key if origin and (is_far or is_own) else "",
        "at": f"{origin.latitude:.3f},{origin.longitude:.3f}" if origin and is_own else "",
        "today": "1" if wanted.day else "",
        "sort": wanted.sort if wanted.sort is not Sort.NEWEST else "",
    }
    return {name: str(value) for name, value in given.items() if value}


def query_of(wanted: Wanted) -> str:
    """Return the same as text, in one order: a feed is known by it."""
    return urlencode(arguments_of(wanted))


def chips(wanted: Wanted, kind_name: str) -> list[Chip]:
    """Return what narrows the board, in the order in which one would loosen it."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    if wanted.minutes:
        said = _("%(num)s minutes", num=wanted.minutes)
        found.append((_("On foot at most"), said, {"minutes": 0}))
    if wanted.pay_yuan:
        said = _("%(num)s yuan a month", num=wanted.pay_yuan)
        found.append((_("Pay at least"), said, {"pay_yuan": 0}))
    if wanted.day:
        found.append(("", _("New today"), {"day": None}))
    if wanted.shift:
        found.append((_("Shift"), str(SHIFT_LABELS[wanted.shift]), {"shift": None}))
    if wanted.employment:
        said = str(EMPLOYMENT_LABELS[wanted.employment])
        found.append((_("Form of employment"), said, {"employment": None}))
    if wanted.code:
        found.append((_("Kind of work"), kind_name or wanted.code, {"code": ""}))
    if wanted.sought:
        found.append((_("Words sought"), wanted.sought, {"sought": ""}))
    return [Chip(label, value, replace(wanted, **change)) for label, value, change in found]
