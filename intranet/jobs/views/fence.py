"""A kiosk's account gets the kiosk's pages, and from everywhere else is led back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, request, session, url_for

from intranet import htmx
from intranet.access import DEVICE_ROLES, Role, current_viewer
from intranet.jobs.views.room import bp

if TYPE_CHECKING:
    from intranet.access import Viewer

KIOSK = "jobs.kiosk"
DOORS = frozenset({"static"})  # beside its own pages, and whether the house lives
OF_A_POST = frozenset({"jobs.post", "jobs.share"})


def may_open(endpoint: str) -> bool:
    """Whether a kiosk's account gets to a route."""
    return endpoint.startswith((KIOSK, "health.")) or endpoint in DOORS


def is_kiosk(viewer: Viewer | None) -> bool:
    """Whether it is a touch screen that nobody watches."""
    return viewer is not None and Role.KIOSK in viewer.roles and viewer.roles <= DEVICE_ROLES


@bp.before_app_request
def _stay() -> Response | None:
    if may_open(request.endpoint or "") or "_user_id" not in session:
        return None
    if not is_kiosk(current_viewer()):
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    if request.endpoint in OF_A_POST:
        return htmx.go(url_for("jobs.kiosk_post", **(request.view_args or {})))
    return htmx.go(url_for(KIOSK))


@bp.after_app_request
def _leave_no_trace(response: Response) -> Response:
    if (request.endpoint or "").startswith(KIOSK):
        response.headers["Cache-Control"] = "no-store"
    return response
