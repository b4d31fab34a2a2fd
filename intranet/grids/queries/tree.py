"""Nodes of the grid tree, always through the viewer's scope."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.exceptions import NotFound

from intranet.access import POLICY, Permission, Viewer, scope_condition
from intranet.db import beyond, db, within
from intranet.grids.models import Grid, GridKind, RetiredCode, Succession, next_code

TREE_MAX = 2000


@dataclass(frozen=True, slots=True)
class GridLabel:
    """How a grid is named elsewhere: its own name, and that of the grid above it."""

    code: str
    name: str
    above: str
    kind: GridKind

    @property
    def full(self) -> str:
        """Both names, the larger first."""
        return f"{self.above} › {self.name}" if self.above else self.name


def grid_by_code_or_404(
    viewer: Viewer | None, code: str, permission: Permission = Permission.GRIDS_TREE_VIEW
) -> Grid:
    """Return the node; raise NotFound when it does not exist or lies outside the viewer's scope."""
    if not code.isalnum():
        raise NotFound
    paths = viewer.paths(POLICY[permission].roles) if viewer is not None else ()
    ranges = {f"from{n}": path for n, path in enumerate(paths)}
    ranges |= {f"to{n}": beyond(path) for n, path in enumerate(paths)}
    asked = {"code": code, **ranges}
    grid: Grid | None = db.session.scalars(_by_code(len(paths)), asked).one_or_none()
    if grid is None:
        raise NotFound
    return grid


@functools.cache
def _by_code(count: int) -> Select[Any]:
    """Return the question for a viewer of so many paths: most pages ask it, few ask another."""
    inside = or_(
        *(
            and_(Grid.path >= bindparam(f"from{n}"), Grid.path < bindparam(f"to{n}"))
            for n in range(count)
        )
    )
    return select(Grid).where(Grid.code == bindparam("code"), inside if count else false())


def grid_by_path(session: Session, path: str) -> Grid | None:
    """Return the node at a path; the caller has checked the scope."""
    return session.scalars(select(Grid).where(Grid.path == path)).one_or_none()


def current_code(session: Session, viewer: Viewer, retired: str) -> str | None:
    """Return today's code of the grid that used to have this one, when the viewer may see it."""
    if not retired.isalnum():
        return None
    return session.scalar(
        select(Grid.code)
        .join(RetiredCode, RetiredCode.grid_id == Grid.id)
        .where(
            RetiredCode.code == retired,
            scope_condition(Grid.path, viewer, Permission.GRIDS_TREE_VIEW),
        )
    )


def labels(paths: Iterable[str]) -> dict[str, GridLabel]:
    """Return the label of each path in one query; paths come from rows the viewer may see."""
    wanted = set(paths)
    if not wanted:
        return {}
    above = aliased(Grid)
    rows = db.session.execute(
        select(Grid.path, Grid.code, Grid.name, above.name, Grid.kind)
        .outerjoin(above, above.id == Grid.parent_id)
        .where(Grid.path.in_(wanted))
    )
    return {row[0]: GridLabel(row[1], row[2], row[3] or "", row[4]) for row in rows}


def children(grid: Grid, *, closed: bool = False) -> Sequence[Grid]:
    """Return the nodes right below, in order of their codes; closed ones only when asked."""
    below = select(Grid).where(Grid.parent_id == grid.id).order_by(Grid.code).limit(TREE_MAX)
    if not closed:
        below = below.where(Grid.closed_on.is_(None))
    return db.session.scalars(below).all()


def communities(viewer: Viewer) -> Sequence[Grid]:
    """Return the open communities in the viewer's scope."""
    return db.session.scalars(
        select(Grid)
        .where(
            Grid.kind == GridKind.COMMUNITY,
            Grid.closed_on.is_(None),
            scope_condition(Grid.path, viewer, Permission.GRIDS_TREE_VIEW),
        )
        .order_by(Grid.code)
        .limit(TREE_MAX)
    ).all()


def micro_grids(grid: Grid) -> Sequence[Grid]:
    """Return the open micro-grids anywhere below a node, in order of their codes."""
    return db.session.scalars(
        select(Grid)
        .where(within(Grid.path, grid.path), Grid.kind == GridKind.MICRO, Grid.closed_on.is_(None))
        .order_by(Grid.code)
        .limit(TREE_MAX)
    ).all()


def ancestors(grid: Grid) -> Sequence[Grid]:
    """Return the nodes above, from the root down."""
    ids = [int(part) for part in grid.path.split(".")[:-2]]
    if not ids:
        return []
    return db.session.scalars(select(Grid).where(Grid.id.in_(ids)).order_by(Grid.path)).all()


def tree(viewer: Viewer) -> Sequence[Any]:
    """Return open nodes in the viewer's scope as rows in order of code, at most TREE_MAX.

    Dedicated grids have a code with a Z and so follow the general grids of their community.
    """
    return db.session.execute(
        select(
            Grid.id,
            Grid.parent_id,
            Grid.kind,
            Grid.code,
            Grid.name,
            Grid.households,
            Grid.path,
        )
        .where(
            Grid.closed_on.is_(None),
            scope_condition(Grid.path, viewer, Permission.GRIDS_TREE_VIEW),
        )
        .order_by(Grid.code)
        .limit(TREE_MAX)
    ).all()


def community_path(path: str) -> str:
    """Return the path of the community a path lies in, or the path itself above one."""
    return ".".join(path.split(".")[:3]) + "." if path.count(".") > 3 else path


def successors(grid: Grid) -> Sequence[Grid]:
    """Return the grids that took a closed grid's place."""
    return db.session.scalars(
        select(Grid)
        .join(Succession, Succession.successor_id == Grid.id)
        .where(Succession.predecessor_id == grid.id)
        .order_by(Grid.code)
    ).all()


def suggested_code(session: Session, parent: Grid, kind: GridKind) -> str:
    """Return the next free code below a parent, counting retired ones as used; "" when none is."""
    prefix = f"{parent.code}Z" if kind is GridKind.DEDICATED else parent.code
    used = [
        code
        for column in (Grid.code, RetiredCode.code)
        for code in session.scalars(
            select(column).where(or_(column == prefix, column.startswith(prefix, autoescape=True)))
        )
    ]
    return next_code(kind, parent.code, used) or ""
