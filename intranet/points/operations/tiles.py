"""The kept hashes of a year's tree: written once, in order, level above level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from intranet.points.models import HASH_SIZE, WIDTH, Tile
from intranet.points.models.merkle import tree
from intranet.points.models.tile import clearing

TILES_LOCK = 0x7469_6C65  # of PostgreSQL's advisory locks; nobody who posts waits for it
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_INSERT = insert(cast("Table", Tile.__table__)).inline()


def keep_tiles(
    session: Session, *, period_id: int, number: int, runs: Sequence[tuple[int, int, bytes]]
) -> int:
    """Keep complete runs of a year's leaves from tile ``number`` on; return how many were new.

    Each is its first entry, its last, and its hashes. What another has kept meanwhile stays. Where
    a level is full above them, its tile is kept, too.
    """
    _take_turn(session)
    skipped = max(0, _count(session, period_id, 0) - number)
    rows = [
        _row((period_id, 0, number + place), *one)
        for place, one in enumerate(runs)
        if place >= skipped
    ]
    level = 0
    while rows:
        session.execute(_INSERT, rows)
        level += 1
        rows = _above(session, period_id, level)
    return max(0, len(runs) - skipped)


def drop_tiles(session: Session) -> None:
    """Empty the table, in spite of its guard: for whoever has all tiles made anew."""
    _take_turn(session)
    for statement in clearing(session.get_bind().dialect.name):
        session.execute(text(statement))


def _take_turn(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"key": TILES_LOCK})


def _above(session: Session, period_id: int, level: int) -> list[dict[str, Any]]:
    """Return the tiles of a level that can be made of the one below, and are not there yet."""
    made = []
    whole = _count(session, period_id, level - 1) // WIDTH
    for number in range(_count(session, period_id, level), whole):
        below = session.execute(
            select(Tile.root, Tile.first_entry_id, Tile.last_entry_id)
            .where(
                Tile.period_id == period_id,
                Tile.level == level - 1,
                Tile.number.between(number * WIDTH, number * WIDTH + WIDTH - 1),
            )
            .order_by(Tile.number)
        ).all()
        hashes = b"".join(one.root for one in below)
        first, last = below[0].first_entry_id, below[-1].last_entry_id
        made.append(_row((period_id, level, number), first, last, hashes))
    return made


def _count(session: Session, period_id: int, level: int) -> int:
    wanted = select(func.max(Tile.number)).where(Tile.period_id == period_id, Tile.level == level)
    newest = session.scalar(wanted)
    return 0 if newest is None else newest + 1


def _row(place: tuple[int, int, int], first: int, last: int, hashes: bytes) -> dict[str, Any]:
    leaves = [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]
    facts = dict(zip(("period_id", "level", "number"), place, strict=True))
    span = {"first_entry_id": first, "last_entry_id": last}
    return facts | span | {"root": tree(leaves)[0], "hashes": hashes}
