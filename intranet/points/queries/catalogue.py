"""The rules as they hold, and as they held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, false, func, literal, or_, select
from sqlalchemy.orm import aliased, joinedload

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.models import Grid
from intranet.points.models import Meeting, Rule
from intranet.points.queries.claims import communities

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MEETINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule of the catalogue: the version that holds, and one that will."""

    rule: Rule
    coming: Rule | None


def catalogue(session: Session, viewer: Viewer, *, day: date) -> Sequence[Listed]:
    """Return the rules that hold or will hold where the viewer stands, by code."""
    versions = session.scalars(
        select(Rule)
        .join(Grid, Grid.id == Rule.grid_id)
        .where(_known(communities(viewer)), _is_newest(day))
        .options(joinedload(Rule.meeting))
        .order_by(Rule.code, Rule.version)
    ).all()
    by_code: dict[str, list[Rule]] = {}
    for one in versions:
        by_code.setdefault(one.code, []).append(one)
    return [_listed(found, day) for found in by_code.values() if _is_shown(found, day)]


def rules_on(session: Session, *, day: date, grid_paths: Iterable[str]) -> Sequence[Rule]:
    """Return the rules that hold on a day at some places, by code."""
    newer = aliased(Rule)
    later = select(newer.id).where(
        newer.code == Rule.code, newer.valid_from <= day, newer.version > Rule.version
    )
    holds = or_(false(), *(literal(path).startswith(Grid.path) for path in grid_paths))
    return session.scalars(
        select(Rule)
        .join(Grid, Grid.id == Rule.grid_id)
        .where(holds, Rule.valid_from <= day, Rule.is_open, ~later.exists())
        .order_by(Rule.code)
    ).all()


def versions_or_404(session: Session, viewer: Viewer, code: str) -> Sequence[Rule]:
    """Return all versions of a rule, newest first."""
    found = session.scalars(
        select(Rule)
        .join(Grid, Grid.id == Rule.grid_id)
        .where(Rule.code == code, _known(communities(viewer)))
        .options(joinedload(Rule.meeting))
        .order_by(Rule.version.desc())
    ).all()
    return found or abort(404)


def meetings(session: Session, viewer: Viewer) -> Sequence[Meeting]:
    """Return the meetings on whose word the viewer may adopt rules, the newest first."""
    return session.scalars(
        select(Meeting)
        .join(Grid, Grid.id == Meeting.grid_id)
        .where(scope_condition(Grid.path, viewer, Permission.POINTS_RULE_MANAGE))
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .limit(MEETINGS_MAX)
    ).all()


def _known(places: Iterable[str]) -> Any:
    """Return the condition that a rule holds in, above or below one of some places."""
    return or_(
        false(),
        *(or_(within(Grid.path, place), literal(place).startswith(Grid.path)) for place in places),
    )


def _is_newest(day: date) -> Any:
    """Return the condition that a version is the one of the day, or a later one."""
    newer = aliased(Rule)
    of_day = (
        select(func.max(newer.version))
        .where(newer.code == Rule.code, newer.valid_from <= day)
        .scalar_subquery()
    )
    return or_(Rule.valid_from > day, and_(Rule.version == of_day))


def _listed(versions: Sequence[Rule], day: date) -> Listed:
    now = [one for one in versions if one.valid_from <= day]
    coming = [one for one in versions if one.valid_from > day]
    return Listed(now[-1] if now else coming[-1], coming[-1] if now and coming else None)


def _is_shown(versions: Sequence[Rule], day: date) -> bool:
    """Leave out a rule that was ended and has no version to come."""
    return any(one.is_open for one in versions) or any(one.valid_from > day for one in versions)
