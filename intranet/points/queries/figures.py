"""What was earned in a year, corrections taken off: by month and dimension, and by grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import extract, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.points.models import (
    AccountKind,
    Dimension,
    Entry,
    LedgerAccount,
    Period,
    Phase,
    Transfer,
)
from intranet.register.models import Party

BELOW, DEEPEST = 2, 5  # levels: from a community to its micro-grids, the lowest there are


@dataclass(frozen=True, slots=True)
class PointsFigures:
    """Points by month (1 to 12) and dimension, and by grid and dimension."""

    months: Sequence[dict[Dimension, int]]
    grids: dict[str, dict[Dimension, int]]
    whole: dict[Dimension, int]


def points_figures(
    session: Session, viewer: Viewer, year: int, *, grid_path: str = ""
) -> PointsFigures:
    """Return the points earned in a year's days where the viewer may look. One query.

    Counted where a party belongs now, net of what was corrected in the year; what is still in
    publicity is not counted.
    """
    earned = union_all(_earned(1, year), _earned(-1, year)).subquery()
    conditions = [scope_condition(Party.grid_path, viewer, Permission.POINTS_LEDGER_VIEW)]
    if grid_path:
        conditions.append(within(Party.grid_path, grid_path))
    rows = session.execute(
        select(earned.c.month, Party.grid_path, earned.c.dimension, func.sum(earned.c.amount))
        .join(Party, Party.id == earned.c.party_id)
        .where(*conditions)
        .group_by(earned.c.month, Party.grid_path, earned.c.dimension)
    ).all()
    months: list[dict[Dimension, int]] = [defaultdict(int) for _ in range(12)]
    grids: dict[str, dict[Dimension, int]] = defaultdict(lambda: defaultdict(int))
    whole: dict[Dimension, int] = dict.fromkeys(Dimension, 0)
    base = (grid_path or _highest(viewer)).count(".")
    for month, path, dimension, amount in rows:
        months[int(month) - 1][dimension] += int(amount)
        grids[_folded(path, min(base + BELOW, DEEPEST))][dimension] += int(amount)
        whole[dimension] += int(amount)
    return PointsFigures(months, dict(sorted(grids.items())), whole)


def _earned(sign: int, year: int) -> Any:
    """Return what came from the accounts of what was issued, or went back there."""
    party, issued = aliased(LedgerAccount), aliased(LedgerAccount)
    sides = (Transfer.credit_id, Transfer.debit_id)
    own, other = sides if sign > 0 else reversed(sides)
    of = select(Period.id).where(Period.year == year).scalar_subquery()
    return (
        select(
            party.party_id,
            issued.dimension,
            extract("month", Entry.effective_on).label("month"),
            (literal(sign) * Transfer.amount).label("amount"),
        )
        .select_from(Entry)
        .join(Transfer, Transfer.entry_id == Entry.id)
        .join(party, party.id == own)
        .join(issued, issued.id == other)
        .where(
            Entry.period_id == of,
            Transfer.phase.in_((Phase.POSTED, Phase.POST)),
            issued.kind == AccountKind.ISSUED,
            party.kind == AccountKind.PARTY,
        )
    )


def _highest(viewer: Viewer) -> str:
    paths = [grant.path for grant in viewer.grants]
    return min(paths, key=lambda path: path.count("."), default="")


def _folded(path: str, dots: int) -> str:
    """Return the grid at a level that a path lies in, or the path itself above it."""
    return ".".join(path.split(".")[:dots]) + "." if path.count(".") > dots else path
