"""Complaints of posts and their answers, employment stations, who comes in

Both directions; the previous release knows none of these tables.

Revision ID: 0041
Revises: 0040
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OPEN = sa.text("answer_id IS NULL")
KNOWN = sa.text("device IS NOT NULL")
KEPT = {
    "delete": ("DELETE", ""),
    "change": ("UPDATE OF id, post_id, wrong, at_screen, at", ""),
    "other_words": ("UPDATE OF words", " WHEN (NEW.words <> '')"),
}
FUNCTIONS = (
    *(f"jobs_complaint_no_{name}" for name in KEPT),
    "jobs_complaint_answer_append_only",
)


def upgrade() -> None:
    op.create_table(
        "jobs_complaint_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("fine", "corrected", "taken_down", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("words <> ''", name="ck_jobs_complaint_answer_says_why"),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_complaint_answer_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_complaint_answer_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_complaint_answer"),
    )
    op.create_index(
        "ix_jobs_complaint_answer_post_id_id", "jobs_complaint_answer", ["post_id", "id"]
    )
    op.create_table(
        "jobs_complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "wrong",
            sa.Enum(
                "fee",
                "not_as_posted",
                "filled",
                "unfair",
                "false_company",
                "other",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at_screen", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_complaint_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["jobs_complaint_answer.id"],
            name="fk_jobs_complaint_answer_id_jobs_complaint_answer",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_complaint"),
    )
    op.create_index("ix_jobs_complaint_post_id_id", "jobs_complaint", ["post_id", "id"])
    op.create_index("ix_jobs_complaint_answer_id", "jobs_complaint", ["answer_id"])
    partly = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index("ix_jobs_complaint_open", "jobs_complaint", ["post_id"], **partly)
    partly = {"sqlite_where": KNOWN, "postgresql_where": KNOWN}
    op.create_index("ix_jobs_complaint_device", "jobs_complaint", ["device", "at"], **partly)
    _create_stations()
    dialect = op.get_bind().dialect.name
    for statement in (*append_only_statements("jobs_complaint_answer", dialect), *_kept(dialect)):
        op.execute(statement)


def _create_stations() -> None:
    op.create_table(
        "jobs_station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name="ck_jobs_station_a_latitude"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name="ck_jobs_station_a_longitude"),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_station_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_station_made_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_station"),
    )
    op.create_index("ix_jobs_station_grid_path_id", "jobs_station", ["grid_path", "id"])
    op.create_table(
        "jobs_station_screen",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_jobs_station_screen_account_id_account",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["jobs_station.id"],
            name="fk_jobs_station_screen_station_id_jobs_station",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_jobs_station_screen"),
    )
    op.create_index("ix_jobs_station_screen_station_id", "jobs_station_screen", ["station_id"])
    op.create_table(
        "jobs_desk_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("work", "company", "other", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_desk_visit_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_desk_visit_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_desk_visit"),
    )
    op.create_index("ix_jobs_desk_visit_grid_path_at", "jobs_desk_visit", ["grid_path", "at"])


def _kept(dialect: str) -> list[str]:
    """Return the statements that keep complaints; only their words can be emptied."""
    made = []
    for name, (act, when) in KEPT.items():
        trigger = f"jobs_complaint_no_{name}"
        refused = f"jobs_complaint is append-only: no {name.replace('_', ' ')}"
        begin = f"CREATE TRIGGER {trigger} BEFORE {act} ON jobs_complaint"
        if dialect == "sqlite":
            made.append(f"{begin}{when} BEGIN SELECT RAISE(ABORT, '{refused}'); END")
        else:
            made += [
                (
                    f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS $$ BEGIN RAISE "
                    f"EXCEPTION '{refused}'; END $$ LANGUAGE plpgsql"
                ),
                f"{begin} FOR EACH ROW{when} EXECUTE FUNCTION {trigger}()",
            ]
    return made


def downgrade() -> None:
    op.drop_table("jobs_desk_visit")
    op.drop_table("jobs_station_screen")
    op.drop_table("jobs_station")
    op.drop_table("jobs_complaint")
    op.drop_table("jobs_complaint_answer")
    if op.get_bind().dialect.name == "postgresql":
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
