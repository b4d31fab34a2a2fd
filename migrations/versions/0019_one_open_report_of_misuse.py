"""One report of misuse by a person about a talk waits at a time, held by the database itself

Both directions; the previous release looks before it writes. Of several that wait already, which
two presses at the same moment could make, the first stays and the others are put down as its
repetition, looked at by nobody. Where the previous release still writes and two presses meet, the
second is answered as a fault of the house.

Revision ID: 0019
Revises: 0018
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SAME = (
    "UPDATE talk_misuse SET seen_at = at, remark = '同一人重复反映，并入其较早一条' "
    "WHERE seen_at IS NULL AND EXISTS (SELECT 1 FROM talk_misuse AS sooner "
    "WHERE sooner.talk_id = talk_misuse.talk_id AND sooner.account_id = talk_misuse.account_id "
    "AND sooner.seen_at IS NULL AND sooner.id < talk_misuse.id)"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # between the two statements nobody writes
        op.execute("LOCK TABLE talk_misuse IN SHARE ROW EXCLUSIVE MODE")
    op.execute(SAME)
    waiting = sa.text("seen_at IS NULL")
    op.create_index(
        "uq_talk_misuse_open",
        "talk_misuse",
        ["talk_id", "account_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_index("uq_talk_misuse_open", "talk_misuse")
