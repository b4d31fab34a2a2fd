"""Kept pieces: taken again while nothing changed, never once something did."""

from __future__ import annotations

import threading

import pytest
from emptying import empty
from factories import AT
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.audit import AuditEntry
from intranet.db import apart, db, reading
from intranet.kept import ENTRIES_MAX, PIECES_MAX, Keeper

ROOMS = ("grids", "register")


class Made:
    """Counts how often a piece was made; the piece tells which one it is."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return f"piece {self.times}"


@pytest.fixture
def trail(app):
    """A function that leaves entries, as another process would: on a connection of its own."""
    start_over()
    return leave


def start_over():
    """Begin a trail in an empty house."""
    db.session.remove()
    leave("people:session:open")


def leave(*actions):
    with apart() as session:
        for action in actions:
            audit.record(session, actor=None, action=action, at=AT, object_kind="test", object_id=1)


def ask(keeper, made, rooms=ROOMS, key="key"):
    """Ask in a transaction of its own, as each request does."""
    with Session(db.engine) as session, reading():
        return keeper.piece(session, rooms, key, made)


def test_a_piece_is_made_once_while_nothing_is_written(trail):
    keeper, made = Keeper(), Made()
    assert [ask(keeper, made) for _ in range(3)] == ["piece 1"] * 3
    assert ask(keeper, made, key="another") == "piece 2"


def test_what_other_rooms_write_leaves_it_alone(trail):
    keeper, made = Keeper(), Made()
    ask(keeper, made)
    trail("cameras:camera:add", "people:session:open")
    assert ask(keeper, made) == "piece 1"


@pytest.mark.parametrize("action", ["grids:post:begin", "register:party:edit"])
def test_a_write_in_its_rooms_by_another_process_renews_it(trail, action):
    keeper, other, made = Keeper(), Keeper(), Made()
    assert ask(keeper, made) == "piece 1"
    assert ask(other, made) == "piece 2"
    trail("cameras:camera:add", action, "people:session:open")
    assert ask(keeper, made) == "piece 3"
    assert ask(other, made) == "piece 4"
    assert ask(keeper, made) == "piece 3"


def test_nothing_is_kept_of_a_house_without_a_trail(app):
    keeper, made = Keeper(), Made()
    assert [ask(keeper, made) for _ in range(2)] == ["piece 1", "piece 2"]


def test_who_reads_an_older_state_neither_takes_nor_leaves_a_piece(trail, engine_name):
    keeper, made = Keeper(), Made()
    level = {"isolation_level": "REPEATABLE READ"} if engine_name == "postgresql" else {}
    behind = Session(db.engine.execution_options(**level))
    with reading():
        assert keeper.piece(behind, ROOMS, "key", made) == "piece 1"  # its snapshot begins here
    trail("grids:post:begin")
    assert ask(keeper, made) == "piece 2"
    with reading():
        assert keeper.piece(behind, ROOMS, "key", made) == "piece 3"
    behind.close()
    assert ask(keeper, made) == "piece 2"


def test_a_restored_database_shares_no_pieces_with_the_one_before(trail, house):
    keeper, made = Keeper(), Made()
    trail("grids:post:begin")
    assert ask(keeper, made) == "piece 1"
    db.session.remove()
    empty(house.extensions["test_tables"])
    trail("cameras:camera:add", "grids:post:begin")
    assert ask(keeper, made) == "piece 2"


def test_after_a_long_pause_everything_is_made_anew(trail):
    keeper, made = Keeper(), Made()
    ask(keeper, made)
    trail(*["people:session:open"] * (ENTRIES_MAX + 1))
    assert ask(keeper, made) == "piece 2"
    assert ask(keeper, made) == "piece 2"
    trail("register:party:edit")
    assert ask(keeper, made) == "piece 3"


def test_only_so_many_are_kept_and_the_ones_asked_for_last(trail):
    keeper, made = Keeper(), Made()
    ask(keeper, made, key="first")
    for number in range(PIECES_MAX - 1):
        ask(keeper, made, key=number)
    assert ask(keeper, made, key="first") == "piece 1"
    ask(keeper, made, key="one more")
    assert ask(keeper, made, key="first") == "piece 1"
    assert ask(keeper, made, key=0) == f"piece {PIECES_MAX + 2}"


def test_readers_beside_a_writer_never_see_what_was_before_their_own_write(trail, app):
    """Each thread leaves an entry and counts them: an older piece would show a lower number.

    The number is read in the reader's own transaction: a variable beside the database would be
    set before or after the entry is there for the others, and the test would judge that gap.
    """
    keeper = Keeper()
    lock = threading.Lock()
    left = {"number": 0}
    stale = []

    def counted(session):
        wanted = AuditEntry.action == "grids:post:begin"
        return session.scalar(select(func.count()).select_from(AuditEntry).where(wanted))

    def work():
        with app.app_context():
            for _ in range(15):
                with lock:
                    trail("grids:post:begin")
                    left["number"] += 1
                    mine = left["number"]
                with Session(db.engine) as session, reading():
                    seen = keeper.piece(session, ROOMS, "key", lambda: counted(session))
                if seen < mine:
                    stale.append((seen, mine))
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left["number"] == 90
    assert stale == []
