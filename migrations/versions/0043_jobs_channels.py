"""Channels on which posts are published outside, and what went where

Both directions; the previous release knows none of these tables.

Revision ID: 0043
Revises: 0042
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OPEN = sa.text("state IN ('pending', 'sending')")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_sending_ended BEFORE UPDATE ON jobs_sending BEGIN SELECT "
            "RAISE(ABORT, 'jobs_sending has ended and stays') WHERE OLD.ended_at IS NOT NULL; "
            "END"
        ),
        (
            "CREATE TRIGGER jobs_sending_kept BEFORE DELETE ON jobs_sending BEGIN SELECT "
            "RAISE(ABORT, 'jobs_sending is kept') WHERE OLD.id IS NOT NULL; END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_sending_ended() RETURNS trigger AS $$ BEGIN IF "
            "OLD.ended_at IS NOT NULL THEN RAISE EXCEPTION 'jobs_sending has ended and stays'; "
            "END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_sending_ended BEFORE UPDATE ON jobs_sending FOR EACH ROW "
            "EXECUTE FUNCTION jobs_sending_ended()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_sending_kept() RETURNS trigger AS $$ BEGIN IF "
            "OLD.id IS NOT NULL THEN RAISE EXCEPTION 'jobs_sending is kept'; END IF; RETURN "
            "NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_sending_kept BEFORE DELETE ON jobs_sending FOR EACH ROW "
            "EXECUTE FUNCTION jobs_sending_kept()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "jobs_outlet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("wecom", "dingtalk", "feishu", "other", "by_hand"), native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'by_hand') = (sealed IS NULL)", name="ck_jobs_outlet_address_unless_by_hand"
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_outlet_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_outlet_made_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_outlet"),
        sa.UniqueConstraint("grid_path", "name", name="uq_jobs_outlet_grid_path_name"),
    )
    _make_sending()
    op.create_table(
        "jobs_sending_post",
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_sending_post_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["sending_id"],
            ["jobs_sending.id"],
            name="fk_jobs_sending_post_sending_id_jobs_sending",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("sending_id", "post_id", name="pk_jobs_sending_post"),
    )
    op.create_index("ix_jobs_sending_post_post_id", "jobs_sending_post", ["post_id"], unique=False)
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _make_sending() -> None:
    op.create_table(
        "jobs_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum("post", "fair", "digest", "trial", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("fair_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _named("pending", "sending", "by_hand", "sent", "failed", "dropped"),
            nullable=False,
        ),
        sa.Column(
            "fault",
            _named(
                *("", "unreachable", "no_answer", "server", "too_fast", "refused", "bad_address"),
                *("words", "unusable", "not_allowed", "unsealable", "interrupted", "over", "off"),
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(subject = 'fair') = (fair_id IS NOT NULL)", name="ck_jobs_sending_fair_of_a_fair"
        ),
        sa.CheckConstraint(
            "(state IN ('sent', 'failed', 'dropped')) = (ended_at IS NOT NULL)",
            name="ck_jobs_sending_ended",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name="fk_jobs_sending_asked_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["account.id"],
            name="fk_jobs_sending_ended_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["fair_id"],
            ["jobs_fair.id"],
            name="fk_jobs_sending_fair_id_jobs_fair",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["jobs_outlet.id"],
            name="fk_jobs_sending_outlet_id_jobs_outlet",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_sending"),
    )
    for name, columns in (
        ("ix_jobs_sending_outlet_id_id", ["outlet_id", "id"]),
        ("ix_jobs_sending_outlet_id_tried_at", ["outlet_id", "tried_at"]),
        ("ix_jobs_sending_outlet_id_day", ["outlet_id", "day"]),
        ("ix_jobs_sending_fair_id", ["fair_id"]),
    ):
        op.create_index(name, "jobs_sending", columns, unique=False)
    op.create_index(
        "ix_jobs_sending_due",
        "jobs_sending",
        ["due_at", "id"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _named(*names: str) -> sa.Enum:
    return sa.Enum(*names, native_enum=False, length=20)


def downgrade() -> None:
    op.drop_table("jobs_sending_post")
    op.drop_table("jobs_sending")
    op.drop_table("jobs_outlet")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("jobs_sending_ended", "jobs_sending_kept"):
            op.execute(f"DROP FUNCTION {name}()")
