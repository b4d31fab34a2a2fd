"""What was said through a camera may be about an incident, and be written down in words

Both directions. The previous release fills neither column and reads neither.

Revision ID: 0015
Revises: 0014
Created: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IS_ABOUT = sa.text("about <> ''")


def upgrade() -> None:
    op.add_column("talk", sa.Column("about", sa.Text(), nullable=False, server_default=""))
    op.add_column("talk", sa.Column("transcript", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "ix_talk_about", "talk", ["about"], sqlite_where=IS_ABOUT, postgresql_where=IS_ABOUT
    )


def downgrade() -> None:
    op.drop_index("ix_talk_about", "talk")
    op.drop_column("talk", "transcript")
    op.drop_column("talk", "about")
