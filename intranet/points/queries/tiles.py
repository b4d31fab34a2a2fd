"""A year's tree put together from kept tiles; what the worker has not come to, from the entries.

A year's leaves are its entries in the order of their numbers, whatever stands between them in the
one chain. A leaf's index is what its tile says stands before it, and a count inside the tile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from intranet.errors import DomainError
from intranet.points.models import HASH_SIZE, WIDTH, Entry, Period, Tile
from intranet.points.models.merkle import climb, leaf_hash, tree
from intranet.points.models.words import as_list, canonical
from intranet.points.queries.attested import chosen

# So many entries the worker has not come to are hashed in a request; more of them are waited for.
LAG_MAX = 1000
IDS = 500  # in one question
_SPANS = tuple(WIDTH**level for level in range(8))


class NotYetError(DomainError):
    """The worker is behind, after an upgrade or a great many entries at once."""

    status = 503


@dataclass(frozen=True, slots=True)
class Leaves:
    """Complete runs of a year's leaves that are not kept yet, from tile ``number`` on.

    Each is the first and the last entry of a tile, and its hashes one after another.
    """

    period_id: int
    number: int
    runs: list[tuple[int, int, bytes]]


@dataclass(frozen=True, slots=True)
class YearTree:
    """A year's tree up to an entry. ``kept`` leaves are in tiles, ``tail`` follows them."""

    session: Session
    period_id: int
    entry: int  # the newest one in it; 0 where there is none
    size: int
    kept: int
    tail_ids: list[int]
    tail: list[bytes]

    def ways(self, wanted: Iterable[int] = ()) -> tuple[bytes, dict[int, list[bytes]]]:
        """Return the root, and the ways up to it of the leaves with these indexes."""
        return climb(self.size, wanted, self._nodes, WIDTH)

    def leaves(self, indexes: Iterable[int]) -> dict[int, bytes]:
        """Return leaves by their index."""
        found = self._nodes(0, sorted({one // WIDTH for one in indexes}))
        return {one: found[one // WIDTH][one % WIDTH] for one in indexes}

    def indexes(self, entries: Sequence[int]) -> dict[int, int]:
        """Return the index of each of some entries that are in the tree."""
        found = {one: self.kept + place for place, one in enumerate(self.tail_ids)}
        kept = [one for one in entries if one <= self.entry and one not in found]
        return {one: found[one] for one in entries if one in found} | _indexes(
            self.session, self.period_id, kept
        )

    def _nodes(self, level: int, numbers: Sequence[int]) -> dict[int, list[bytes]]:
        """Return the complete nodes of some groups; see ``climb``."""
        whole = self.size // _SPANS[level]
        counts = {one: max(0, min(WIDTH, whole - one * WIDTH)) for one in numbers}
        kept = _hashes(self.session, self.period_id, level, [n for n, c in counts.items() if c])
        return {
            one: kept[one][:count] if one in kept else self._made(level, one, count)
            for one, count in counts.items()
        }

    def _made(self, level: int, number: int, count: int) -> list[bytes]:
        """Return nodes of which no tile is kept: their own tiles' roots, or what they stand for."""
        first = number * WIDTH
        if level == 0:
            return self.tail[first - self.kept : first - self.kept + count]
        made = _roots(self.session, self.period_id, level - 1, first, count)
        missing = range(first + len(made), first + count)
        below = self._nodes(level - 1, missing) if missing else {}
        return made + [tree(below[one])[0] for one in missing]


def year_tree(
    session: Session, period: Period, *, upto: int | None, lag_max: int | None = None
) -> YearTree:
    """Return a year's tree up to an entry of it, or up to its newest.

    Raises NotYetError where more than ``lag_max`` entries had to be hashed.
    """
    number, last = newest_tile(session, period.id)
    kept, made = (number + 1) * WIDTH, partial(YearTree, session, period.id)
    if upto is not None and upto <= last:
        return made(upto, _indexes(session, period.id, [upto])[upto] + 1, kept, [], [])
    most = None if lag_max is None else lag_max + WIDTH
    ids = _ids(session, period.id, after=last, upto=upto, limit=most and most + 1)
    if most is not None and len(ids) > most:
        raise NotYetError(
            "The receipts of %(year)s are still being prepared; this takes a few minutes",
            year=period.year,
        )
    tail = list(leaves_of(session, ids))
    return made(ids[-1] if ids else last, kept + len(ids), kept, ids, tail)


def leaves_of(session: Session, ids: Sequence[int]) -> Iterator[bytes]:
    """Yield the leaves of some entries, hashed anew, in the order of their numbers."""
    for one in chosen(session, ids):
        yield leaf_hash(canonical(as_list(one.words)))


def newest_tile(session: Session, period_id: int) -> tuple[int, int]:
    """Return the number and last entry of the newest tile of leaves; -1 and 0 for none."""
    found = session.execute(
        select(Tile.number, Tile.last_entry_id)
        .where(Tile.period_id == period_id, Tile.level == 0)
        .order_by(Tile.number.desc())
        .limit(1)
    ).one_or_none()
    return (found[0], found[1]) if found else (-1, 0)


def leaves_to_keep(session: Session, *, limit: int) -> Leaves | None:
    """Return at most so many complete tiles' leaves of a year, hashed; None when all are kept."""
    for period_id in session.scalars(select(Period.id).order_by(Period.year)).all():
        number, last = newest_tile(session, period_id)
        ids = _ids(session, period_id, after=last, upto=None, limit=limit * WIDTH)
        whole = ids[: len(ids) // WIDTH * WIDTH]
        if not whole:
            continue
        leaves = list(leaves_of(session, whole))
        starts = range(0, len(whole), WIDTH)
        runs = [
            (whole[at], whole[at + WIDTH - 1], b"".join(leaves[at : at + WIDTH])) for at in starts
        ]
        return Leaves(period_id, number + 1, runs)
    return None


def split(hashes: bytes) -> list[bytes]:
    """Return the hashes of a tile one by one."""
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


def _ids(
    session: Session, period_id: int, *, after: int, upto: int | None, limit: int | None
) -> list[int]:
    wanted = select(Entry.id).where(Entry.period_id == period_id, Entry.id > after)
    if upto is not None:
        wanted = wanted.where(Entry.id <= upto)
    return list(session.scalars(wanted.order_by(Entry.id).limit(limit)))


def _indexes(session: Session, period_id: int, entries: Sequence[int]) -> dict[int, int]:
    """Return the indexes of entries that are in tiles; no more than a tile's are counted each."""
    before, leaves = aliased(Entry), and_(Tile.period_id == period_id, Tile.level == 0)
    starts = (
        select(Tile.first_entry_id)
        .where(leaves, Tile.first_entry_id <= Entry.id)
        .order_by(Tile.first_entry_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found: dict[int, int] = {}
    for at in range(0, len(entries), IDS):
        some = (
            select(Entry.id, starts.label("first"))
            .where(Entry.id.in_(entries[at : at + IDS]))
            .subquery()
        )
        inside = (
            select(func.count())
            .where(before.period_id == period_id, before.id >= some.c.first)
            .where(before.id < some.c.id)
            .scalar_subquery()
        )
        rows: Any = session.execute(
            select(some.c.id, Tile.number, inside).join(
                Tile, and_(leaves, Tile.first_entry_id == some.c.first)
            )
        )
        found |= {entry: number * WIDTH + place for entry, number, place in rows}
    return found


def _hashes(
    session: Session, period_id: int, level: int, numbers: Sequence[int]
) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for at in range(0, len(numbers), IDS):
        rows = session.execute(
            select(Tile.number, Tile.hashes).where(
                Tile.period_id == period_id,
                Tile.level == level,
                Tile.number.in_(numbers[at : at + IDS]),
            )
        )
        found |= {number: split(hashes) for number, hashes in rows}
    return found


def _roots(session: Session, period_id: int, level: int, first: int, count: int) -> list[bytes]:
    """Return the roots of tiles side by side, as far as they are kept."""
    return list(
        session.scalars(
            select(Tile.root)
            .where(
                Tile.period_id == period_id,
                Tile.level == level,
                Tile.number.between(first, first + count - 1),
            )
            .order_by(Tile.number)
        )
    )
