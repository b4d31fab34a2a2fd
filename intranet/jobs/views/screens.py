"""What the touch screens do by themselves: look, beat, clearing; and which of them are alive."""

from __future__ import annotations

from flask import Response, abort, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from intranet import clock, htmx
from intranet.access import Permission, Viewer, allowed, current_viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.jobs.forms.stations import ScreenForm
from intranet.jobs.operations import screens as operations
from intranet.jobs.queries import screens as queries
from intranet.jobs.queries.stations import stations
from intranet.jobs.views.choosing import at_desk
from intranet.jobs.views.fence import KIOSK, is_kiosk
from intranet.jobs.views.kiosk import SIZES, USE
from intranet.jobs.views.room import bp
from intranet.people import login


@bp.post("/kiosk/look")
def kiosk_look() -> Response:
    """Make letters larger or contrast stronger, for this session."""
    require(USE)
    size = request.form.get("size", "")
    if size in SIZES:
        session["look_size"] = size
    if "strong" in request.form:
        session["look_strong"] = "1" if request.form["strong"] == "1" else "0"
    target = request.form.get("next", "")
    is_ours = target == "/kiosk" or target.startswith(("/kiosk/", "/kiosk?"))
    return htmx.go(target if is_ours and target.isprintable() else url_for(KIOSK))


@bp.post("/kiosk/beat")
def kiosk_beat() -> Response:
    """Take notice that a screen is alive."""
    viewer = require(USE)
    if is_kiosk(viewer):
        operations.beat(
            db.session(),
            account_id=viewer.account_id,
            login_id=current_user.session_id,
            at=clock.now(),
        )
        db.session.commit()
    return htmx.nothing_new()


@bp.post("/kiosk/reset")
def kiosk_reset() -> Response:
    """Clear the visit: a new key, an empty cookie, nothing kept by the browser."""
    key = _new_key()
    db.session.commit()
    _begin(key)
    response = htmx.go(url_for(KIOSK))
    if request.is_secure:  # elsewhere browsers do not heed it
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _new_key() -> str:
    viewer, at = current_viewer(), clock.now()
    if viewer is None:
        found = operations.clear_again(db.session(), key=session.get("_user_id", ""), at=at)
        return found or abort(401)
    require(USE)
    return operations.clear_screen(
        db.session(), login_id=current_user.session_id, is_kiosk=is_kiosk(viewer), at=at
    )


def _begin(key: str) -> None:
    """Go on with the new key; nothing of the visit before goes on with it."""
    is_permanent, locale = session.permanent, session.get("locale")
    session.clear()
    session.permanent = is_permanent
    if locale:
        session["locale"] = locale
    user = login.load(key)
    assert user is not None
    login_user(user)


@bp.get("/jobs/screens")
def screens() -> ResponseReturnValue:
    """Show which touch screens are alive, and where they stand."""
    return screens_page(at_desk(Permission.JOBS_SCREEN_VIEW))


def screens_page(
    viewer: Viewer,
    *,
    form: ScreenForm | None = None,
    at: int = 0,
    problem: DomainError | None = None,
) -> Response:
    """Render them as they stand; ``form`` is what cannot be taken of the account ``at``."""
    after = request.args.get("after", "")
    found, more = queries.screens(db.session(), viewer, after=after)
    mine = stations(db.session(), viewer) if allowed(viewer, Permission.JOBS_STATION_MANAGE) else ()
    page = render_template(
        "jobs/screens.html",
        screens=found,
        places=grids.labels({one.grid_path for one in found}),
        stations={
            one.account_id: [
                station
                for station in mine
                if station.grid_path == grids.community_path(one.grid_path)
                and station.closed_on is None
            ]
            for one in found
        },
        errors={at: form.station.errors} if form else {},
        first_url=url_for("jobs.screens") if after else "",
        next_url=url_for("jobs.screens", after=more) if more else "",
        problem=problem,
        now=clock.now(),
    )
    status = problem.status if problem else 422 if form else 200
    return make_response(page, status)
