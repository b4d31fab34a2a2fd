"""The rooms a viewer may enter, for the bar at the top (or, on a phone, the bottom)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, request, url_for

from intranet import i18n
from intranet.access import Permission, allowed, current_viewer
from intranet.i18n import _l

if TYPE_CHECKING:
    from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class Door:
    """One entry of the bar; shown to those who hold the permission somewhere."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission


DOORS = (
    Door("workbench.home", _l("Today"), "home", Permission.WORKBENCH_HOME_VIEW),
    Door("incidents.index", _l("Incidents"), "alarm", Permission.INCIDENTS_INCIDENT_REPORT),
    Door("grids.index", _l("Grids"), "hierarchy-3", Permission.GRIDS_ROSTER_VIEW),
    Door("register.index", _l("Register"), "address-book", Permission.REGISTER_PARTY_VIEW),
    Door("cameras.index", _l("Cameras"), "device-cctv", Permission.CAMERAS_CAMERA_VIEW),
    Door("points.index", _l("Points"), "medal", Permission.POINTS_BOARD_VIEW),
    Door("jobs.index", _l("Jobs"), "briefcase", Permission.PEOPLE_SELF_MANAGE),
    Door("people.accounts", _l("Accounts"), "users", Permission.PEOPLE_ACCOUNT_MANAGE),
    Door("workbench.audit", _l("Audit trail"), "history", Permission.AUDIT_ENTRY_VIEW),
)


# One's own pages are behind the name at the right, not in the room of all accounts.
OWN_PAGES = {"people.me", "people.password", "people.end_session", "people.end_other_sessions"}


def init_app(app: Flask) -> None:
    """Give every template the bar, the viewer and the language of the page."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "viewer": _viewer_or_none,
        "nav": _entries,
        "html_lang": i18n.html_lang(),
        "community_name": i18n.community_name(),
        "allowed": allowed,
        "Permission": Permission,
        "demo": current_app.config["SETTINGS"].demo,
    }


def _viewer_or_none() -> Any:
    return current_viewer()


def _entries() -> list[dict[str, Any]]:
    """Return url, label, icon and whether it is the current room."""
    viewer = current_viewer()
    known = current_app.view_functions
    return [
        {
            "url": url_for(door.endpoint),
            "label": door.label,
            "icon": door.icon,
            "current": _is_here(door),
        }
        for door in DOORS
        if door.endpoint in known and allowed(viewer, door.permission)
    ]


def _is_here(door: Door) -> bool:
    """Whether this page belongs behind the door; a room with two doors goes by the endpoint."""
    here = request.endpoint or ""
    room = door.endpoint.split(".", maxsplit=1)[0]
    doors = [other for other in DOORS if other.endpoint.startswith(f"{room}.")]
    if here in OWN_PAGES:
        return False
    return here == door.endpoint or (len(doors) == 1 and here.startswith(f"{room}."))
