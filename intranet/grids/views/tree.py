"""The tree: all of it, and one grid's page."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.grids import queries
from intranet.grids.forms import KIND_LABELS
from intranet.grids.models import PARENT_KIND, PLACES, Grid, GridKind, stored_boundary
from intranet.grids.views.room import bp, grid_for
from intranet.i18n import _

VIEW = Permission.GRIDS_TREE_VIEW
DEPTHS = {
    GridKind.COUNTY: 0,
    GridKind.TOWN: 1,
    GridKind.COMMUNITY: 2,
    GridKind.GENERAL: 3,
    GridKind.DEDICATED: 3,
    GridKind.MICRO: 4,
}


@bp.get("/grids/tree")
def tree() -> ResponseReturnValue:
    """Show every grid in the viewer's scope."""
    viewer = require(VIEW)
    communities = queries.communities(viewer)
    # One community fills a map; of several, each has its own page.
    one = communities[0] if len(communities) == 1 else None
    return render_template(
        "grids/tree.html",
        nodes=queries.tree(viewer),
        depths=DEPTHS,
        kinds={kind: str(label) for kind, label in KIND_LABELS.items()},
        may_roster=allowed(viewer, Permission.GRIDS_ROSTER_VIEW),
        grid=None,
        drawing=queries.draw(queries.micro_grids(one), one) if one else None,
        kind_word=_("Kind"),
        code_word=_("Code"),
        households_word=_("Households"),
        roster_word=_("Roster"),
    )


@bp.get("/grids/<code>")
def grid(code: str) -> ResponseReturnValue:
    """Show one grid: where it lies, what is below it, who serves in it."""
    viewer, found = grid_for(VIEW, code, see=VIEW)
    below = queries.children(found)
    boundary = stored_boundary(found.boundary_wgs84)
    drawn = (
        below if found.kind in {GridKind.TOWN, GridKind.COMMUNITY, GridKind.GENERAL} else [found]
    )
    # Micro-grids are what people look for on a community's map; general grids only frame them.
    if found.kind is GridKind.COMMUNITY:
        drawn = queries.micro_grids(found)
    return render_template(
        "grids/grid.html",
        grid=found,
        crumbs=[(one.name, _page_of(viewer, one)) for one in queries.ancestors(found)],
        below=below,
        drawing=queries.draw(drawn, found),
        area_m2=boundary.area_m2 if boundary else 0,
        misfit=queries.gaps_and_overlaps(found, below),
        successors=queries.successors(found),
        team=queries.open_team(db.session(), viewer, found.path) if found.kind in PLACES else None,
        team_party=queries.team_party(db.session(), viewer, found),
        places=PLACES.get(found.kind, ()),
        **_standing(viewer, found),
        kinds_below=[kind for kind, above in PARENT_KIND.items() if above is found.kind],
    )


def _standing(viewer: Viewer, grid: Grid) -> dict[str, bool]:
    """Return whether the grid may be moved, and split or closed: no offer leads to a dead end."""
    edit, kind = Permission.GRIDS_TREE_EDIT, PARENT_KIND[grid.kind]
    above = queries.ancestors(grid)[-1:]
    may = bool(above) and allowed(viewer, edit, above[0])
    elsewhere = may and queries.places(viewer, edit, [kind] if kind else [], without=above[0].path)
    return {"may_split": may, "may_move": bool(elsewhere and elsewhere.choices)}


def _page_of(viewer: Viewer, grid: Grid) -> str:
    """Return the address of a grid's page, or none where the viewer may not go."""
    return url_for("grids.grid", code=grid.code) if allowed(viewer, VIEW, grid) else ""
