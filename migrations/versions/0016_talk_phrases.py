"""A community keeps phrases that are said through its cameras with one press

Both directions. The previous release knows no phrases.

Revision ID: 0016
Revises: 0015
Created: 2026-11-29
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "talk_phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "tongue", sa.Enum("mandarin", "sichuan", native_enum=False, length=20), nullable=False
        ),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sound_milliseconds", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_talk_phrase_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_phrase")),
    )
    op.create_index("ix_talk_phrase_grid_path_uses", "talk_phrase", ["grid_path", "uses"])
    op.create_index(op.f("ix_talk_phrase_file_key"), "talk_phrase", ["file_key"])
    with _reports_aside(), op.batch_alter_table("talk") as talk:
        talk.add_column(sa.Column("phrase_id", sa.Integer(), nullable=True))
        talk.create_foreign_key(
            op.f("fk_talk_phrase_id_talk_phrase"),
            "talk_phrase",
            ["phrase_id"],
            ["id"],
            ondelete="RESTRICT",
        )


def downgrade() -> None:
    with _reports_aside(), op.batch_alter_table("talk") as talk:
        talk.drop_constraint(op.f("fk_talk_phrase_id_talk_phrase"), type_="foreignkey")
        talk.drop_column("phrase_id")
    op.drop_table("talk_phrase")


@contextmanager
def _reports_aside() -> Iterator[None]:
    """SQLite copies the table, and drops none of whose rows another's hold fast."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("CREATE TABLE talk_misuse_aside AS SELECT * FROM talk_misuse")
        op.execute("DELETE FROM talk_misuse")
    yield
    if is_sqlite:
        op.execute("INSERT INTO talk_misuse SELECT * FROM talk_misuse_aside")
        op.execute("DROP TABLE talk_misuse_aside")
