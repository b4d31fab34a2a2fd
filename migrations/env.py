"""Alembic runs inside an app context; the engine is the app's."""

from alembic import context
from sqlalchemy import text

from intranet.db import db
from intranet.schema import metadata


def run() -> None:
    engine = db.engine
    # A pass of its own connection: DDL on SQLite must not meet the pooled ones' transactions.
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '4s'"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
