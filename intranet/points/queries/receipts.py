"""A party's own entries, each with its way up to the root that was made public: nobody else's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.points.models import Anchor, Entry, EntryPlace, Period
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.queries.reading import read

VERSION = 1


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
    that others have a part in is told by its hash alone.
    """
    period = session.scalar(select(Period).where(Period.year == year))
    if period is None:
        return None
    anchor = session.scalar(
        select(Anchor)
        .join(Entry, Entry.id == Anchor.entry_id)
        .where(Entry.period_id == period.id)
        .order_by(Anchor.entry_id.desc())
        .limit(1)
    )
    own = _own(session, party_id, period)
    last = anchor.entry_id if anchor is not None else None
    top, found = _tree(session, period, set(own), last=last)
    entries = [one | ({} if own[one.pop("number")] else {"words": None}) for one in found]
    later = sum(1 for number in own if number > top.entry)
    return Receipt(top, entries, anchor.place if anchor is not None else "", later)


def top(session: Session, year: int) -> Top | None:
    """Return the root over a year's entries as they are now."""
    period = session.scalar(select(Period).where(Period.year == year))
    return _tree(session, period, set(), last=None)[0] if period is not None else None


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


def _tree(
    session: Session, period: Period, wanted: set[int], *, last: int | None
) -> tuple[Top, list[dict[str, Any]]]:
    """Read a year's entries through, once; keep a hash of each, and the wanted ones' words."""
    leaves: list[bytes] = []
    kept: dict[int, tuple[int, str]] = {}  # place in the tree: number and words
    newest, head = 0, ""
    for number, of_period, *_counts, own_hash, words in read(session):
        if last is not None and number > last:
            break
        if of_period != period.id:
            continue
        if number in wanted:
            kept[len(leaves)] = (number, words)
        leaves.append(leaf_hash(words.encode()))
        newest, head = number, own_hash
    root, ways = tree(leaves, kept)
    entries = [
        {
            "number": kept[place][0],
            "index": place,
            "leaf": leaves[place].hex(),
            "words": json.loads(kept[place][1]),
            "path": [one.hex() for one in way],
        }
        for place, way in ways.items()
    ]
    return Top(period.year, newest, head, len(leaves), root.hex()), entries
