"""What happened: to a grid and its team, and in one person's service."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.grids import queries
from intranet.grids.models import PostVerb, TreeVerb
from intranet.grids.views.room import bp, grid_for
from intranet.i18n import _l
from intranet.register import queries as register

POST_VERB_LABELS = {
    PostVerb.BEGUN: _l("became"),
    PostVerb.ENDED: _l("left the post of"),
    PostVerb.RESUMED: _l("is again (the end was taken back)"),
    PostVerb.VOIDED: _l("was entered by mistake as"),
}
TREE_VERB_LABELS = {
    TreeVerb.CREATED: _l("Grid created"),
    TreeVerb.RENAMED: _l("Name or size changed"),
    TreeVerb.REDRAWN: _l("Boundary redrawn"),
    TreeVerb.MOVED: _l("Moved in the tree"),
    TreeVerb.SPLIT: _l("Grid split"),
    TreeVerb.CLOSED: _l("Grid closed"),
}
VIEW = Permission.GRIDS_ROSTER_VIEW


@bp.get("/grids/<code>/history")
def history(code: str) -> ResponseReturnValue:
    """Show what was done to a grid and its team, newest first."""
    viewer, grid = grid_for(VIEW, code, see=VIEW)
    session = db.session()
    return render_template(
        "grids/history.html",
        grid=grid,
        team_events=queries.team_events(session, viewer, grid),
        verb_labels=POST_VERB_LABELS,
        tree_verb_labels=TREE_VERB_LABELS,
        grid_events=queries.grid_events(session, grid),
    )


@bp.get("/grids/people/<int(max=2147483647):party_id>")
def person(party_id: int) -> ResponseReturnValue:
    """Show every post a person holds or held, where the viewer may see it."""
    viewer = require(VIEW)
    posts = queries.party_posts(db.session(), viewer, party_id)
    if not posts:
        abort(404)
    names = register.masked_names(db.session(), viewer, {party_id})
    return render_template(
        "grids/person.html",
        name=names.get(party_id, ""),
        posts=posts,
        party_url=_in_register(viewer, party_id),
    )


def _in_register(viewer: Viewer, party_id: int) -> str:
    """Return the address of the person's page in the register, for those who may open it."""
    if not allowed(viewer, Permission.REGISTER_PARTY_VIEW):
        return ""
    return url_for("register.party", party_id=party_id)
