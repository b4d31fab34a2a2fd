"""The board's index of posts: FTS5 on SQLite, a tsvector on PostgreSQL

Both directions. Posts published before are found after `intranet jobs reindex`.

Revision ID: 0037
Revises: 0035
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
EMPLOYMENT = ("full_time", "part_time", "day_work", "seasonal", "intern")
SHIFT = ("day", "evening", "night", "rotating", "flexible")
GONE = (
    "INSERT INTO jobs_listed_words(jobs_listed_words, rowid, words)"
    " VALUES ('delete', OLD.seq, OLD.words)"
)
COME = "INSERT INTO jobs_listed_words(rowid, words) VALUES (NEW.seq, NEW.words)"
BEGIN = "CREATE TRIGGER jobs_listed"
SQLITE = (
    (
        "CREATE VIRTUAL TABLE jobs_listed_words USING fts5(words, content='jobs_listed',"
        " content_rowid='seq', tokenize=\"ascii tokenchars '@'\")"
    ),
    f"{BEGIN}_come AFTER INSERT ON jobs_listed BEGIN {COME}; END",
    f"{BEGIN}_gone AFTER DELETE ON jobs_listed BEGIN {GONE}; END",
    f"{BEGIN}_changed AFTER UPDATE OF words ON jobs_listed BEGIN {GONE}; {COME}; END",
)


def upgrade() -> None:
    op.create_table(
        "jobs_listed",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=False),
        sa.Column("occupation_code", PATH, nullable=False),
        sa.Column("employment", sa.Enum(*EMPLOYMENT, native_enum=False, length=20), nullable=False),
        sa.Column("shift", sa.Enum(*SHIFT, native_enum=False, length=20), nullable=False),
        sa.Column("pay_month_fen", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["occupation_code"],
            ["jobs_occupation.code"],
            name=op.f("fk_jobs_listed_occupation_code_jobs_occupation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name=op.f("fk_jobs_listed_post_id_jobs_post"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_jobs_listed")),
        sa.UniqueConstraint("post_id", name=op.f("uq_jobs_listed_post_id")),
    )
    op.create_index("ix_jobs_listed_occupation_code", "jobs_listed", ["occupation_code"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
    else:
        op.execute("ALTER TABLE jobs_listed ALTER COLUMN words SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE jobs_listed SET (toast_tuple_target = 128)")
        op.create_index(
            "ix_jobs_listed_words",
            "jobs_listed",
            ["words"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


def downgrade() -> None:
    op.drop_table("jobs_listed")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE jobs_listed_words")
