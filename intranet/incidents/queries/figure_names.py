"""The names of the rows of a table of figures, and whether a list can be narrowed to a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.grids.models import Grid
from intranet.i18n import _
from intranet.incidents.models import Category, Unit
from intranet.incidents.queries.figures import level_of
from intranet.incidents.queries.tallies import Dimension, Period, Tally
from intranet.people.models import Account

GRIDS = (Dimension.GRID, Dimension.MICRO)
PEOPLE = (Dimension.HANDLER, Dimension.REPORTER)
MATTERS = (Dimension.MATTER, Dimension.MATTER_CLASS)


@dataclass(frozen=True, slots=True)
class RowNames:
    """What the keys stand for."""

    grids: dict[str, tuple[str, bool]]  # by path: the name, and whether a list can be narrowed
    ids: dict[tuple[Dimension, str], str]

    def of(self, dimension: Dimension, key: str) -> tuple[str, bool]:
        """Return a row's name, and whether a list may hold exactly its incidents."""
        if dimension in GRIDS:
            return self.grids.get(key, (key, False))
        if dimension is Dimension.TIME:
            return key, True
        return self.ids.get((dimension, key), _("Residents and others")), dimension in MATTERS


def named(
    session: Session,
    viewer: Viewer,
    period: Period,
    tables: Mapping[Dimension, Sequence[Tally]],
) -> RowNames:
    """Return the names of all rows; four queries at most."""
    ids: dict[tuple[Dimension, str], str] = {}
    for model, name, dimensions in (
        (Account, Account.display_name, PEOPLE),
        (Unit, Unit.name, (Dimension.UNIT,)),
        (Category, Category.name, MATTERS),
    ):
        keys = {int(row.key) for one in dimensions for row in tables[one]}
        if keys:
            found = session.execute(select(model.id, name).where(model.id.in_(keys)))
            ids |= {(one, str(row[0])): row[1] for row in found for one in dimensions}
    return RowNames(_grids(session, viewer, period, tables), ids)


def _grids(
    session: Session,
    viewer: Viewer,
    period: Period,
    tables: Mapping[Dimension, Sequence[Tally]],
) -> dict[str, tuple[str, bool]]:
    paths = {row.key for one in GRIDS for row in tables[one]}
    if not paths:
        return {}
    rows = session.execute(
        select(Grid.path, Grid.name, Grid.closed_on).where(
            Grid.path.in_(paths),
            scope_condition(Grid.path, viewer, Permission.INCIDENTS_FIGURES_VIEW),
        )
    )
    # Below a community, a grid of the table that holds others of it stands for itself alone.
    level = level_of(viewer, period)
    own = {row.key for row in tables[Dimension.GRID]} if level >= 3 else set()
    found = {}
    for path, name, closed_on in rows:
        alone = path in own and path.count(".") == level and level < 5
        label = _("%(grid)s itself", grid=name) if alone else name
        found[path] = (label, not alone and closed_on is None)
    return found
