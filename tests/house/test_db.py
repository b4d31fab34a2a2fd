"""The database keeps its promises on both engines."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_town, log_in
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from intranet import audit, writers
from intranet.db import db
from intranet.people.models import Account


def test_audit_rows_can_be_neither_changed_nor_deleted(app):
    town = create_town()
    account = create_account("secretary", town.community.path)
    entry = audit.record(
        db.session,
        actor=None,
        action="test:do",
        at=AT,
        object_kind="account",
        object_id=account.id,
        note="中文",
    )
    entry_id = entry.id
    db.session.commit()

    for statement in ("UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()

    if db.engine.dialect.name == "sqlite":
        columns = "id, at, actor_name, action, object_kind, object_id, grid_path, reason, details"
        replace = (
            f"INSERT OR REPLACE INTO audit_entry ({columns}, address, previous_hash, hash) "
            f"SELECT {columns}, 'elsewhere', previous_hash, 'x' FROM audit_entry"
        )
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(replace))
        db.session.rollback()

    assert db.session.get(audit.AuditEntry, entry_id).reason == ""
    assert list(audit.verify(db.session)) == []


def test_a_get_that_writes_is_refused(app, client):
    from intranet.db import ReadsNeverWrite, reading
    from intranet.people.models import LoginAttempt

    with reading():
        db.session.add(LoginAttempt(username="x", address="y", at=AT, succeeded=False))
        with pytest.raises(ReadsNeverWrite):
            db.session.flush()


def test_the_audit_of_looking_never_waits_for_the_reader_it_came_from(app):
    from intranet.db import apart, reading

    town = create_town()
    account = create_account("secretary", town.community.path)
    with reading():
        db.session.refresh(account)
        db.session.rollback()  # expires the row: the next look at it begins a transaction
        with apart() as session:
            audit.record(
                session,
                actor=None,
                action="test:look",
                at=AT,
                object_kind="account",
                object_id=account.id,
            )

    db.session.rollback()
    assert [entry.action for entry in db.session.query(audit.AuditEntry)] == ["test:look"]


def test_a_question_sees_what_is_committed_at_its_moment_and_its_own_writes(app):
    """Past the session on SQLite, through it on PostgreSQL and in writing requests: one answer."""
    from datetime import timedelta

    from sqlalchemy import bindparam, select

    from intranet.db import Question, apart, reading
    from intranet.people.models import LoginAttempt

    table = LoginAttempt.__table__
    since = Question(
        select(table.c.username, table.c.id)
        .where(table.c.at > bindparam("moment"), table.c.address == bindparam("address"))
        .order_by(table.c.id)
    )

    def ask(moment):
        with reading():
            rows = since.ask(db.session, moment=moment, address="a")
            db.session.rollback()  # as at the end of a request
            return [row[0] for row in rows]

    for number in range(3):
        with apart() as session:
            at = AT + timedelta(microseconds=number)
            session.add(LoginAttempt(username=f"u{number}", address="a", at=at, succeeded=False))
        assert ask(AT - timedelta(1)) == [f"u{n}" for n in range(number + 1)]
    assert ask(AT) == ["u1", "u2"]
    assert ask(AT + timedelta(microseconds=2)) == []

    db.session.add(LoginAttempt(username="mine", address="a", at=AT, succeeded=False))
    db.session.flush()
    mine = since.ask(db.session, moment=AT - timedelta(1), address="a")
    assert [row[0] for row in mine] == ["u0", "u1", "u2", "mine"]
    db.session.rollback()


# PostgreSQL's writers take turns by the row, and have no lock of the house.
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
def test_a_writer_that_waits_in_vain_is_told_so_and_not_logged_out(app, client, monkeypatch):
    log_in(client, create_account("secretary", create_town().community.path))
    monkeypatch.setattr(writers, "WRITE_WAIT_SECONDS", 0.05)
    lock_path = db.engine.raw_connection().driver_connection._lock_path
    with open(lock_path, "w", encoding="ascii") as held:  # noqa: PTH123
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = client.post("/incidents/new", data={})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
def test_writers_of_one_process_wait_for_each_other_and_no_turn_is_lost(app, monkeypatch):
    def write(_number):
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE account SET display_name = display_name || 'x'")

    create_account("secretary", create_town().community.path)
    before = len(db.session.scalars(select(Account.display_name)).one())
    db.session.rollback()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert len(db.session.scalars(select(Account.display_name)).one()) == before + 40
    db.session.rollback()

    monkeypatch.setattr(writers, "WRITE_WAIT_SECONDS", 0.05)
    with (
        db.engine.begin(),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(writers.WriteLockTimeout),
    ):
        pool.submit(write, 0).result()
    write(0)  # who waited in vain has kept nobody's turn
