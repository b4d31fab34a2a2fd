"""To which community a party's year belongs: where the party was when that year ended.

By the register's history of places, which only grows: what is past stays what it was. So each year
of a party belongs to one community, whoever asks and however often it moves afterwards: it is
ranked and honoured there, and its points of that year end by the plan that is signed there. Who
was registered later belongs, for that year, where it was registered first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, aliased

from intranet.clock import BEIJING
from intranet.db import within
from intranet.register.models import Party, PartyMove


def end_of(year: int) -> datetime:
    """Return the moment at which a year is over, in Beijing."""
    return datetime(year + 1, 1, 1, tzinfo=BEIJING)


def belonged_to(community: str, year: int) -> Any:
    """Return the condition "the party's year belongs to a community", for a query over parties.

    Whoever is or ever was within the community is looked at, and nobody else.
    """
    ever = aliased(Party)
    known = union(
        select(ever.id).where(within(ever.grid_path, community)),
        select(PartyMove.party_id).where(within(PartyMove.grid_path, community)),
    )
    is_there = func.substr(_place(year), 1, len(community)) == community  # the place is asked once
    return Party.id.in_(known) & is_there


def _place(year: int) -> Any:
    """Return the grid in which the party of the outer query was when a year ended."""
    of_party = select(PartyMove.grid_path).where(PartyMove.party_id == Party.id)
    by_then = of_party.where(PartyMove.at < end_of(year))
    last = by_then.order_by(PartyMove.at.desc(), PartyMove.id.desc()).limit(1)
    first = of_party.order_by(PartyMove.at, PartyMove.id).limit(1)
    return func.coalesce(
        last.correlate(Party).scalar_subquery(),
        first.correlate(Party).scalar_subquery(),
        Party.grid_path,
    )


@dataclass(slots=True)
class Whereabouts:
    """Where a party has been: the grids with the moments since when, the oldest first."""

    now: str
    moves: list[tuple[datetime, str]] = field(default_factory=list)

    def at_end_of(self, year: int) -> str:
        """Return the grid in which it was when a year ended."""
        by_then = [path for at, path in self.moves if at < end_of(year)]
        return by_then[-1] if by_then else self.moves[0][1] if self.moves else self.now

    @property
    def all(self) -> set[str]:
        """Every grid it has been in."""
        return {self.now, *(path for _at, path in self.moves)}


def whereabouts(session: Session, party_ids: Collection[int]) -> dict[int, Whereabouts]:
    """Return where each of some parties has been; two queries."""
    now = session.execute(select(Party.id, Party.grid_path).where(Party.id.in_(party_ids)))
    found = {row[0]: Whereabouts(row[1]) for row in now}
    moves = select(PartyMove.party_id, PartyMove.at, PartyMove.grid_path)
    rows = session.execute(
        moves.where(PartyMove.party_id.in_(party_ids)).order_by(PartyMove.at, PartyMove.id)
    )
    for party_id, at, path in rows:
        found[party_id].moves.append((at, path))
    return found


def above(paths: Collection[str]) -> set[str]:
    """Return some grids and all that they lie in."""
    found: set[str] = set()
    for path in paths:
        steps = path.split(".")[:-1]
        found.update(".".join(steps[:number]) + "." for number in range(1, len(steps) + 1))
    return found
