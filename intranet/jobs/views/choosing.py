"""Whoever has posts in several communities: the desk of all of them, or of one that is chosen.

The choice stands in the address alone, and goes along with every link between the desk's pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import has_request_context, request, url_for

from intranet.access import Grant, Permission, Viewer, current_viewer, require
from intranet.db import db
from intranet.grids.models import Grid
from intranet.i18n import _
from intranet.jobs.queries import home_community
from intranet.jobs.queries.origins import communities_of
from intranet.jobs.views.room import bp

FIELD = "community"
SEE = Permission.JOBS_DESK_VIEW
# The pages that heed it.
PAGES = frozenset(
    f"jobs.{name}"
    for name in (
        *("desk", "interviews", "ending_posts", "visits", "count_visit", "undo_visit"),
        *("review_queue", "complaints", "screens", "place_screen"),
    )
)


@dataclass(frozen=True, slots=True)
class Desks:
    """The communities of whoever looks, the one that is at hand, and what may be seen there."""

    communities: Sequence[Grid]
    chosen: Grid | None  # None: all of them, or none at all
    viewer: Viewer  # with the posts in the chosen one alone

    @property
    def paths(self) -> list[str]:
        """Where all that is at hand lies."""
        return [self.chosen.path] if self.chosen else [one.path for one in self.communities]


def desks(viewer: Viewer) -> Desks:
    """Return the desks of the viewer; one query, at most three where there is no community."""
    found = communities_of(db.session(), viewer, SEE)
    if len(found) < 2:
        only = found[0] if found else home_community(db.session(), viewer)
        return Desks([only] if only else [], only, viewer)
    code = request.args.get(FIELD, "")
    chosen = next((one for one in found if one.code == code), None)
    return Desks(found, chosen, _within(viewer, chosen.path) if chosen else viewer)


def at_desk(permission: Permission) -> Viewer:
    """Return the viewer, who holds a permission, as far as the chosen desk reaches."""
    return desks(require(permission)).viewer


def _within(viewer: Viewer, path: str) -> Viewer:
    """Return the viewer without what is held elsewhere: what is held above reaches no further."""
    kept = (
        Grant(one.role, one.path if one.path.startswith(path) else path)
        for one in viewer.grants
        if one.path.startswith(path) or path.startswith(one.path)
    )
    return replace(viewer, grants=tuple(kept))


@bp.url_defaults
def _goes_along(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in PAGES and has_request_context() and request.args.get(FIELD):
        values.setdefault(FIELD, request.args[FIELD])


@bp.context_processor
def _tabs() -> dict[str, Any]:
    return {"desk_tabs": _entries}


def _entries() -> list[tuple[str, str, bool, None]]:
    """Return the desks to choose from, as tabs are made of; none where there is no choice."""
    viewer = current_viewer()
    found = desks(viewer) if viewer is not None else None
    if found is None or len(found.communities) < 2 or request.endpoint not in PAGES:
        return []
    here = "jobs.desk" if request.method == "POST" else str(request.endpoint)
    one_by_one = [
        (one.name, url_for(here, community=one.code), one is found.chosen, None)
        for one in found.communities
    ]
    everywhere = url_for(here, community=None)
    return [(_("All communities"), everywhere, not found.chosen, None), *one_by_one]
