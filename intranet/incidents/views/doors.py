"""The pages of the incidents room, for the row of links under its heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from intranet.access import Permission, allowed, current_viewer
from intranet.i18n import _l

if TYPE_CHECKING:
    from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class Door:
    """One page of the room; shown to those who hold the permission somewhere."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    also: tuple[str, ...] = ()  # endpoints behind the same door


PATROLS = (
    "incidents.patrol_history",
    "incidents.patrol_plans",
    "incidents.patrol_plan",
    "incidents.patrol_plan_new",
)
# In the order they are shown: one line a door.
DOORS = (
    Door(
        "incidents.index",
        _l("Lists"),
        "list",
        Permission.INCIDENTS_INCIDENT_REPORT,
        also=("incidents.filters", "incidents.save_filter", "incidents.shortcuts"),
    ),
    Door("incidents.map_page", _l("Map"), "map", Permission.INCIDENTS_INCIDENT_VIEW),
    Door(
        "incidents.callbacks",
        _l("Call-backs"),
        "phone",
        Permission.INCIDENTS_CALLBACK_MAKE,
        ("incidents.callback", "incidents.record_call"),
    ),
    Door("incidents.figures", _l("Statistics"), "chart-bar", Permission.INCIDENTS_FIGURES_VIEW),
    Door("incidents.patrols", _l("Patrols"), "checks", Permission.INCIDENTS_PATROL_WALK, PATROLS),
    Door(
        "incidents.catalogue",
        _l("Settings"),
        "settings",
        Permission.INCIDENTS_CATALOGUE_MANAGE,
        (
            *("incidents.install_standard", "incidents.limits", "incidents.change_limits"),
            *("incidents.legal_days", "incidents.add_legal_days", "incidents.drop_legal_day"),
            *("incidents.units", "incidents.questions", "incidents.add_question"),
            "incidents.change_question",
        ),
    ),
    Door(
        "incidents.keys",
        _l("Interface keys"),
        "key",
        Permission.INCIDENTS_KEY_MANAGE,
        ("incidents.add_key",),
    ),
)


def doors() -> list[dict[str, Any]]:
    """Return address, words, icon and whether it is the page at hand."""
    viewer, here = current_viewer(), request.endpoint
    return [
        {
            "url": url_for(door.endpoint),
            "label": door.label,
            "icon": door.icon,
            "current": here in {door.endpoint, *door.also},
        }
        for door in DOORS
        if allowed(viewer, door.permission)
    ]
