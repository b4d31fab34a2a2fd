"""A chain gone through by ranges: whole where it is, and nothing slips between two of them."""

from __future__ import annotations

import pytest
from points.points_factory import balance, books, grant  # noqa: F401
from points.test_verifying import unguarded
from sqlalchemy import func, select, text

from intranet.db import db
from intranet.points import queries
from intranet.points.models import Entry
from intranet.points.queries import chain

ODD = (
    "", "]", '"]', "\\", '\\"', "a\nb\r\t\b\f", "\x01\x1f\x7f", "积分、公示“一”", "🧧",
    "\u2028\u2029\ufeff", "</script>", "' || '", "[1,2],", "null",
)  # fmt: skip


@pytest.fixture
def some(books, monkeypatch):
    """Three ranges and a bit, with whatever a keyboard gives."""
    monkeypatch.setattr(chain, "RANGE", 5)
    for odd in ODD:
        grant(books, 1, event=odd or "test:1", note=odd)
    db.session.commit()
    return db.session.scalar(select(func.max(Entry.id)))


def committed(*changes):
    """Change the ledger behind its guards, and guard it again."""
    guards = unguarded()
    for change in changes:
        db.session.execute(text(change))
    for guard in guards:
        db.session.connection().exec_driver_sql(guard)
    db.session.commit()


def unlisted(entries):
    """The statements that take some entries out of whatever points to them, but for transfers."""
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in {"points_entry", "points_transfer"}:
                column = f"{table.name}.{key.parent.name}"
                if column not in {"points_transfer.entry_id", "points_transfer.of_id"}:
                    yield f"DELETE FROM {table.name} WHERE {key.parent.name} {entries}"


def is_whole(last):
    with chain.asking(db.session(), last) as ask:
        return chain.whole(db.session(), last, ask)()


def said():
    return [f"entry {one.entry_id}: {one.what}" for one in queries.verify(db.session())]


def test_every_text_comes_out_of_the_database_as_it_was_hashed(some):
    assert some > 10
    assert is_whole(some)
    chain_of_one = chain.RANGE * 10
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "RANGE", chain_of_one)
        assert is_whole(some)
    assert said() == []
    assert is_whole(0) is False
    db.session.rollback()


def test_what_is_changed_on_either_side_of_a_border_is_named(some):
    for entry in (1, 4, 5, 6, 10, 11, some):
        kept = db.session.scalar(select(Entry.note).where(Entry.id == entry))
        db.session.rollback()
        committed(f"UPDATE points_entry SET note = 'x{entry}' WHERE id = {entry}")
        assert f"entry {entry}: is not what was written: its hash differs" in said()
        db.session.rollback()
        guards = unguarded()
        db.session.execute(
            text("UPDATE points_entry SET note = :kept WHERE id = :id"), {"kept": kept, "id": entry}
        )
        for guard in guards:
            db.session.connection().exec_driver_sql(guard)
        db.session.commit()
        assert said() == []
        db.session.rollback()


def test_a_range_taken_out_whole_and_a_number_beyond_all_are_named(some):
    gone = "BETWEEN 6 AND 10"
    committed(
        *unlisted(gone),
        f"DELETE FROM points_transfer WHERE entry_id {gone}",
        f"DELETE FROM points_entry WHERE id {gone}",
    )
    assert "entry 11: follows 5: an entry is missing" in said()
    db.session.rollback()
    committed(
        *unlisted(f"= {some}"),
        f"UPDATE points_transfer SET entry_id = 2000000000 WHERE entry_id = {some}",
        f"UPDATE points_entry SET id = 2000000000 WHERE id = {some}",
    )
    assert any(one.startswith("entry 2000000000: follows") for one in said())
    db.session.rollback()


def test_a_range_chained_anew_does_not_hang_on_the_one_before(some):
    committed(f"UPDATE points_entry SET previous_hash = '{'0' * 64}' WHERE id = 6")
    assert "entry 6: does not follow the entry before it" in said()
    db.session.rollback()


def test_an_entry_before_the_first_is_named(some):
    committed(
        *unlisted("= 1"),
        "UPDATE points_transfer SET entry_id = 0 WHERE entry_id = 1",
        "UPDATE points_entry SET id = 0 WHERE id = 1",
    )
    assert "entry 0: stands before the first entry" in said()
    db.session.rollback()


def test_bytes_where_there_was_text_are_named(some):
    if db.engine.dialect.name != "sqlite":
        return  # its columns take nothing but text
    committed("UPDATE points_entry SET note = x'ff00' WHERE id = 7")
    assert "entry 7: is not what was written: its hash differs" in said()
    db.session.rollback()
