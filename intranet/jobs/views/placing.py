"""The map to press on in a form: a picture made here, so no tile server learns of any address."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import render_template

from intranet.access import Viewer
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind, stored_boundary
from intranet.grids.queries import NORTHMOST, SIDE, Window
from intranet.jobs.forms.placing import PlacedForm
from intranet.jobs.queries.landmarks import Landmark, landmarks
from intranet.jobs.queries.origins import home_community

STREETS_AWAY = 600.0  # metres across, where a place is known already
NAMED_WITHIN = 900.0  # metres across: farther off names would cover the map
LETTER, LINE = 13, 17  # of a name, CSS pixels
LONGEST = 9  # characters of a name


@dataclass(frozen=True, slots=True)
class Sign:
    """A landmark on the picture; its name stays away where others stand already."""

    x: float
    y: float
    name: str
    name_x: float  # its middle, so that it is not cut off at the side
    is_station: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """What the form shows: the picture's address, empty where nothing is drawn, and where it is."""

    address: str
    side: int
    grid_name: str
    is_elsewhere: bool  # the place lies in no micro-grid that is drawn
    is_open: bool
    is_closest: bool


def picker(viewer: Viewer, form: PlacedForm, path: str = "", *, pressed: bool = False) -> Picker:
    """Return the map of the community in which ``path`` lies, or of the viewer's own.

    The form keeps which piece of it is seen. At most six queries.
    """
    session = db.session()
    community = grids.grid_by_path(session, grids.community_path(path)) if path else None
    if community is None or community.kind is not GridKind.COMMUNITY:
        community = home_community(session, viewer)
    micros = grids.micro_grids(community) if community else []
    marks = landmarks(session, community.path) if community else []
    window = _window(form, micros, marks)
    has_errors = bool(form.latitude.errors or form.longitude.errors)
    inside = [] if form.spot is None else _inside(micros, form.spot)
    form.window.data = window.text if window else ""
    return Picker(
        address=_picture(window, micros, marks, form.spot) if window else "",
        side=SIDE,
        grid_name=inside[0].name if inside else "",
        is_elsewhere=form.spot is not None and not inside and any(m.boundary_wgs84 for m in micros),
        is_open=pressed or has_errors,
        is_closest=bool(window and window.is_closest),
    )


def _window(form: PlacedForm, micros: Sequence[Grid], marks: Iterable[Landmark]) -> Window | None:
    if form.seen is not None:
        return form.seen
    if form.spot is not None and form.window.data != "out" and abs(form.spot[0]) <= NORTHMOST:
        return Window(*form.spot, STREETS_AWAY)
    places = [(one.latitude, one.longitude) for one in marks]
    return Window.around(grids.all_around(micros) or places)


def _inside(micros: Iterable[Grid], spot: tuple[float, float]) -> list[Grid]:
    bounded = ((one, stored_boundary(one.boundary_wgs84)) for one in micros)
    return [one for one, boundary in bounded if boundary is not None and boundary.holds(*spot)]


def _picture(
    window: Window,
    micros: Iterable[Grid],
    marks: Iterable[Landmark],
    spot: tuple[float, float] | None,
) -> str:
    pane = grids.pane(window, micros)
    taken: list[tuple[float, float, int]] = []
    signs = _signs(window, marks, taken)
    names = [
        (one.name, one.x, one.y)
        for one in pane.shapes
        if window.holds(one.x, one.y) and _is_free(taken, one.x, one.y, len(one.name))
    ]
    drawn = render_template(
        "jobs/place.svg",
        pane=pane,
        side=SIDE,
        names=names,
        signs=signs,
        is_near=window.metres <= NAMED_WITHIN,
        mark=window.at(*spot) if spot else None,
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def _signs(
    window: Window, marks: Iterable[Landmark], taken: list[tuple[float, float, int]]
) -> list[Sign]:
    signs = []
    for one in marks:
        x, y = window.at(one.latitude, one.longitude)
        if not window.holds(x, y):
            continue
        name = one.name if len(one.name) <= LONGEST else one.name[: LONGEST - 1] + "…"
        half = len(name) * LETTER / 2
        name_x = min(max(x, half), SIDE - half)
        named = one.is_station or window.metres <= NAMED_WITHIN
        named = named and y > LINE and _is_free(taken, name_x, y - LINE, len(name))
        signs.append(Sign(x, y, name if named else "", name_x, one.is_station))
    return signs


def _is_free(taken: list[tuple[float, float, int]], x: float, y: float, length: int) -> bool:
    """Whether a name in the middle of a spot covers no other; then it is noted as standing."""
    for at_x, at_y, letters in taken:
        if abs(x - at_x) < (length + letters) * LETTER / 2 and abs(y - at_y) < LINE:
            return False
    taken.append((x, y, length))
    return True
