"""The database: one declarative base, UTC time, reads that never write (``writers.py``: turns)."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DDL, DateTime, MetaData, String, Table, TypeDecorator, event
from sqlalchemy.orm import DeclarativeBase, Session, registry

from intranet.writers import LockingConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Dialect, Engine
    from sqlalchemy.orm import scoped_session

    from intranet.config import Settings

View = TypeVar("View", bound="Callable[..., Any]")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SQLITE_OLDEST = (3, 37, 0)

_write_intent: ContextVar[bool] = ContextVar("write_intent", default=True)


class ReadsNeverWrite(AssertionError):  # noqa: N818
    """A GET tried to change something; use ``apart()`` for the audit of looking."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in, an aware UTC datetime out, on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody knows what they mean."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime has no place in the database"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; everything stored is UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Paths compare byte by byte, so that "starts with" is a range of one index on both engines.
PathType = String().with_variant(String(collation="C"), "postgresql")


class Base(DeclarativeBase):
    """Base of all models; constraint names follow from this convention (Alembic needs them)."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UtcDateTime()},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the engine and make reads refuse to write."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        watch(db.engine)
    app.before_request(_choose_intent)
    app.before_request(_receive)
    app.teardown_request(_forget_intent)


def _engine_options(settings: Settings) -> dict[str, Any]:
    # An SQL error would otherwise quote its parameters, personal data among them, into the log.
    pool = {
        "pool_size": 16,
        "max_overflow": 64,
        "pool_timeout": 5,
        "pool_use_lifo": True,  # the connection used last has its pages at hand
        "hide_parameters": True,
    }
    if not settings.is_sqlite:
        return {**pool, "pool_pre_ping": True}
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        message = f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed"
        raise RuntimeError(message)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    arguments = {"factory": LockingConnection, "check_same_thread": False, "timeout": 5}
    return {**pool, "connect_args": arguments}


def watch(engine: Engine) -> None:
    """Install the SQLite habits on an engine; does nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: LockingConnection, record: Any) -> None:
    del record
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=5000",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # what REPLACE deletes is refused by the triggers, too
        "cache_size=-16000",
        "mmap_size=134217728",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    row = connection.execute("PRAGMA database_list").fetchone()
    if row and row[2]:
        connection.guard_with(f"{row[2]}.write.lock")


def _begin_sqlite(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, LockingConnection)
    if _write_intent.get():
        raw.begin_write()
    else:
        raw.execute("BEGIN")


def _receive() -> None:
    """Have all of a form before the first query: on SQLite a write begins with the writers' lock.

    A phone with a poor signal takes a minute to send a photo; nobody is to wait for it.
    """
    if request.method not in SAFE_METHODS:
        request.get_data(parse_form_data=True)


def reads_only(view: View) -> View:
    """Mark a view that posts and writes no row: many a second of it wait for no writer."""
    view.reads_only = True  # type: ignore[attr-defined]
    return view


def _choose_intent() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    is_read = request.method in SAFE_METHODS or getattr(view, "reads_only", False)
    _write_intent.set(not is_read)


def _forget_intent(error: BaseException | None) -> None:
    """Leave nothing behind: what runs next in this thread may be no request at all."""
    del error
    _write_intent.set(True)


@event.listens_for(Session, "before_flush")
def _refuse_writes_on_reads(session: Session, context: Any, instances: Any) -> None:
    del context, instances
    if "apart" in session.info:
        return
    if not _write_intent.get() and (session.new or session.dirty or session.deleted):
        message = f"{request.endpoint if has_request_context() else 'a read'} tried to write"
        raise ReadsNeverWrite(message)


@contextmanager
def apart() -> Iterator[Session]:
    """Give a session of its own that writes and commits at the end, for the audit of looking.

    Inside a writing request use the request's session instead: two writers in one thread would
    wait for each other.
    """
    with Session(db.engine, expire_on_commit=False, info={"apart": True}) as session:
        token = _write_intent.set(True)
        try:
            # The intent holds for this one BEGIN only: should the caller's own session wake up in
            # between, it must not queue behind the lock we hold.
            session.connection()
        finally:
            _write_intent.reset(token)
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[None]:
    """Declare a stretch of a command or task read-only: it then waits for no writer."""
    token = _write_intent.set(False)
    try:
        yield
    finally:
        _write_intent.reset(token)


def within(column: Any, path: str) -> Any:
    """Return the condition "column lies at or below path": one range of the column's index."""
    return (column >= path) & (column < beyond(path))


def beyond(path: str) -> str:
    """Return the first text behind everything at or below a path: "." is followed by "/"."""
    return f"{path[:-1]}/"


class Question:
    """A read that is asked all day, by polls and players: its SQL is made once.

    In a reading request on SQLite it goes straight to the driver, as a transaction of its own: all
    that a session does around such a query costs eight times the query. On PostgreSQL it goes
    through the session, whose one transaction saves round trips. The rows are the driver's, so the
    columns must be numbers and texts; truth values come as 0 and 1 perhaps.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._made: tuple[str, list[tuple[str, Callable[[Any], Any] | None]]] | None = None
        self._fixed: dict[str, Any] = {}

    def ask(self, session: Session | scoped_session[Any], **values: Any) -> Sequence[Any]:
        """Return all rows."""
        engine = db.engine
        if _write_intent.get() or engine.dialect.name != "sqlite":
            return session.connection().execute(self._statement, values).all()
        if self._made is None:
            self._made = self._make(engine.dialect)
        text, places = self._made
        values = self._fixed | values
        filled = [values[name] if given is None else given(values[name]) for name, given in places]
        connection = engine.raw_connection()
        try:
            return connection.cursor().execute(text, filled).fetchall()  # type: ignore[no-any-return]
        finally:
            connection.close()

    def _make(self, dialect: Dialect) -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]]]:
        made = self._statement.compile(dialect=dialect)
        # What the statement holds itself, and the OFFSET 0 that SQLite's LIMIT brings along.
        self._fixed = {name: made.params[name] for name in made.positiontup or ()}
        return str(made), [
            (name, made.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in made.positiontup or ()
        ]


def append_only(table: Table) -> None:
    """Have the database itself refuse UPDATE and DELETE on a table, on both engines."""
    made_with(table, lambda dialect: append_only_statements(table.name, dialect))


def made_with(table: Table, statements: Callable[[str], list[str]]) -> None:
    """Have statements, by the dialect's name, run wherever the table is made from the models."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect):
            ddl: Any = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def append_only_statements(name: str, dialect: str) -> list[str]:
    """Return the statements behind ``append_only``; migrations run the very same ones."""
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        known = f"SELECT 1 FROM {name} WHERE id = NEW.id"  # noqa: S608 — our own tables' names
        return [
            *(
                f"CREATE TRIGGER IF NOT EXISTS {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
                + refuse
                for verb in ("UPDATE", "DELETE")
            ),
            # INSERT OR REPLACE deletes without the trigger above, unless they are recursive.
            (
                f"CREATE TRIGGER IF NOT EXISTS {name}_no_replace BEFORE INSERT ON {name} "
                f"WHEN EXISTS ({known}) {refuse}"
            ),
        ]
    return [
        (
            f"CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{name} is append-only'; END $$ LANGUAGE plpgsql"
        ),
        (
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_append_only()"
        ),
    ]
