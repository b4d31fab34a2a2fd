"""Whatever is changed in the ledger behind its back, both verifiers name the row."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import sys
from contextlib import redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from factories import AT
from points.points_factory import DAY, balance, books, grant, new_key  # noqa: F401
from sqlalchemy import select, text

from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import (
    AccountKind,
    Anchor,
    Entry,
    EntryKind,
    LedgerAccount,
    Period,
    Phase,
    Transfer,
)
from intranet.points.operations import Draft, Leg

VERIFIER = Path(__file__).resolve().parents[2] / "intranet" / "points" / "verifier.py"


def apart(path, *printed):
    """Run the stand-alone verifier; return how it ended and what it said."""
    spec = importlib.util.spec_from_file_location("apart", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    out = io.StringIO()
    with redirect_stdout(out):
        status = module.main([str(path), *printed])
    return status, out.getvalue()


def exported(path):
    lines = [json.dumps(one, ensure_ascii=False) for one in queries.records(db.session())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def filled(books):
    """A ledger with a bit of everything, its first year closed, and a head made public."""
    session = db.session()
    first = grant(books, 5)
    grant(books, 9, party=books.shop, event="incident:5", note="n")
    pending = grant(books, 3, phase=Phase.PENDING)
    more = {"effective_on": DAY, "at": AT}
    operations.resolve(session, pending, phase=Phase.POST, key=new_key(), **more)
    operations.reverse(
        session,
        first,
        key=new_key(),
        actor_id=books.actor,
        approver_id=books.approver,
        note="typing",
        **more,
    )
    account = operations.party_account(session, party_id=books.shop, year=2026)
    redeemed = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
    stock, supplied, handed = (
        operations.goods_account(session, kind=kind, sku="RICE5")
        for kind in (AccountKind.STOCK, AccountKind.SUPPLIED, AccountKind.HANDED)
    )
    operations.post(
        session, Draft(new_key(), EntryKind.SUPPLY, [Leg(stock, supplied, 4)], DAY), at=AT
    )
    legs = [
        Leg(account, redeemed, 6, Phase.PENDING),
        Leg(handed, stock, 1, Phase.PENDING),
    ]
    held = operations.post(session, Draft(new_key(), EntryKind.HOLD, legs, DAY), at=AT)
    operations.resolve(
        session, held, phase=Phase.POST, key=new_key(), kind=EntryKind.COLLECT, **more
    )
    operations.open_period(session, year=2027)
    old = session.scalar(select(Period).where(Period.year == 2026))
    people = {"actor_id": books.actor, "confirmed_by": books.approver}
    operations.close_period(session, old, at=AT, **people)
    grant(books, 2, year=2027)
    operations.anchor(session, place="公示栏", actor_id=books.actor, at=AT)
    grant(books, 1, year=2027, phase=Phase.PENDING)
    session.commit()
    return books


def unguarded():
    """Let this transaction do what the database refuses everybody; return what guards it again."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        return []
    db.session.execute(text("PRAGMA defer_foreign_keys = ON"))
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'points%'"
    guards = db.session.execute(text(made)).all()
    for name, _ in guards:
        db.session.execute(text(f"DROP TRIGGER {name}"))
    return [sql for _, sql in guards]


def found(path):
    """What both verifiers say now; the transaction is undone after."""
    db.session.expire_all()
    said = [f"entry {one.entry_id}: {one.what}" for one in queries.verify(db.session())]
    status, words = apart(exported(path))
    db.session.rollback()
    return said, status, words


def other(value, column):
    """Return another value of the same kind, which the column takes."""
    if getattr(column.type, "enums", None):
        return next(one for one in column.type.enums if one != value)
    if column.name == "period_id":
        return 3 - value
    later = {datetime: timedelta(microseconds=1), date: timedelta(days=1), str: "x", int: 1}
    step = later.get(type(value))
    return 1 if step is None else value + step


def flips(model, *but):
    """Yield each column of each row with another value."""
    table = model.__table__
    for row in db.session.execute(select(table).order_by(table.c.id)).all():
        for column in table.columns:
            if column.name not in but:
                yield row, column, other(getattr(row, column.name), column)
    db.session.rollback()


def test_a_whole_ledger_is_found_whole(filled, tmp_path):
    said, status, words = found(tmp_path / "ledger.jsonl")
    assert said == []
    assert status == 0, words
    assert "0 places do not hold" in words
    head = db.session.scalar(select(Anchor))
    printed = (str(head.entry_id), head.hash)
    path = exported(tmp_path / "ledger.jsonl")
    assert apart(path, *printed)[0] == 0
    assert apart(path, printed[0], "f" * 64)[0] == 1


