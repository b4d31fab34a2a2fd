"""Employment stations: entered and changed, and which touch screen stands in which."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.stations import ScreenForm, StationForm
from intranet.jobs.models import Station
from intranet.jobs.queries import stations as queries
from intranet.jobs.views.acting import act, number_of, who
from intranet.jobs.views.placing import picker
from intranet.jobs.views.room import bp
from intranet.jobs.views.screens import screens_page

MANAGE = Permission.JOBS_STATION_MANAGE


@bp.get("/jobs/stations")
def stations() -> str:
    """List the stations that the viewer runs."""
    found = queries.stations(db.session(), require(MANAGE))
    places = grids.labels({one.grid_path for one in found})
    return render_template("jobs/stations.html", stations=found, places=places)


@bp.get("/jobs/stations/new")
def new_station() -> Response:
    """Show the form for a station."""
    viewer, form = require(MANAGE), StationForm(formdata=None)
    _offer(viewer, form)
    choices: Any = form.grid_path.choices or ()
    there = [one[0] for one in choices if one[0]]
    if len(there) == 1:
        form.grid_path.data = there[0]  # where there is one, nobody chooses it
    return _page(viewer, form)


@bp.post("/jobs/stations/new")
def open_station() -> ResponseReturnValue:
    """Enter a station, once."""
    viewer, form = require(MANAGE), StationForm(request.form)
    _offer(viewer, form)
    if form.press(request.form):
        return _page(viewer, form, pressed=True)
    if not form.validate():
        return _page(viewer, form, status=422)
    given = {"grid_path": form.grid_path.data or "", "facts": form.facts, **who(viewer)}
    return _do(viewer, form, lambda: operations.open_station(db.session(), **given).id)


@bp.get("/jobs/stations/<int:station_id>")
def station(station_id: int) -> Response:
    """Show the form with what is said of a station."""
    viewer, found = _managed(station_id)
    return _page(viewer, _kept(found), found=found)


@bp.post("/jobs/stations/<int:station_id>")
def change_station(station_id: int) -> ResponseReturnValue:
    """Change what is said of a station, once."""
    viewer, found = _managed(station_id)
    form = StationForm(request.form)
    _offer(viewer, form, found)
    if form.press(request.form):
        return _page(viewer, form, found=found, pressed=True)
    if not form.validate():
        return _page(viewer, form, found=found, status=422)
    given = {"version": form.turn, "facts": form.facts, **who(viewer)}
    change = operations.change_station
    return _do(viewer, form, lambda: change(db.session(), station=found, **given), station_id)


@bp.post("/jobs/screens/<int:account_id>/station")
def place_screen(account_id: int) -> ResponseReturnValue:
    """Say in which station a touch screen stands."""
    viewer = require(MANAGE)
    screen = queries.screen_or_404(db.session(), viewer, account_id)
    form = ScreenForm(request.form)
    found = queries.stations_of(db.session(), grids.community_path(screen.grid_path))
    form.station.choices = [("", _("none of them")), *((str(one.id), one.name) for one in found)]
    if not form.validate():
        return screens_page(require(Permission.JOBS_SCREEN_VIEW), form=form, at=account_id)
    chosen = next((one for one in found if one.id == number_of(form.station.data or "")), None)
    given = {"grid_path": screen.grid_path, "station": chosen, **who(viewer)}
    return act(
        viewer,
        lambda: operations.place_screen(db.session(), account_id=account_id, **given),
        lambda error: screens_page(viewer, problem=error),
        words=_("Saved."),
        to=url_for("jobs.screens", after=request.args.get("after")),
    )


def _managed(station_id: int) -> tuple[Viewer, Station]:
    viewer = require(MANAGE)
    found = queries.station_or_404(db.session(), viewer, station_id)
    return require(MANAGE, found), found


def _kept(found: Station) -> StationForm:
    return StationForm(formdata=None, obj=found, data={"is_closed": found.closed_on is not None})


def _offer(viewer: Viewer, form: StationForm, found: Station | None = None) -> None:
    """Offer the communities in which the viewer runs stations; a station's own stays."""
    if found is not None:
        if "grid_path" in form:
            del form.grid_path
        return
    field = form.grid_path
    field.offer(grids.places(viewer, MANAGE, (GridKind.COMMUNITY,), **field.sent))


def _do(
    viewer: Viewer, form: StationForm, deed: Any, station_id: int | None = None
) -> ResponseReturnValue:
    try:
        once.submit(viewer, deed)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        found = queries.station_or_404(db.session(), viewer, station_id) if station_id else None
        return _page(viewer, form, found=found, problem=problem, status=error.status)
    flash(_("Saved."))
    return htmx.go(url_for("jobs.stations"))


def _page(
    viewer: Viewer,
    form: StationForm,
    *,
    found: Station | None = None,
    problem: DomainError | None = None,
    pressed: bool = False,
    status: int = 200,
) -> Response:
    _offer(viewer, form, found)
    # Who pressed the map, or corrects what was wrong, changes what they saw at first.
    if found is not None and not pressed and status != 422:
        form.version.data, form.version.raw_data = found.version, None
    path = found.grid_path if found is not None else form.grid_path.offered
    page = render_template(
        "jobs/station.html",
        form=form,
        station=found,
        problem=problem,
        picker=picker(viewer, form, path, pressed=pressed),
    )
    return make_response(page, status)
