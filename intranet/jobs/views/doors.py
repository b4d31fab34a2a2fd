"""The pages of the jobs room, for the row of links under its headings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, request, url_for

from intranet.access import Permission, Role, allowed, current_viewer
from intranet.i18n import _l

if TYPE_CHECKING:
    from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class Door:
    """One page of the room; shown to those who hold the permission somewhere, or act as that."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    or_as: Role | None = None


DOORS = (
    Door("jobs.desk", _l("The desk"), "layout-grid", Permission.JOBS_DESK_VIEW),
    Door("jobs.index", _l("The board"), "search", Permission.PEOPLE_SELF_MANAGE),
    Door("jobs.new_wish", _l("File a wish"), "edit", Permission.PEOPLE_SELF_MANAGE),
    Door("jobs.wishes", _l("Wishes for work"), "users", Permission.JOBS_WISH_VIEW),
    Door("jobs.referrals", _l("Referrals"), "send", Permission.JOBS_WISH_VIEW, Role.COMPANY),
    Door("jobs.review_queue", _l("To review"), "checks", Permission.JOBS_POST_REVIEW),
    Door("jobs.own_posts", _l("My posts"), "list", Permission.JOBS_POST_WRITE, Role.COMPANY),
    Door("jobs.companies", _l("Employers"), "building-store", Permission.JOBS_COMPANY_VIEW),
    Door("jobs.complaints", _l("Complaints"), "alert-triangle", Permission.JOBS_POST_REVIEW),
    Door("jobs.figures", _l("Statistics"), "chart-bar", Permission.JOBS_DESK_VIEW),
    Door("jobs.fairs", _l("Job fairs"), "calendar", Permission.PEOPLE_SELF_MANAGE),
    Door("jobs.outlets", _l("Channels"), "share", Permission.JOBS_OUTLET_SEND),
    Door("jobs.screens", _l("Touch screens"), "device-desktop", Permission.JOBS_SCREEN_VIEW),
)


# So many stand in a row; the others are behind one that opens: a row is half a phone else.
IN_FRONT = 5


def doors() -> list[dict[str, Any]]:
    """Return address, words, icon and whether it is the page at hand; none without a login."""
    viewer = current_viewer()
    if viewer is None:
        return []
    seen = [
        door
        for door in DOORS
        if door.endpoint in current_app.view_functions
        and (allowed(viewer, door.permission) or door.or_as in viewer.roles)
    ]
    return [
        {
            "url": url_for(door.endpoint),
            "label": door.label,
            "icon": door.icon,
            "current": request.endpoint == door.endpoint,
            "in_front": place < IN_FRONT or request.endpoint == door.endpoint,
        }
        for place, door in enumerate(seen)
    ]