def test_every_column_of_every_entry_and_transfer_is_attested(filled, tmp_path):
    tried = 0
    for model, of in ((Entry, "id"), (Transfer, "entry_id")):
        table = model.__table__
        for row, column, value in flips(model, "of_id" if model is Transfer else ""):
            if model is Transfer and column.name == "id":
                continue  # it is a name inside the database, told by entry and number outside
            unguarded()
            changed = table.update().where(table.c.id == row.id).values({column.name: value})
            with db.session.begin_nested() as savepoint:
                try:
                    db.session.execute(changed)
                except Exception:
                    savepoint.rollback()
                    db.session.rollback()
                    continue  # a constraint of the column itself refuses it
            said, status, words = found(tmp_path / "ledger.jsonl")
            named = value if column.name == "id" else getattr(row, of)
            entry = f"entry {named}:"
            where = f"{table.name}.{column.name} of {row}"
            assert any(one.startswith(entry) for one in said), f"{where}: {said}"
            assert status == 1, where
            if column.name not in {"transfer_count", "period_id"}:
                assert entry in words, f"{where}: {words}"
            tried += 1
    assert tried > 100


def test_a_row_taken_out_swapped_or_cut_off_is_named(filled, tmp_path):
    last = db.session.scalar(select(Entry.id).order_by(Entry.id.desc()).limit(1))
    anchored = db.session.scalar(select(Anchor.entry_id))
    for entry_id in range(1, last + 1):
        unguarded()
        for table, column in (("points_transfer", "entry_id"), ("points_entry", "id")):
            db.session.execute(text(f"DELETE FROM {table} WHERE {column} = {entry_id}"))
        said, status, words = found(tmp_path / "ledger.jsonl")
        assert status == 1
        if entry_id < last:
            follower = f"entry {entry_id + 1}: follows {entry_id - 1}"
            assert any(one.startswith(follower) for one in said)
            assert follower in words
        else:
            assert any("totals" in one for one in said)
            assert "totals" in words
    unguarded()
    for table, column in (("points_transfer", "entry_id"), ("points_entry", "id")):
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} >= {anchored}"))
    said, status, words = found(tmp_path / "ledger.jsonl")
    assert any(one.startswith(f"entry {anchored}: is not what was made public") for one in said)
    assert f"entry {anchored}: is not the one of an anchor" in words
    unguarded()
    for one, two in ((2, -1), (3, 2), (-1, 3)):
        db.session.execute(text(f"UPDATE points_entry SET id = {two} WHERE id = {one}"))
    said, status, words = found(tmp_path / "ledger.jsonl")
    for entry_id in (2, 3):
        assert any(one.startswith(f"entry {entry_id}:") for one in said)
        assert f"entry {entry_id}:" in words


def test_totals_floors_and_frozen_balances_are_held_against_the_transfers(filled, tmp_path):
    path = tmp_path / "ledger.jsonl"
    account = db.session.scalar(select(LedgerAccount).where(LedgerAccount.kind == "party"))
    code = account.code
    for total in ("debits_posted", "credits_posted", "debits_pending", "credits_pending"):
        unguarded()
        db.session.execute(
            text(f"UPDATE points_account SET {total} = {total} + 1, floor = NULL WHERE code = :c"),
            {"c": code},
        )
        said, status, words = found(path)
        assert any(code in one for one in said)
        assert status == 1
        assert code in words
    for change in ("balances = '[]'", "balances_sha256 = 'x'"):
        unguarded()
        db.session.execute(text(f"UPDATE points_period SET {change} WHERE year = 2026"))
        said, status, words = found(path)
        assert any("2026" in one for one in said)
        assert "year 2026: its frozen balance is another" in words


def test_years_closed_after_the_same_entry_or_before_any_are_all_looked_at(books, tmp_path):
    session = db.session()
    people = {"actor_id": books.actor, "confirmed_by": books.approver, "at": AT}
    for year in (2026, 2027):
        operations.close_period(session, operations.open_period(session, year=year), **people)
    session.commit()
    for year in (2026, 2027):
        unguarded()
        db.session.execute(text(f"UPDATE points_period SET balances = 'x' WHERE year = {year}"))
        said, status, words = found(tmp_path / "ledger.jsonl")
        assert [str(year) in one for one in said] == [True]
        assert status == 1
        assert f"year {year}: its frozen balance is another" in words


def test_a_file_that_is_cut_off_or_none_is_told(filled, tmp_path):
    path = exported(tmp_path / "ledger.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for kept in range(len(lines)):
        path.write_text("".join(lines[:kept]), encoding="utf-8")
        assert apart(path)[0] == 1
    for nonsense in ("{", "[]", '{"type": "ledger", "version": 3}', '{"type": "entry"}'):
        path.write_text(nonsense, encoding="utf-8")
        status, words = apart(path)
        assert status == 2
        assert words.startswith("this is no ledger")
    assert apart(tmp_path / "none")[0] == 2


def test_the_verifier_knows_nothing_of_the_house():
    names = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    assert {one.split(".")[0] for one in names} <= sys.stdlib_module_names
