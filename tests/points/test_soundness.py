"""The ledger is gone through in the background; what was found is kept, and its head made public."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from factories import AT, create_account, viewer_of
from points.points_factory import DAY, books, grant  # noqa: F401 — a fixture
from points.year_factory import LATER, verified
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from test_verifying import unguarded

from intranet.db import db, reading
from intranet.errors import DomainError, InputError
from intranet.points import operations, queries, tasks
from intranet.points.models import (
    Anchor,
    AnchorRoot,
    Dimension,
    Entry,
    EntryKind,
    Verification,
)
from intranet.points.operations import Draft, Leg
from intranet.points.queries.today import is_head_due
from intranet.points.queries.verifying import verify


@pytest.fixture
def office(books):
    account = create_account("office", "1.")
    db.session.commit()
    return viewer_of(account, ("office", "1."))


@pytest.fixture
def loose(app):
    """Let a test change and commit what the database refuses; it is guarded again afterwards."""
    guards = []
    yield lambda: guards.extend(unguarded())
    db.session.rollback()
    for statement in guards:
        again = statement.replace("TRIGGER IF NOT EXISTS", "TRIGGER")
        db.session.execute(text(again.replace("TRIGGER", "TRIGGER IF NOT EXISTS", 1)))
    db.session.commit()


def public(office, place="公示栏", at=AT):
    made = operations.publish_head(db.session(), place=place, actor=office, at=at)
    db.session.commit()
    return made


def cut_off(first, loose):
    """Take the tail of the ledger away and put the totals right, as a thief with the file can."""
    loose()
    for table, column in (
        ("points_waiting", "entry_id"),
        ("points_entry_place", "entry_id"),
        ("points_transfer", "entry_id"),
        ("points_entry", "id"),
    ):
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} >= {first}"))
    for side, kind in (("credit", "party"), ("debit", "issued")):
        db.session.execute(
            text(
                f"UPDATE points_account SET {side}s_posted = coalesce((SELECT sum(amount) FROM"
                f" points_transfer WHERE {side}_id = points_account.id), 0) WHERE kind = '{kind}'"
            )
        )


def test_what_was_found_is_kept_with_the_head_it_held_for(books):
    for _ in range(3):
        grant(books, 5)
    found = verified(AT)
    kept = operations.newest_finding(db.session())
    last = db.session.get_one(Entry, 3)
    assert (kept.head_id, kept.head_hash, kept.faults) == (3, last.hash, 0)
    assert (kept.asked_at, kept.finished_at) == (AT, AT)
    assert json.loads(kept.roots) == [[2026, 3, queries.top(db.session(), 2026).root]]
    assert found.roots[0].size == 3


def test_the_worker_does_what_was_asked_for_once(books, office):
    grant(books, 5)
    first = operations.ask_verification(db.session(), actor=office, at=AT)
    again = operations.ask_verification(db.session(), actor=office, at=AT + timedelta(minutes=5))
    assert again.id == first.id
    db.session.commit()
    assert tasks.verify_ledger() is True
    assert tasks.verify_ledger() is False
    assert operations.newest_finding(db.session()).faults == 0
    tasks.verify_daily()
    assert db.session.scalar(select(func.count(Verification.id))) == 2


def test_what_a_killed_worker_began_is_done_by_the_next_one(books):
    operations.ask_verification(db.session(), actor=None, at=AT)
    db.session.commit()
    lost = operations.take_verification(db.session(), at=AT)
    db.session.commit()
    soon, later = AT + timedelta(minutes=59), AT + timedelta(minutes=61)
    assert operations.take_verification(db.session(), at=soon) is None
    assert operations.take_verification(db.session(), at=later).id == lost.id


def test_what_does_not_hold_is_counted_and_the_first_places_are_named(books, loose):
    for _ in range(30):
        grant(books, 1)
    loose()
    db.session.execute(text("UPDATE points_entry SET note = 'x'"))
    found = verified(AT)
    assert found.faults >= 30
    kept = operations.newest_finding(db.session())
    assert kept.faults == found.faults
    assert len(json.loads(kept.first_faults)) == 20
    assert json.loads(kept.first_faults)[0].startswith("entry 1: ")
    assert operations.soundness(db.session(), 2026, at=AT).broken == found.faults


def test_the_ledger_is_known_for_a_day_and_up_to_the_last_entry_of_the_year(books, loose):
    assert operations.soundness(db.session(), 2026, at=AT) == (0, True)
    grant(books, 5)
    verified(AT)
    day = timedelta(days=1)
    assert operations.soundness(db.session(), 2026, at=AT + day) == (0, False)
    assert operations.soundness(db.session(), 2026, at=AT + day * 1.01) == (0, True)
    operations.open_period(db.session(), year=2027)
    grant(books, 5, year=2027)
    assert operations.soundness(db.session(), 2026, at=AT) == (0, False)
    assert operations.soundness(db.session(), 2027, at=AT) == (0, True)
    cut_off(1, loose)
    assert operations.soundness(db.session(), 2026, at=AT) == (1, False)


def test_a_head_made_public_names_the_tail_that_is_cut_off_before_it(books, office, loose):
    for _ in range(3):
        grant(books, 5)
    verified(AT)
    made = public(office)
    assert (made.entry_id, made.place) == (3, "公示栏")
    root = db.session.scalars(select(AnchorRoot)).one()
    assert (root.anchor_id, root.year, root.size) == (made.id, 2026, 3)
    assert root.root == queries.top(db.session(), 2026).root
    grant(books, 5)
    db.session.commit()
    assert list(verify(db.session())) == []
    cut_off(3, loose)
    said = [one.what for one in verify(db.session())]
    assert said == ["is not what was made public (公示栏)"]


def test_a_root_that_is_not_that_of_the_entries_is_named(books, office, loose):
    grant(books, 5)
    verified(AT)
    public(office)
    loose()
    db.session.execute(text(f"UPDATE points_anchor_root SET root = '{'0' * 64}'"))
    assert verified(AT).first_faults == [
        "entry 1: the root of 2026 is not what was made public (公示栏)"
    ]


def test_roots_once_printed_are_kept_by_the_database(books, office):
    grant(books, 5)
    verified(AT)
    public(office)
    for words in ("UPDATE points_anchor_root SET size = 9", "DELETE FROM points_anchor_root"):
        with pytest.raises(Exception, match="append-only"):
            db.session.execute(text(words))
        db.session.rollback()


def test_only_what_was_found_whole_lately_is_made_public(books, office, loose):
    with pytest.raises(DomainError, match="verified first"):
        public(office)
    verified(AT)
    with pytest.raises(DomainError, match="no entry yet"):
        public(office)
    db.session.rollback()
    grant(books, 5)
    verified(AT)
    with pytest.raises(DomainError, match="verified first"):
        public(office, at=AT + timedelta(days=2))
    with pytest.raises(InputError):
        public(office, place=" ")
    db.session.rollback()
    loose()
    db.session.execute(text("UPDATE points_entry SET note = 'x'"))
    verified(AT)
    with pytest.raises(DomainError, match="does not hold"):
        public(office)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Anchor.id))) == 0


def test_entries_that_wait_a_month_remind_whoever_makes_heads_public(books, office):
    assert is_head_due(db.session(), at=LATER) is False
    grant(books, 5)
    assert is_head_due(db.session(), at=AT + timedelta(days=31)) is False
    assert is_head_due(db.session(), at=AT + timedelta(days=32)) is True
    verified(AT)
    public(office)
    assert is_head_due(db.session(), at=LATER) is False


def test_the_ledger_is_gone_through_at_one_moment_while_somebody_posts(books):
    """Whole ranges are posted meanwhile; none of that is half seen."""
    for _ in range(5):
        grant(books, 5)
    db.session.commit()
    engine, stop, problems = db.engine, threading.Event(), []

    def post():
        number = 0
        try:
            while not stop.is_set() and number < 60:
                number += 1
                with Session(engine) as other:
                    account = operations.party_account(other, party_id=books.household, year=2026)
                    issued = operations.issued_account(
                        other, year=2026, dimension=Dimension.PARTICIPATION
                    )
                    leg = Leg(issued, account, 3)
                    by = {"rule": ("cleanup", 1), "approver_id": books.approver}
                    draft = Draft(f"meanwhile:{number}", EntryKind.GRANT, [leg], DAY, **by)
                    operations.post(other, draft, at=AT)
                    other.commit()
        except Exception as error:
            problems.append(error)

    thread = threading.Thread(target=post)
    thread.start()
    try:
        while thread.is_alive():
            with reading():
                found = queries.look(db.session())
                db.session.rollback()
            assert (found.faults, list(found.first_faults)) == (0, [])
            assert found.roots[0].size == found.head_id
    finally:
        stop.set()
        thread.join()
    assert problems == []
