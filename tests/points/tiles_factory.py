"""Many entries in little time, and receipts by the plain reading of all of them."""

from __future__ import annotations

import itertools
import json
from datetime import date

from factories import AT
from sqlalchemy import insert, select

from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import (
    Dimension,
    Entry,
    EntryKind,
    Period,
    Phase,
    Tile,
    Transfer,
)
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.models.tile import clearing
from intranet.points.models.words import Words, digest
from intranet.points.operations.posting import head as newest
from intranet.points.queries import Top
from intranet.points.queries.reading import read

_keys = itertools.count(1)
_ENTRY, _TRANSFERS = (insert(one.__table__).inline() for one in (Entry, Transfer))


def enter(books, plan):
    """Enter something for each (year, parties) as ``post`` would: the very rows, past its checks.

    All guards of the database stand; the years have to be open.
    """
    session = db.session()
    years = {year: operations.open_period(session, year=year).id for year, _ in plan}
    issued, accounts = {}, {}
    for year, parties in plan:
        if year not in issued:
            issued[year] = operations.issued_account(
                session, year=year, dimension=Dimension.CONTRIBUTION
            )
        for party in parties:
            if (party, year) not in accounts:
                accounts[party, year] = operations.party_account(session, party_id=party, year=year)
    number, head = newest(session)
    connection = session.connection()
    for year, parties in plan:
        number += 1
        facts = {
            "id": number,
            "key": f"tiles:{next(_keys)}",
            "body_sha256": "0" * 64,
            "kind": EntryKind.GRANT,
            "rule_code": "cleanup",
            "rule_version": 1,
            "event": "",
            "note": "",
            "effective_on": date(year, 6, 1),
            "recorded_at": AT,
            "actor_id": books.actor,
            "approver_id": books.approver,
            "reverses_id": None,
            "previous_hash": head,
        }
        moved = [(issued[year], accounts[party, year], n) for n, party in enumerate(parties, 1)]
        words = [[n, one.code, other.code, 3, "pending", 0, 0] for one, other, n in moved]
        head = digest(Words(**facts, year=year, transfers=words))
        own = {"period_id": years[year], "transfer_count": len(moved), "hash": head}
        connection.execute(_ENTRY, [facts | own])
        rows = [
            {"entry_id": number, "number": n, "debit_id": one.id, "credit_id": other.id}
            | {"amount": 3, "phase": Phase.PENDING}
            for one, other, n in moved
        ]
        connection.execute(_TRANSFERS, rows)
    session.commit()
    return number


def keep(limit):
    """Do some of the worker's work: at most so many tiles of leaves; return how many were new."""
    due = queries.leaves_to_keep(db.session(), limit=limit)
    db.session.rollback()
    if due is None:
        return 0
    done = operations.keep_tiles(
        db.session(), period_id=due.period_id, number=due.number, runs=due.runs
    )
    db.session.commit()
    return done


def keep_all():
    """Do all of the worker's work."""
    return tasks.keep_tiles()


def plainly(year, wanted=(), *, upto=None):
    """Read all entries through; return the top, and what a receipt tells of the wanted ones."""
    period = db.session.scalar(select(Period.id).where(Period.year == year))
    numbers, words, head = [], [], ""
    for number, of_period, *_counts, own_hash, text in read(db.session()):
        if of_period == period and (upto is None or number <= upto):
            numbers.append(number)
            words.append(text)
            head = own_hash
    leaves = [leaf_hash(one.encode()) for one in words]
    places = {number: place for place, number in enumerate(numbers) if number in wanted}
    root, ways = tree(leaves, places.values())
    entries = {
        number: {
            "index": place,
            "leaf": leaves[place].hex(),
            "words": json.loads(words[place]),
            "path": [one.hex() for one in ways[place]],
        }
        for number, place in places.items()
    }
    newest = numbers[-1] if numbers else 0
    return Top(year, newest, head, len(leaves), root.hex()), entries


def changed_behind(tile_id, **values):
    """Change a tile past its guard."""
    off, _empty, *on = clearing(db.engine.dialect.name)
    off = off.replace("no_delete", "no_update")
    db.session.connection().exec_driver_sql(off)
    db.session.execute(Tile.__table__.update().where(Tile.id == tile_id).values(**values))
    for statement in on:
        db.session.connection().exec_driver_sql(statement)
    db.session.expire_all()
