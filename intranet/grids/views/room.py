"""The room's blueprint, and how every page of it finds its grid."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.exceptions import NotFound

from intranet.access import Permission, Viewer, require
from intranet.assets import asset
from intranet.db import SAFE_METHODS, db
from intranet.grids import queries
from intranet.grids.forms import KIND_LABELS, POST_LABELS
from intranet.grids.models import Grid, GridKind, PostKind, dotted
from intranet.i18n import _

bp = Blueprint("grids", __name__)


def grid_for(permission: Permission, code: str, *, see: Permission) -> tuple[Viewer, Grid]:
    """Return the viewer and the grid.

    404 where the viewer may not ``see`` it, 403 where they may not do ``permission``. A code the
    grid used to have leads to the page under today's.
    """
    viewer = require(see)
    try:
        grid = queries.grid_by_code_or_404(viewer, code, see)
    except NotFound:
        current = queries.current_code(db.session(), viewer, code)
        if current is None or request.method not in SAFE_METHODS:
            raise
        arguments = {**(request.view_args or {}), **request.args, "code": current}
        abort(redirect(url_for(str(request.endpoint), **arguments), 308))
    require(permission, grid)
    return viewer, grid


def row_words() -> dict[str, str]:
    """Return what a row of the roster says, translated once for all rows."""
    return {
        **{kind.value: str(label) for kind, label in POST_LABELS.items()},
        "vacant": _("Vacant"),
        "complete": _("Team complete"),
        "missing": _("Missing: "),
        "edit": _("Edit"),
        "edit_team": _("Edit the team"),
        "households": _("Households"),
        "state": _("State"),
        "not_of_party": _("Not a member of the Party"),
        "gone": _("Has left the area"),
        "comma": _(", "),
        "several": _("Serves in several grids"),
    }


@bp.context_processor
def _labels() -> dict[str, object]:
    """Give templates the words for kinds, posts and codes."""
    return {
        "grid_kind_labels": KIND_LABELS,
        "post_labels": POST_LABELS,
        "GridKind": GridKind,
        "PostKind": PostKind,
        "dotted": dotted,
        "sprite": asset("sprite.svg"),
    }
