"""Kept hashes held against what they were made of: always their order, and some or all of them.

To read and hash all entries a second time would make a verification nearly twice as long. What is
looked at always costs next to nothing; of the tiles some are drawn anew each time, and all when
asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.points.models import WIDTH, Entry, Period, Tile
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.queries.reading import read
from intranet.points.queries.tiles import leaves_of, split

DRAWN_MIN, DRAWN_OF = 4, 200  # at least so many tiles, and one of so many
# The first entry below a tile that does not hold, and what is wrong with it.
Wrong = tuple[int, str]
TileCheck = Callable[[Session], Iterator[Wrong]]


def no_tiles(session: Session) -> Iterator[Wrong]:
    """Look at none."""
    del session
    yield from ()


def some_tiles(session: Session) -> Iterator[Wrong]:
    """Yield what is wrong with the order of the tiles, and with some that are drawn by lot."""
    yield from _order(session)
    leaves = session.scalars(select(Tile.id).where(Tile.level == 0).order_by(Tile.id)).all()
    count = min(len(leaves), max(DRAWN_MIN, len(leaves) // DRAWN_OF))
    for tile_id in random.SystemRandom().sample(leaves, count):
        yield from _leaves(session, session.get_one(Tile, tile_id))


def every_tile(session: Session) -> Iterator[Wrong]:
    """Yield what is wrong with any tile: every entry is hashed a second time."""
    yield from _order(session)
    for period_id, year in session.execute(select(Period.id, Period.year).order_by(Period.year)):
        yield from _all_leaves(session, period_id, year)


def _order(session: Session) -> Iterator[Wrong]:
    """Yield gaps and overlaps of a level, and tiles that are not those of the level below."""
    years = {one.id: one.year for one in session.execute(select(Period.id, Period.year))}
    facts = (Tile.period_id, Tile.level, Tile.number, Tile.first_entry_id, Tile.last_entry_id)
    rows = session.execute(select(*facts, Tile.root).order_by(*facts[:3])).all()
    spans: dict[tuple[int, int], list[Any]] = {}
    for key, group in groupby(rows, itemgetter(0, 1)):
        spans[key] = found = list(group)
        last = 0
        for place, (_period, level, number, first, upto, _root) in enumerate(found):
            if number != place or not last < first <= upto:
                yield first, _named(years[key[0]], level, number, "does not follow the one before")
            last = upto
    for (period_id, level), found in spans.items():
        if level == 0:
            yield from _counted(session, period_id, years[period_id], found)
        else:
            below = spans.get((period_id, level - 1), [])
            yield from _above(session, period_id, level, years[period_id], below)


def _counted(session: Session, period_id: int, year: int, found: list[Any]) -> Iterator[Wrong]:
    upto = found[-1].last_entry_id
    wanted = select(func.count()).where(Entry.period_id == period_id, Entry.id <= upto)
    if session.scalar(wanted) != len(found) * WIDTH:
        yield upto, f"the kept hashes of {year} are not those of so many entries"


def _above(
    session: Session, period_id: int, level: int, year: int, below: list[Any]
) -> Iterator[Wrong]:
    wanted = select(Tile).where(Tile.period_id == period_id, Tile.level == level)
    for one in session.scalars(wanted.order_by(Tile.number)):
        under = below[one.number * WIDTH : one.number * WIDTH + WIDTH]
        hashes = b"".join(row.root for row in under)
        is_same = len(under) == WIDTH and (one.first_entry_id, one.last_entry_id) == (
            under[0].first_entry_id,
            under[-1].last_entry_id,
        )
        if not is_same or one.hashes != hashes or tree(split(hashes))[0] != one.root:
            words = "is not that of the tiles below"
            yield one.first_entry_id, _named(year, level, one.number, words)


def _leaves(session: Session, one: Tile) -> Iterator[Wrong]:
    """Hold one tile of leaves against its entries."""
    ids = session.scalars(
        select(Entry.id)
        .where(
            Entry.period_id == one.period_id,
            Entry.id.between(one.first_entry_id, one.last_entry_id),
        )
        .order_by(Entry.id)
        .limit(WIDTH + 1)
    ).all()
    year = session.scalar(select(Period.year).where(Period.id == one.period_id)) or 0
    yield from _compared(year, one, list(zip(ids, leaves_of(session, ids), strict=True)))


def _all_leaves(session: Session, period_id: int, year: int) -> Iterator[Wrong]:
    """Hold all tiles of leaves of a year against the entries, read through once."""
    tiles = iter(
        session.scalars(
            select(Tile)
            .where(Tile.period_id == period_id, Tile.level == 0)
            .order_by(Tile.first_entry_id)
            .execution_options(yield_per=100)
        )
    )
    one, leaves = next(tiles, None), list[tuple[int, bytes]]()
    for number, of_period, *_facts, words in read(session) if one is not None else ():
        if of_period != period_id:
            continue
        while one is not None and number > one.last_entry_id:
            yield from _compared(year, one, leaves)
            one, leaves = next(tiles, None), []
        if one is None:
            return
        if number >= one.first_entry_id:
            leaves.append((number, leaf_hash(words.encode())))
    while one is not None:
        yield from _compared(year, one, leaves)
        one, leaves = next(tiles, None), []


def _compared(year: int, one: Tile, leaves: Sequence[tuple[int, bytes]]) -> Iterator[Wrong]:
    """Hold a tile against entries and their leaves."""
    found = [leaf for _number, leaf in leaves]
    is_span = len(leaves) == WIDTH and (leaves[0][0], leaves[-1][0]) == (
        one.first_entry_id,
        one.last_entry_id,
    )
    if not is_span or b"".join(found) != one.hashes or tree(found)[0] != one.root:
        yield one.first_entry_id, _named(year, 0, one.number, "is not that of its entries")


def _named(year: int, level: int, number: int, words: str) -> str:
    return f"tile {number} on level {level} of {year} {words}"
