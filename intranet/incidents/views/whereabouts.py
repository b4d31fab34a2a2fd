"""In which grid a report lies, said while it is made: by choice, photo, position or own grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from intranet import clock
from intranet.access import Viewer, require
from intranet.db import db
from intranet.grids.models import Grid
from intranet.incidents import queries
from intranet.incidents.forms import ReportForm
from intranet.incidents.operations import Stored
from intranet.incidents.views.room import ENTER, bp

FOUND_BY_PHONE = {"photo", "here"}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The grid, and by what it was found: "chosen", "photo", "here", "camera", "own" or ""."""

    grid: Grid | None
    by: str


@bp.get("/incidents/where")
def where() -> Response:
    """Say in which grid the place of the report lies, as far as it is known."""
    viewer = require(ENTER)
    found = whereabouts(viewer, ReportForm(request.args), [])
    return make_response(render_template("incidents/_where.html", where=found))


@bp.get("/incidents/similar")
def similar() -> Response:
    """Show what was reported nearby lately of the same kind, before it is sent again."""
    viewer = require(ENTER)
    form = ReportForm(request.args)
    category = queries.category_or_none(db.session(), request.args.get("category", ""))
    grid = whereabouts(viewer, form, []).grid
    found = (
        queries.similar(
            db.session(),
            viewer,
            category=category,
            grid=grid,
            latitude_wgs84=form.latitude.data,
            longitude_wgs84=form.longitude.data,
            at=clock.now(),
        )
        if category and grid
        else []
    )
    return make_response(render_template("incidents/_similar.html", found=found))


def coordinates(
    form: ReportForm, files: Sequence[Stored]
) -> tuple[float | None, float | None, str]:
    """Return where and by what it is known.

    What somebody or a camera said comes first, then the first photo that knows where it was taken
    (it may be of yesterday, and of elsewhere), then where the phone is now.
    """
    latitude, longitude = form.latitude.data, form.longitude.data
    said = latitude is not None and longitude is not None
    by = form.place_from.data or ""
    if not said or by in FOUND_BY_PHONE:
        for one in files:
            if one.latitude_wgs84 is not None:
                return one.latitude_wgs84, one.longitude_wgs84, "photo"
    return (latitude, longitude, by) if said else (None, None, "")


def whereabouts(viewer: Viewer, form: ReportForm, files: Sequence[Stored]) -> Whereabouts:
    """Return the grid chosen, else the one the place lies in, else the only one there is."""
    session = db.session()
    if form.grid.data:
        return Whereabouts(queries.reportable_grid(session, viewer, form.grid.data), "chosen")
    latitude, longitude, by = coordinates(form, files)
    if latitude is not None and longitude is not None:
        found = queries.grid_at(session, viewer, latitude, longitude)
        if found is not None:
            return Whereabouts(found, by if by in {"photo", "camera"} else "here")
    own = [grant.path for grant in viewer.grants]
    only = queries.reportable_grid(session, viewer, own[0]) if len(own) == 1 else None
    return Whereabouts(only, "own" if only else "")
