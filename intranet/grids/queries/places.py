"""Grids to choose from: a list as long as a page can carry, and beyond it any by its code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, true
from sqlalchemy.orm import aliased
from werkzeug.exceptions import NotFound

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import db, within
from intranet.grids.models import Grid, GridKind
from intranet.grids.queries.tree import grid_by_code_or_404, grid_by_path, labels

CHOICES_MAX = 500


@dataclass(frozen=True, slots=True)
class Places:
    """(path, label) of grids in order of their codes, and which of them was asked for."""

    choices: list[tuple[str, str]]
    chosen: str  # its path; empty when the viewer may not choose what was sent, or nothing was
    is_cut: bool  # there may be more than are listed


def choices(
    viewer: Viewer | None,
    permission: Permission,
    kinds: Iterable[GridKind] = (GridKind.MICRO,),
    inside: str = "",
) -> list[tuple[str, str]]:
    """Return (path, label) of open grids on which the viewer holds the permission, for a select.

    ``inside`` narrows them to what lies at or below a path. At most CHOICES_MAX.
    """
    above = aliased(Grid)
    rows = db.session.execute(
        select(Grid.path, above.name, Grid.name)
        .outerjoin(above, above.id == Grid.parent_id)
        .where(
            Grid.kind.in_(list(kinds)),
            Grid.closed_on.is_(None),
            scope_condition(Grid.path, viewer, permission),
            within(Grid.path, inside) if inside else true(),
        )
        .order_by(Grid.code)
        .limit(CHOICES_MAX)
    )
    return [(path, f"{parent} › {name}" if parent else name) for path, parent, name in rows]


def places(
    viewer: Viewer,
    permission: Permission,
    kinds: Iterable[GridKind],
    *,
    path: str = "",
    code: str = "",
    current: str = "",
    without: str = "",
) -> Places:
    """Return the grids a form offers.

    ``path`` or else ``code`` is what was sent: it holds where the viewer may, be it on the list
    or not. ``current`` is listed whatever it is, ``without`` never.
    """
    wanted = list(kinds)
    offered = choices(viewer, permission, wanted)
    sent = _sent(viewer, permission, wanted, path=path, code=code)
    missing = {current, sent} - {one for one, _label in offered} - {""}
    named = labels(missing)
    listed = offered + [(one, named[one].full) for one in sorted(named)]
    return Places(
        [choice for choice in listed if choice[0] != without],
        sent if sent != without else "",
        len(offered) >= CHOICES_MAX,
    )


def _sent(
    viewer: Viewer, permission: Permission, kinds: list[GridKind], *, path: str, code: str
) -> str:
    if not code:
        known = grid_by_path(db.session(), path) if path else None
        code = known.code if known else ""
    try:
        grid = grid_by_code_or_404(viewer, re.sub(r"[\s.-]", "", code).upper(), permission)
    except NotFound:
        return ""
    return grid.path if grid.closed_on is None and grid.kind in kinds else ""
