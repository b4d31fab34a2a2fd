"""A party's own entries, each with its way up to the root that was made public: nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.points.models import Anchor, AnchorRoot, Entry, EntryPlace, Period
from intranet.points.models.words import as_list
from intranet.points.queries.attested import chosen
from intranet.points.queries.tiles import LAG_MAX, YearTree, year_tree


@dataclass(frozen=True, slots=True)
class Top:
    """The tree of a year up to an entry: what is printed beside the head of the chain."""

    year: int
    entry: int  # the newest one in it
    hash: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one party takes home; ``entries`` are JSON-able."""

    top: Top
    entries: list[dict[str, Any]]
    place: str  # where the root was made public, nothing where it was not
    later: int  # the party's entries after that


def receipt(session: Session, party_id: int, year: int) -> Receipt | None:
    """Return a party's entries of a year with their proofs; None for a year that is none.

    Up to the newest public head of the year, where there is one: its root was printed. An entry
    that others have a part in is told by its hash alone. Raises NotYetError while the worker is
    far behind.
    """
    period = session.scalar(select(Period).where(Period.year == year))
    if period is None:
        return None
    anchor = _anchor(session, year)
    last = _newest(session, period, anchor.entry_id) if anchor is not None else None
    # The tree first: what is entered meanwhile counts as later.
    found = year_tree(session, period, upto=last, lag_max=LAG_MAX)
    own = _own(session, party_id, period)
    top, entries = _proved(found, period, own)
    later = sum(1 for number in own if number > found.entry)
    return Receipt(top, entries, anchor.place if anchor is not None else "", later)


def top(session: Session, year: int) -> Top | None:
    """Return the root over a year's entries as they are now; it may take its time."""
    period = session.scalar(select(Period).where(Period.year == year))
    if period is None:
        return None
    return _proved(year_tree(session, period, upto=None), period, {})[0]


def _anchor(session: Session, year: int) -> Anchor | None:
    """Return the newest head that printed the year's root; it may be of a later year."""
    return session.scalar(
        select(Anchor)
        .join(AnchorRoot, AnchorRoot.anchor_id == Anchor.id)
        .where(AnchorRoot.year == year)
        .order_by(Anchor.entry_id.desc(), Anchor.id.desc())
        .limit(1)
    )


def _newest(session: Session, period: Period, upto: int) -> int:
    """Return the newest entry of a year up to an entry of any."""
    of_year = select(func.max(Entry.id)).where(Entry.period_id == period.id, Entry.id <= upto)
    return session.scalar(of_year) or 0


def _own(session: Session, party_id: int, period: Period) -> dict[int, bool]:
    """Return a party's entries of a year, and of each whether it is nobody else's."""
    mine = (
        select(EntryPlace.entry_id)
        .join(Entry, Entry.id == EntryPlace.entry_id)
        .where(EntryPlace.party_id == party_id, Entry.period_id == period.id)
    )
    rows = session.execute(
        select(EntryPlace.entry_id, func.count())
        .where(EntryPlace.entry_id.in_(mine))
        .group_by(EntryPlace.entry_id)
    )
    return {row[0]: row[1] == 1 for row in rows}


def _proved(
    found: YearTree, period: Period, own: dict[int, bool]
) -> tuple[Top, list[dict[str, Any]]]:
    """Return the tree's top and, in their order, what is proved of somebody's own entries."""
    session = found.session
    indexes = found.indexes(sorted(one for one in own if one <= found.entry))
    places = sorted(indexes.values())
    root, ways = found.ways(places)
    leaves = found.leaves(places)
    told = sorted(one for one in indexes if own[one])
    words = {one.words.id: as_list(one.words) for one in chosen(session, told)}
    entries = [
        {
            "index": place,
            "leaf": leaves[place].hex(),
            "words": words.get(number),
            "path": [one.hex() for one in ways[place]],
        }
        for number, place in sorted(indexes.items())
    ]
    head = session.scalar(select(Entry.hash).where(Entry.id == found.entry)) or ""
    return Top(period.year, found.entry, head, found.size, root.hex()), entries
