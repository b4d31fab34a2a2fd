"""What failed is said again once; a report of misuse is looked at; what is over stays as it ended

Both directions. The previous release says again without noting of what, and looks at no report. On
SQLite the table of talks is copied, for a foreign key says what happens only when it is made; the
reports, which hold its rows fast, stand aside meanwhile.

Revision ID: 0018
Revises: 0017
Created: 2026-11-29
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BROADCAST = "fk_talk_broadcast_id_talk_broadcast"
AGAIN = "fk_talk_again_of_talk"
SEEN_BY = "fk_talk_misuse_seen_by_account"
NAMED = {"fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"}
OF_A_TALK = (
    "camera_id, account_id, role, kind, state, trouble, driver, said_at, taken_at, began_at, "
    "ended_at, spoken_milliseconds, reason, about, phrase_id, broadcast_id, again_of"
)
OF_A_MISUSE = "talk_id, account_id, at, words, seen_at, seen_by, remark"
KEPT = (
    ("talk", OF_A_TALK, "OLD.state IN ('heard', 'failed')"),
    ("talk_misuse", OF_A_MISUSE, "OLD.seen_at IS NOT NULL"),
)


def upgrade() -> None:
    # The key was made beside its column, which leaves its name to PostgreSQL.
    made = "talk_broadcast_id_fkey" if op.get_bind().dialect.name == "postgresql" else BROADCAST
    with _reports_aside(), op.batch_alter_table("talk", naming_convention=NAMED) as talk:
        talk.drop_constraint(made, type_="foreignkey")
        talk.create_foreign_key(
            BROADCAST, "talk_broadcast", ["broadcast_id"], ["id"], ondelete="RESTRICT"
        )
        talk.add_column(sa.Column("again_of", sa.Integer(), nullable=True))
        talk.create_foreign_key(AGAIN, "talk", ["again_of"], ["id"], ondelete="RESTRICT")
    op.create_index("uq_talk_again_of", "talk", ["again_of"], unique=True)
    # A chime's reason was the words on its button, in whatever language.
    op.execute("UPDATE talk SET reason = '' WHERE kind = 'test'")
    with op.batch_alter_table("talk_misuse") as misuse:
        misuse.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        misuse.add_column(sa.Column("seen_by", sa.Integer(), nullable=True))
        misuse.add_column(sa.Column("remark", sa.Text(), nullable=False, server_default=""))
        misuse.create_foreign_key(SEEN_BY, "account", ["seen_by"], ["id"], ondelete="RESTRICT")
    dialect = op.get_bind().dialect.name
    for table, columns, over in KEPT:
        for statement in _kept_once(table, columns, over, dialect):
            op.execute(statement)


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, _columns, _over in KEPT:
        for name in ("delete", "change"):
            op.execute(f"DROP TRIGGER {table}_no_{name}" + (f" ON {table}" * is_postgresql))
            if is_postgresql:
                op.execute(f"DROP FUNCTION {table}_no_{name}()")
    with op.batch_alter_table("talk_misuse") as misuse:
        misuse.drop_constraint(SEEN_BY, type_="foreignkey")
        for column in ("remark", "seen_by", "seen_at"):
            misuse.drop_column(column)
    op.drop_index("uq_talk_again_of", "talk")
    op.execute("UPDATE talk SET again_of = NULL")
    with _reports_aside(), op.batch_alter_table("talk") as talk:
        talk.drop_constraint(AGAIN, type_="foreignkey")
        talk.drop_column("again_of")
        talk.drop_constraint(BROADCAST, type_="foreignkey")
    # The key stands beside its column, where the migration before this one looks for it.
    op.drop_index("ix_talk_broadcast_id", "talk")
    op.execute("ALTER TABLE talk RENAME COLUMN broadcast_id TO broadcast_was")
    made_of = sa.ForeignKey("talk_broadcast.id", name=op.f(BROADCAST))
    op.add_column(
        "talk",
        sa.Column("broadcast_id", sa.Integer(), made_of, nullable=True),
        inline_references=True,
    )
    op.execute("UPDATE talk SET broadcast_id = broadcast_was")
    op.drop_column("talk", "broadcast_was")
    op.create_index("ix_talk_broadcast_id", "talk", ["broadcast_id"])


@contextmanager
def _reports_aside() -> Iterator[None]:
    """SQLite drops no table of whose rows another's hold fast."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("CREATE TABLE talk_misuse_aside AS SELECT * FROM talk_misuse")
        op.execute("DELETE FROM talk_misuse")
    yield
    if is_sqlite:
        op.execute("INSERT INTO talk_misuse SELECT * FROM talk_misuse_aside")
        op.execute("DROP TABLE talk_misuse_aside")


def _kept_once(table: str, columns: str, over: str, dialect: str) -> list[str]:
    """Return the statements that keep rows: none is deleted, none changed where ``over`` holds."""
    what = {"delete": ("DELETE", ""), "change": (f"UPDATE OF {columns}", f" WHEN ({over})")}
    refused = {name: f"{table} keeps its rows: no {name}" for name in what}
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table}{when} "
            f"BEGIN SELECT RAISE(ABORT, '{refused[name]}'); END"
            for name, (act, when) in what.items()
        ]
    made = []
    for name, (act, when) in what.items():
        refuse = f"BEGIN RAISE EXCEPTION '{refused[name]}'; END"
        call = f"{table}_no_{name}()"
        made += [
            f"CREATE OR REPLACE FUNCTION {call} RETURNS trigger AS $$ {refuse} $$ LANGUAGE plpgsql",
            (
                f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} FOR EACH ROW{when} "
                f"EXECUTE FUNCTION {call}"
            ),
        ]
    return made
