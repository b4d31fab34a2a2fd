"""Parties as the ledger's pages need them: whose points they are, and who was there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.models import Grid
from intranet.register.models import Party, PartyKind
from intranet.register.queries import buildings, masked_names

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PRESENT_MAX = 400
# In which order they are ticked.
KINDS = {
    PartyKind.HOUSEHOLD: 1,
    PartyKind.PERSON: 2,
    PartyKind.SHOP: 3,
    PartyKind.COMPANY: 4,
    PartyKind.TEAM: 5,
}


@dataclass(frozen=True, slots=True)
class Home:
    """A party as those who know it tell it from its neighbours."""

    party: Party
    name: str
    grid: str
    building: str = ""


def parties(session: Session, party_ids: Collection[int]) -> list[Party]:
    """Return some parties; the caller says who may see them."""
    return list(
        session.scalars(select(Party).where(Party.id.in_(party_ids)).order_by(Party.id)).all()
    )


def names(session: Session, viewer: Viewer, party_ids: Collection[int]) -> dict[int, str]:
    """Return how each party may be named: a business or team as it is, others masked."""
    return masked_names(session, viewer, party_ids)


def homes(session: Session, viewer: Viewer) -> dict[int, Home]:
    """Return the viewer's own party, household and teams, by number."""
    rows = session.execute(
        select(Party, Grid.name)
        .join(Grid, Grid.path == Party.grid_path)
        .where(Party.id.in_(viewer.own_ids))
    ).all()
    named = names(session, viewer, [party.id for party, _grid in rows])
    return {party.id: Home(party, named.get(party.id, ""), grid) for party, grid in rows}


def those_of(
    session: Session, viewer: Viewer, *, grid_path: str, kinds: Collection[PartyKind]
) -> Sequence[Home]:
    """Return the parties of a grid that may have taken part, by building; at most PRESENT_MAX."""
    return _there(
        session,
        viewer,
        within(Party.grid_path, grid_path),
        Party.kind.in_(kinds),
        Party.left_at.is_(None),
        Party.erased_at.is_(None),
    )


def known_of(session: Session, viewer: Viewer, party_ids: Collection[int]) -> Sequence[Home]:
    """Return those of some parties for whom the viewer may enter anything, whatever their kind."""
    return _there(session, viewer, Party.id.in_(party_ids)) if party_ids else []


def _there(session: Session, viewer: Viewer, *conditions: Any) -> Sequence[Home]:
    rows = session.execute(
        select(Party, Grid.name)
        .join(Grid, Grid.path == Party.grid_path)
        .where(scope_condition(Party.grid_path, viewer, Permission.POINTS_CLAIM_ENTER), *conditions)
        .order_by(Party.grid_path, case(KINDS, value=Party.kind), Party.id)
        .limit(PRESENT_MAX)
    ).all()
    ids = [party.id for party, _grid in rows]
    named, near = names(session, viewer, ids), buildings(session, ids)
    found = [Home(one, named.get(one.id, ""), grid, near.get(one.id, "")) for one, grid in rows]
    return sorted(found, key=_by_door)


def _by_door(one: Home) -> tuple[str, int, list[tuple[int, str]]]:
    """Order neighbours as one walks by: number 2 before number 10."""
    parts = re.findall(r"\d+|\D+", one.building, re.ASCII)
    door = [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
    return one.party.grid_path, KINDS[one.party.kind], door
