"""Seekers, wishes, referrals and placements

Both directions; the previous release knows none of these tables.

Revision ID: 0035
Revises: 0034
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_wish_step_no_delete BEFORE DELETE ON jobs_wish_step BEGIN "
            "SELECT RAISE(ABORT, 'jobs_wish_step is append-only: no delete'); END"
        ),
        (
            "CREATE TRIGGER jobs_wish_step_no_change BEFORE UPDATE OF id, wish_id, at, by, "
            "verb, reached, state ON jobs_wish_step BEGIN SELECT RAISE(ABORT, "
            "'jobs_wish_step is append-only: no change'); END"
        ),
        (
            "CREATE TRIGGER jobs_wish_step_no_other_words BEFORE UPDATE OF words ON "
            "jobs_wish_step WHEN (NEW.words <> '') BEGIN SELECT RAISE(ABORT, "
            "'jobs_wish_step is append-only: no other words'); END"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_delete BEFORE DELETE ON "
            "jobs_referral_step BEGIN SELECT RAISE(ABORT, 'jobs_referral_step is "
            "append-only: no delete'); END"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_change BEFORE UPDATE OF id, referral_id, "
            "at, by, verb, state ON jobs_referral_step BEGIN SELECT RAISE(ABORT, "
            "'jobs_referral_step is append-only: no change'); END"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_other_words BEFORE UPDATE OF words ON "
            "jobs_referral_step WHEN (NEW.words <> '') BEGIN SELECT RAISE(ABORT, "
            "'jobs_referral_step is append-only: no other words'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_decision_no_update BEFORE UPDATE ON "
            "jobs_decision BEGIN SELECT RAISE(ABORT, 'jobs_decision is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_decision_no_delete BEFORE DELETE ON "
            "jobs_decision BEGIN SELECT RAISE(ABORT, 'jobs_decision is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_decision_no_replace BEFORE INSERT ON "
            "jobs_decision WHEN EXISTS (SELECT 1 FROM jobs_decision WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'jobs_decision is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_wish_step_no_delete() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'jobs_wish_step is append-only: no delete'; END $$ "
            "LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_wish_step_no_delete BEFORE DELETE ON jobs_wish_step FOR "
            "EACH ROW EXECUTE FUNCTION jobs_wish_step_no_delete()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_wish_step_no_change() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'jobs_wish_step is append-only: no change'; END $$ "
            "LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_wish_step_no_change BEFORE UPDATE OF id, wish_id, at, by, "
            "verb, reached, state ON jobs_wish_step FOR EACH ROW EXECUTE FUNCTION "
            "jobs_wish_step_no_change()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_wish_step_no_other_words() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'jobs_wish_step is append-only: no other words'; END "
            "$$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_wish_step_no_other_words BEFORE UPDATE OF words ON "
            "jobs_wish_step FOR EACH ROW WHEN (NEW.words <> '') EXECUTE FUNCTION "
            "jobs_wish_step_no_other_words()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_referral_step_no_delete() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'jobs_referral_step is append-only: no delete'; END "
            "$$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_delete BEFORE DELETE ON "
            "jobs_referral_step FOR EACH ROW EXECUTE FUNCTION "
            "jobs_referral_step_no_delete()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_referral_step_no_change() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'jobs_referral_step is append-only: no change'; END "
            "$$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_change BEFORE UPDATE OF id, referral_id, "
            "at, by, verb, state ON jobs_referral_step FOR EACH ROW EXECUTE FUNCTION "
            "jobs_referral_step_no_change()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_referral_step_no_other_words() RETURNS trigger "
            "AS $$ BEGIN RAISE EXCEPTION 'jobs_referral_step is append-only: no other "
            "words'; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_referral_step_no_other_words BEFORE UPDATE OF words ON "
            "jobs_referral_step FOR EACH ROW WHEN (NEW.words <> '') EXECUTE FUNCTION "
            "jobs_referral_step_no_other_words()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_decision_append_only() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'jobs_decision is append-only'; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON jobs_decision FOR EACH STATEMENT EXECUTE FUNCTION "
            "jobs_decision_append_only()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "jobs_seeker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("legal_age", sa.Boolean(), nullable=False),
        sa.Column("consent_words", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "legal_age OR erased_at IS NOT NULL", name="ck_jobs_seeker_of_working_age"
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_seeker_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_seeker_made_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["jobs_seeker.id"],
            name="fk_jobs_seeker_merged_into_id_jobs_seeker",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_jobs_seeker_party_id_party", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_seeker"),
    )
    op.create_index("ix_jobs_seeker_grid_path_id", "jobs_seeker", ["grid_path", "id"], unique=False)
    op.create_index("ix_jobs_seeker_party_id", "jobs_seeker", ["party_id"], unique=False)
    op.create_table(
        "jobs_seeker_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seeker_id", sa.Integer(), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "name", "phone", "id_number", "address", "health", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seeker_id"],
            ["jobs_seeker.id"],
            name="fk_jobs_seeker_contact_seeker_id_jobs_seeker",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_seeker_contact"),
        sa.UniqueConstraint("seeker_id", "field", name="uq_jobs_seeker_contact_seeker_id_field"),
    )
    op.create_index(
        "ix_jobs_seeker_contact_field_masked",
        "jobs_seeker_contact",
        ["field", "masked"],
        unique=False,
    )
    op.create_table(
        "jobs_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seeker_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "referred", "placed", "paused", "closed", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("phone", "kiosk", "desk", "visit", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("max_walk_minutes", sa.Integer(), nullable=False),
        sa.Column("pay_floor_fen", sa.Integer(), nullable=True),
        sa.Column(
            "pay_unit",
            sa.Enum("month", "day", "hour", "piece", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column(
            "employment",
            sa.Enum(
                "full_time",
                "part_time",
                "day_work",
                "seasonal",
                "intern",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("night_ok", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("pay_unit <> 'piece'", name="ck_jobs_wish_floor_by_time"),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name="ck_jobs_wish_placed_whole"
        ),
        sa.CheckConstraint(
            "(pay_floor_fen IS NULL) = (pay_unit IS NULL)", name="ck_jobs_wish_floor_whole"
        ),
        sa.CheckConstraint("max_walk_minutes > 0", name="ck_jobs_wish_as_far_as_some_minutes"),
        sa.CheckConstraint("pay_floor_fen > 0", name="ck_jobs_wish_floor_of_something"),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_wish_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_wish_made_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["account.id"],
            name="fk_jobs_wish_member_id_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["seeker_id"],
            ["jobs_seeker.id"],
            name="fk_jobs_wish_seeker_id_jobs_seeker",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish"),
    )
    op.create_index(
        "ix_jobs_wish_grid_path_state", "jobs_wish", ["grid_path", "state", "id"], unique=False
    )
    op.create_index("ix_jobs_wish_member_id", "jobs_wish", ["member_id"], unique=False)
    op.create_index(
        "ix_jobs_wish_waiting_contact",
        "jobs_wish",
        ["contacted_at", "made_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'referred')"),
        postgresql_where=sa.text("state IN ('open', 'referred')"),
    )
    op.create_index(
        "uq_jobs_wish_seeker_id_waiting",
        "jobs_wish",
        ["seeker_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'referred', 'paused')"),
        postgresql_where=sa.text("state IN ('open', 'referred', 'paused')"),
    )
    op.create_table(
        "jobs_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column(
            "skipped",
            sa.Enum(
                "seeker_declined",
                "already_asked",
                "not_fitting",
                "post_doubtful",
                "other_first",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="ck_jobs_decision_score_of_a_hundred"),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_decision_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_decision_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_decision_wish_id_jobs_wish",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_decision"),
    )
    op.create_index(
        "ix_jobs_decision_wish_id_post_id", "jobs_decision", ["wish_id", "post_id"], unique=False
    )
    op.create_table(
        "jobs_wish_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_minute >= 0 AND to_minute > from_minute", name="ck_jobs_wish_hours_from_to"
        ),
        sa.CheckConstraint(
            "to_minute <= 2160", name="ck_jobs_wish_hours_until_noon_of_the_next_day"
        ),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name="ck_jobs_wish_hours_some_days"),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_wish_hours_wish_id_jobs_wish",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish_hours"),
    )
    op.create_index("ix_jobs_wish_hours_wish_id", "jobs_wish_hours", ["wish_id"], unique=False)
    op.create_table(
        "jobs_wish_occupation",
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("code", PATH, nullable=False),
        sa.Column("experience_months", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code"],
            ["jobs_occupation.code"],
            name="fk_jobs_wish_occupation_code_jobs_occupation",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_wish_occupation_wish_id_jobs_wish",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("wish_id", "code", name="pk_jobs_wish_occupation"),
    )
    op.create_table(
        "jobs_wish_skill",
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["skill_id"],
            ["jobs_skill.id"],
            name="fk_jobs_wish_skill_skill_id_jobs_skill",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_wish_skill_wish_id_jobs_wish",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("wish_id", "skill_id", name="pk_jobs_wish_skill"),
    )
    op.create_index("ix_jobs_wish_skill_skill_id", "jobs_wish_skill", ["skill_id"], unique=False)
    op.create_table(
        "jobs_wish_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "verb",
            sa.Enum(
                "refer",
                "back",
                "place",
                "pause",
                "resume",
                "close",
                "reopen",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "reached",
            sa.Enum(
                "spoken", "no_answer", "wrong_number", "call_later", native_enum=False, length=20
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum("open", "referred", "placed", "paused", "closed", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_wish_step_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_wish_step_wish_id_jobs_wish",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish_step"),
    )
    op.create_index(
        "ix_jobs_wish_step_wish_id_id", "jobs_wish_step", ["wish_id", "id"], unique=False
    )
    op.create_table(
        "jobs_referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "referred", "interview", "offered", "placed", "ended", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("phone", "kiosk", "desk", "visit", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("interview_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interview_place", sa.Text(), nullable=False),
        sa.Column(
            "end_reason",
            sa.Enum(
                "seeker_declined",
                "no_show",
                "company_declined",
                "full",
                "post_gone",
                "left",
                "dismissed",
                "term_over",
                "placed_elsewhere",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (end_reason IS NOT NULL)",
            name="ck_jobs_referral_ended_for_a_reason",
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["jobs_decision.id"],
            name="fk_jobs_referral_decision_id_jobs_decision",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_jobs_referral_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_referral_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name="fk_jobs_referral_wish_id_jobs_wish",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_referral"),
    )
    op.create_index(
        "ix_jobs_referral_interview_at", "jobs_referral", ["interview_at"], unique=False
    )
    op.create_index(
        "ix_jobs_referral_post_id_state", "jobs_referral", ["post_id", "state"], unique=False
    )
    op.create_index(
        "uq_jobs_referral_wish_id_post_id",
        "jobs_referral",
        ["wish_id", "post_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('referred', 'interview', 'offered', 'placed')"),
        postgresql_where=sa.text("state IN ('referred', 'interview', 'offered', 'placed')"),
    )
    op.create_table(
        "jobs_placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("seeker_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("is_full_time", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("has_contract", sa.Boolean(), nullable=True),
        sa.Column("pay_fen", sa.Integer(), nullable=False),
        sa.Column(
            "pay_unit",
            sa.Enum("month", "day", "hour", "piece", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "seeker_declined",
                "no_show",
                "company_declined",
                "full",
                "post_gone",
                "left",
                "dismissed",
                "term_over",
                "placed_elsewhere",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= starts_on",
            name="ck_jobs_placement_ends_after_it_starts",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_jobs_placement_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_placement_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["jobs_referral.id"],
            name="fk_jobs_placement_referral_id_jobs_referral",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["seeker_id"],
            ["jobs_seeker.id"],
            name="fk_jobs_placement_seeker_id_jobs_seeker",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_placement"),
    )
    op.create_index("ix_jobs_placement_post_id", "jobs_placement", ["post_id"], unique=False)
    op.create_index(
        "uq_jobs_placement_referral_id",
        "jobs_placement",
        ["referral_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index(
        "uq_jobs_placement_seeker_id_full_time",
        "jobs_placement",
        ["seeker_id"],
        unique=True,
        sqlite_where=sa.text("is_full_time AND ended_on IS NULL AND undone_at IS NULL"),
        postgresql_where=sa.text("is_full_time AND ended_on IS NULL AND undone_at IS NULL"),
    )
    op.create_table(
        "jobs_referral_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "verb",
            sa.Enum(
                "invite", "offer", "place", "end", "leave", "undo", native_enum=False, length=20
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "referred", "interview", "offered", "placed", "ended", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_referral_step_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["jobs_referral.id"],
            name="fk_jobs_referral_step_referral_id_jobs_referral",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_referral_step"),
    )
    op.create_index(
        "ix_jobs_referral_step_referral_id_id",
        "jobs_referral_step",
        ["referral_id", "id"],
        unique=False,
    )
    op.create_table(
        "jobs_follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("still_there", sa.Boolean(), nullable=True),
        sa.Column("fee_asked", sa.Boolean(), nullable=True),
        sa.Column("as_posted", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (still_there IS NULL)",
            name="ck_jobs_follow_up_done_with_an_answer",
        ),
        sa.ForeignKeyConstraint(
            ["done_by"],
            ["account.id"],
            name="fk_jobs_follow_up_done_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["jobs_placement.id"],
            name="fk_jobs_follow_up_placement_id_jobs_placement",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_follow_up"),
        sa.UniqueConstraint("placement_id", "days", name="uq_jobs_follow_up_placement_id_days"),
    )
    op.create_index(
        "ix_jobs_follow_up_due",
        "jobs_follow_up",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL AND dropped_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dropped_at IS NULL"),
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("jobs_follow_up")
    op.drop_table("jobs_referral_step")
    op.drop_table("jobs_placement")
    op.drop_table("jobs_referral")
    op.drop_table("jobs_wish_step")
    op.drop_table("jobs_wish_skill")
    op.drop_table("jobs_wish_occupation")
    op.drop_table("jobs_wish_hours")
    op.drop_table("jobs_decision")
    op.drop_table("jobs_wish")
    op.drop_table("jobs_seeker_contact")
    op.drop_table("jobs_seeker")
    if op.get_bind().dialect.name == "postgresql":
        for name in (
            "jobs_wish_step_no_delete",
            "jobs_wish_step_no_change",
            "jobs_wish_step_no_other_words",
            "jobs_referral_step_no_delete",
            "jobs_referral_step_no_change",
            "jobs_referral_step_no_other_words",
            "jobs_decision_append_only",
        ):
            op.execute(f"DROP FUNCTION {name}()")
