"""A text about a fair knows what of the fair it was made from, and of each post whether it went

Both directions; the previous release writes neither. A text about a fair that waits without a
digest is not sent: nobody can say any more whether the fair was changed. Which posts of a list
went is read from the text that went, where each post's address is a line of its own.

Revision ID: 0045
Revises: 0044
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

BATCH = 500
NAMES = ("jobs_sending_post_ended", "jobs_sending_post_kept")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_sending_post_ended BEFORE UPDATE ON jobs_sending_post BEGIN SELECT"
            " RAISE(ABORT, 'jobs_sending_post has ended and stays') WHERE EXISTS (SELECT 1 FROM"
            " jobs_sending WHERE id = OLD.sending_id AND ended_at IS NOT NULL); END"
        ),
        (
            "CREATE TRIGGER jobs_sending_post_kept BEFORE DELETE ON jobs_sending_post BEGIN SELECT"
            " RAISE(ABORT, 'jobs_sending_post is kept') WHERE OLD.sending_id IS NOT NULL; END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_sending_post_ended() RETURNS trigger AS $$ BEGIN IF"
            " EXISTS (SELECT 1 FROM jobs_sending WHERE id = OLD.sending_id AND ended_at IS NOT"
            " NULL) THEN RAISE EXCEPTION 'jobs_sending_post has ended and stays'; END IF; RETURN"
            " NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_sending_post_ended BEFORE UPDATE ON jobs_sending_post FOR EACH"
            " ROW EXECUTE FUNCTION jobs_sending_post_ended()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_sending_post_kept() RETURNS trigger AS $$ BEGIN IF"
            " OLD.sending_id IS NOT NULL THEN RAISE EXCEPTION 'jobs_sending_post is kept'; END IF;"
            " RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_sending_post_kept BEFORE DELETE ON jobs_sending_post FOR EACH ROW"
            " EXECUTE FUNCTION jobs_sending_post_kept()"
        ),
    ),
}


def upgrade() -> None:
    op.add_column(
        "jobs_sending", sa.Column("fair_stand", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "jobs_sending_post",
        sa.Column("is_said", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _fill()
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _fill() -> None:
    """Say of each post of a text that went whether its address stands in the text."""
    sending = sa.table("jobs_sending", *map(sa.column, ("id", "words", "state")))
    listed = sa.table(
        "jobs_sending_post", *map(sa.column, ("sending_id", "post_id", "words", "is_said"))
    )
    bind, last = op.get_bind(), (0, 0)
    while True:
        key = sa.tuple_(listed.c.sending_id, listed.c.post_id)
        batch = bind.execute(
            sa.select(listed.c.sending_id, listed.c.post_id, listed.c.words, sending.c.words)
            .join(sending, sending.c.id == listed.c.sending_id)
            .where(sending.c.words != "", key > sa.tuple_(*last))
            .order_by(listed.c.sending_id, listed.c.post_id)
            .limit(BATCH)
        ).all()
        for sending_id, post_id, lines, words in batch:
            if lines.rpartition("\n")[2] in words.split("\n"):
                bind.execute(
                    sa.update(listed)
                    .where(listed.c.sending_id == sending_id, listed.c.post_id == post_id)
                    .values(is_said=sa.true())
                )
        if len(batch) < BATCH:
            return
        last = (batch[-1][0], batch[-1][1])


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name in NAMES:
        op.execute(f"DROP TRIGGER {name}" + (" ON jobs_sending_post" if is_postgresql else ""))
        if is_postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("jobs_sending_post", "is_said")
    op.drop_column("jobs_sending", "fair_stand")
