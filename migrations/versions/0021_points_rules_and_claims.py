"""Rules of points and the meetings that adopted them; claims, their photos, steps and gatherings

Both directions; the previous release knows nothing of it.

Revision ID: 0021
Revises: 0020
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As they were when this was written: a migration names its own text and never follows the code.
STEPS_KEPT = {
    "sqlite": (
        """CREATE TRIGGER points_claim_step_no_delete BEFORE DELETE ON points_claim_step BEGIN
        SELECT RAISE(ABORT, 'points_claim_step is append-only: no delete'); END""",
        """CREATE TRIGGER points_claim_step_no_change BEFORE UPDATE OF id, claim_id, at, by, verb,
        state ON points_claim_step BEGIN
        SELECT RAISE(ABORT, 'points_claim_step is append-only: no change');
        END""",
        """CREATE TRIGGER points_claim_step_no_other_words BEFORE UPDATE OF words ON
        points_claim_step WHEN (NEW.words <> '') BEGIN
        SELECT RAISE(ABORT, 'points_claim_step is append-only: no other words');
        END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION points_claim_step_no_delete() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION 'points_claim_step is append-only: no delete'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_claim_step_no_delete BEFORE DELETE ON points_claim_step FOR EACH
        ROW EXECUTE FUNCTION points_claim_step_no_delete()""",
        """CREATE OR REPLACE FUNCTION points_claim_step_no_change() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION 'points_claim_step is append-only: no change'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_claim_step_no_change BEFORE UPDATE OF id, claim_id, at, by, verb,
        state ON points_claim_step FOR EACH ROW EXECUTE FUNCTION points_claim_step_no_change()""",
        """CREATE OR REPLACE FUNCTION points_claim_step_no_other_words() RETURNS trigger AS $$
        BEGIN RAISE EXCEPTION 'points_claim_step is append-only: no other words'; END $$
        LANGUAGE plpgsql""",
        """CREATE TRIGGER points_claim_step_no_other_words BEFORE UPDATE OF words ON
        points_claim_step FOR EACH ROW WHEN (NEW.words <> '') EXECUTE FUNCTION
        points_claim_step_no_other_words()""",
    ),
}
APPEND_ONLY = ("points_meeting", "points_rule")
TABLES = (
    "points_claim_step",
    "points_claim_photo",
    "points_gathering",
    "points_claim",
    "points_rule",
    "points_meeting",
)
PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "points_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("in_favour", sa.Integer(), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("abstained", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "in_favour + against + abstained <= present",
            name="ck_points_meeting_votes_of_those_there",
        ),
        sa.CheckConstraint("in_favour > against", name="ck_points_meeting_adopted"),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name="fk_points_meeting_grid_id_grid", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["account.id"],
            name="fk_points_meeting_recorded_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_meeting"),
    )
    op.create_index("ix_points_meeting_grid_id", "points_meeting", ["grid_id"], unique=False)
    op.create_table(
        "points_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("sign", words("earn", "deduct"), nullable=False),
        sa.Column(
            "dimension", words("participation", "contribution", "supervision"), nullable=False
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("units_max", sa.Integer(), nullable=False),
        sa.Column("evidence", words("none", "words", "photo"), nullable=False),
        sa.Column("level", words("grid_member", "office", "secretary"), nullable=False),
        sa.Column("occasion", words("incident", "patrol", "camera"), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("publicity_days", sa.Integer(), nullable=False),
        sa.Column("cap_day", sa.Integer(), nullable=True),
        sa.Column("cap_week", sa.Integer(), nullable=True),
        sa.Column("cap_month", sa.Integer(), nullable=True),
        sa.Column("cap_year", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("cap_day >= points", name="ck_points_rule_a_day_holds_one_unit"),
        sa.CheckConstraint("cap_month >= points", name="ck_points_rule_a_month_holds_one_unit"),
        sa.CheckConstraint("cap_week >= points", name="ck_points_rule_a_week_holds_one_unit"),
        sa.CheckConstraint("cap_year >= points", name="ck_points_rule_a_year_holds_one_unit"),
        sa.CheckConstraint("publicity_days BETWEEN 1 AND 30", name="ck_points_rule_made_public"),
        sa.CheckConstraint(
            "version > 0 AND points > 0 AND units_max > 0", name="ck_points_rule_of_something"
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name="fk_points_rule_grid_id_grid", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["points_meeting.id"],
            name="fk_points_rule_meeting_id_points_meeting",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["account.id"],
            name="fk_points_rule_recorded_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_rule"),
        sa.UniqueConstraint("code", "version", name="uq_points_rule_code_version"),
    )
    op.create_index("ix_points_rule_grid_id", "points_rule", ["grid_id"], unique=False)
    op.create_table(
        "points_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", words("own", "member", "gathering", "offered"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column(
            "state",
            words(
                "submitted",
                "publicity",
                "disputed",
                "posted",
                "refused",
                "withdrawn",
                "corrected",
                "reversed",
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("publicity_ends_on", sa.Date(), nullable=True),
        sa.Column("pending_id", sa.Integer(), nullable=True),
        sa.Column("posted_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approved_by <> made_by", name="ck_points_claim_approved_by_another"),
        sa.CheckConstraint("units > 0 AND points > 0", name="ck_points_claim_of_something"),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["account.id"],
            name="fk_points_claim_approved_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_points_claim_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_points_claim_made_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_points_claim_party_id_party", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["pending_id"],
            ["points_entry.id"],
            name="fk_points_claim_pending_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["posted_id"],
            ["points_entry.id"],
            name="fk_points_claim_posted_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["points_claim.id"],
            name="fk_points_claim_replaces_id_points_claim",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["points_rule.id"],
            name="fk_points_claim_rule_id_points_rule",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_claim"),
        sa.UniqueConstraint("replaces_id", name="uq_points_claim_replaces_id"),
    )
    op.create_index(
        "ix_points_claim_grid_path_state",
        "points_claim",
        ["grid_path", "state", "id"],
        unique=False,
    )
    op.create_index(
        "ix_points_claim_party_id_rule_code",
        "points_claim",
        ["party_id", "rule_code", "happened_on"],
        unique=False,
    )
    op.create_index("ix_points_claim_pending_id", "points_claim", ["pending_id"], unique=False)
    op.create_index("ix_points_claim_posted_id", "points_claim", ["posted_id"], unique=False)
    op.create_index(
        "ix_points_claim_state_publicity_ends_on",
        "points_claim",
        ["state", "publicity_ends_on"],
        unique=False,
    )
    op.create_index(
        "uq_points_claim_event_rule_code_party_id",
        "points_claim",
        ["event", "rule_code", "party_id"],
        unique=True,
        sqlite_where=sa.text(
            "event <> '' AND state NOT IN ('refused', 'withdrawn', 'corrected', 'reversed')"
        ),
        postgresql_where=sa.text(
            "event <> '' AND state NOT IN ('refused', 'withdrawn', 'corrected', 'reversed')"
        ),
    )
    op.create_table(
        "points_gathering",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_points_gathering_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_points_gathering_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["points_rule.id"],
            name="fk_points_gathering_rule_id_points_rule",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_gathering"),
    )
    op.create_index(
        "ix_points_gathering_grid_path", "points_gathering", ["grid_path", "id"], unique=False
    )
    op.create_table(
        "points_claim_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["points_claim.id"],
            name="fk_points_claim_photo_claim_id_points_claim",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_claim_photo"),
    )
    op.create_index(
        "ix_points_claim_photo_claim_id", "points_claim_photo", ["claim_id"], unique=False
    )
    op.create_table(
        "points_claim_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "verb",
            words(
                "approve",
                "refuse",
                "withdraw",
                "object",
                "dismiss",
                "uphold",
                "amend",
                "post",
                "undo",
                "reverse",
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            words(
                "submitted",
                "publicity",
                "disputed",
                "posted",
                "refused",
                "withdrawn",
                "corrected",
                "reversed",
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_points_claim_step_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["points_claim.id"],
            name="fk_points_claim_step_claim_id_points_claim",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_claim_step"),
    )
    op.create_index(
        "ix_points_claim_step_claim_id", "points_claim_step", ["claim_id", "id"], unique=False
    )
    for table in APPEND_ONLY:
        for statement in append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
    for statement in STEPS_KEPT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
        for what in ("delete", "change", "other_words"):
            op.execute(f"DROP FUNCTION points_claim_step_no_{what}()")
