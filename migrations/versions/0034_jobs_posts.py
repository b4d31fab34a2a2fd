"""Companies that offer work, and their posts

Both directions; the previous release knows none of these tables.

Revision ID: 0034
Revises: 0033
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_post_guard BEFORE INSERT ON jobs_post BEGIN SELECT "
            "RAISE(ABORT, 'jobs_post is of a verified company') WHERE NEW.state = "
            "'published' AND NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = "
            "NEW.company_id AND state = 'verified'); SELECT RAISE(ABORT, 'jobs_post holds "
            "for 90 days at most') WHERE NEW.state = 'published' AND NEW.valid_through > "
            "date(coalesce(NEW.renewed_on, date(NEW.published_at, '+8 hours')), '+90 "
            "days'); END"
        ),
        (
            "CREATE TRIGGER jobs_post_guard_change BEFORE UPDATE ON jobs_post BEGIN SELECT "
            "RAISE(ABORT, 'jobs_post is of a verified company') WHERE NEW.state = "
            "'published' AND NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = "
            "NEW.company_id AND state = 'verified'); SELECT RAISE(ABORT, 'jobs_post holds "
            "for 90 days at most') WHERE NEW.state = 'published' AND NEW.valid_through > "
            "date(coalesce(NEW.renewed_on, date(NEW.published_at, '+8 hours')), '+90 "
            "days'); END"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company BEGIN SELECT "
            "RAISE(ABORT, 'jobs_company of published posts stays verified') WHERE NEW.state "
            "<> 'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = NEW.id "
            "AND state = 'published'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_company_step_no_update BEFORE UPDATE ON "
            "jobs_company_step BEGIN SELECT RAISE(ABORT, 'jobs_company_step is "
            "append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_company_step_no_delete BEFORE DELETE ON "
            "jobs_company_step BEGIN SELECT RAISE(ABORT, 'jobs_company_step is "
            "append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_company_step_no_replace BEFORE INSERT ON "
            "jobs_company_step WHEN EXISTS (SELECT 1 FROM jobs_company_step WHERE id = "
            "NEW.id) BEGIN SELECT RAISE(ABORT, 'jobs_company_step is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_step_no_update BEFORE UPDATE ON "
            "jobs_post_step BEGIN SELECT RAISE(ABORT, 'jobs_post_step is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_step_no_delete BEFORE DELETE ON "
            "jobs_post_step BEGIN SELECT RAISE(ABORT, 'jobs_post_step is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_step_no_replace BEFORE INSERT ON "
            "jobs_post_step WHEN EXISTS (SELECT 1 FROM jobs_post_step WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'jobs_post_step is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_override_no_update BEFORE UPDATE ON "
            "jobs_post_override BEGIN SELECT RAISE(ABORT, 'jobs_post_override is "
            "append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_override_no_delete BEFORE DELETE ON "
            "jobs_post_override BEGIN SELECT RAISE(ABORT, 'jobs_post_override is "
            "append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_post_override_no_replace BEFORE INSERT ON "
            "jobs_post_override WHEN EXISTS (SELECT 1 FROM jobs_post_override WHERE id = "
            "NEW.id) BEGIN SELECT RAISE(ABORT, 'jobs_post_override is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_post_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = "
            "NEW.company_id AND state = 'verified') THEN RAISE EXCEPTION 'jobs_post is of a "
            "verified company'; END IF; IF NEW.state = 'published' AND NEW.valid_through > "
            "coalesce(NEW.renewed_on, (NEW.published_at AT TIME ZONE "
            "'Asia/Shanghai')::date) + 90 THEN RAISE EXCEPTION 'jobs_post holds for 90 days "
            "at most'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_guard BEFORE INSERT ON jobs_post FOR EACH ROW EXECUTE "
            "FUNCTION jobs_post_guard()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_post_guard_change() RETURNS trigger AS $$ "
            "BEGIN IF NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM jobs_company "
            "WHERE id = NEW.company_id AND state = 'verified') THEN RAISE EXCEPTION "
            "'jobs_post is of a verified company'; END IF; IF NEW.state = 'published' AND "
            "NEW.valid_through > coalesce(NEW.renewed_on, (NEW.published_at AT TIME ZONE "
            "'Asia/Shanghai')::date) + 90 THEN RAISE EXCEPTION 'jobs_post holds for 90 days "
            "at most'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_guard_change BEFORE UPDATE ON jobs_post FOR EACH ROW "
            "EXECUTE FUNCTION jobs_post_guard_change()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_company_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state <> 'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = "
            "NEW.id AND state = 'published') THEN RAISE EXCEPTION 'jobs_company of "
            "published posts stays verified'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company FOR EACH ROW "
            "EXECUTE FUNCTION jobs_company_guard()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_company_step_append_only() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'jobs_company_step is append-only'; END $$ LANGUAGE "
            "plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_step_append_only BEFORE UPDATE OR DELETE OR "
            "TRUNCATE ON jobs_company_step FOR EACH STATEMENT EXECUTE FUNCTION "
            "jobs_company_step_append_only()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_post_step_append_only() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'jobs_post_step is append-only'; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON jobs_post_step FOR EACH STATEMENT EXECUTE FUNCTION "
            "jobs_post_step_append_only()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_post_override_append_only() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'jobs_post_override is append-only'; END $$ LANGUAGE "
            "plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_override_append_only BEFORE UPDATE OR DELETE OR "
            "TRUNCATE ON jobs_post_override FOR EACH STATEMENT EXECUTE FUNCTION "
            "jobs_post_override_append_only()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "jobs_occupation",
        sa.Column("code", PATH, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("also", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_jobs_occupation"),
    )
    op.create_table(
        "jobs_skill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("skill", "certificate", native_enum=False, length=20), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_skill"),
        sa.UniqueConstraint("name", name="uq_jobs_skill_name"),
    )
    op.create_table(
        "jobs_company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "state",
            sa.Enum("unverified", "verified", "suspended", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("licence_seen_on", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.Integer(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recheck_due_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'verified' OR (verified_by IS NOT NULL AND verified_at IS NOT NULL"
            " AND licence_seen_on IS NOT NULL AND recheck_due_on IS NOT NULL)",
            name="ck_jobs_company_verified_by_what_was_seen",
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name="ck_jobs_company_placed_whole"
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_company_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_company_made_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_jobs_company_party_id_party", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["verified_by"],
            ["account.id"],
            name="fk_jobs_company_verified_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_company"),
        sa.UniqueConstraint("party_id", name="uq_jobs_company_party_id"),
    )
    op.create_index(
        "ix_jobs_company_grid_path_id", "jobs_company", ["grid_path", "id"], unique=False
    )
    op.create_index(
        "ix_jobs_company_state_recheck_due_on",
        "jobs_company",
        ["state", "recheck_due_on"],
        unique=False,
    )
    op.create_table(
        "jobs_company_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("unverified", "verified", "suspended", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_company_step_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["jobs_company.id"],
            name="fk_jobs_company_step_company_id_jobs_company",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_company_step"),
    )
    op.create_index(
        "ix_jobs_company_step_company_id_id",
        "jobs_company_step",
        ["company_id", "id"],
        unique=False,
    )
    op.create_table(
        "jobs_handler",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("letter_seen_on", sa.Date(), nullable=False),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_jobs_handler_account_id_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["jobs_company.id"],
            name="fk_jobs_handler_company_id_jobs_company",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["account.id"], name="fk_jobs_handler_seen_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_handler"),
        sa.UniqueConstraint(
            "company_id", "account_id", name="uq_jobs_handler_company_id_account_id"
        ),
    )
    op.create_index("ix_jobs_handler_account_id", "jobs_handler", ["account_id"], unique=False)
    op.create_table(
        "jobs_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "published",
                "filled",
                "expired",
                "withdrawn",
                "removed",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("occupation_code", PATH, nullable=False),
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
            nullable=False,
        ),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("openings_left", sa.Integer(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("benefits", sa.Text(), nullable=False),
        sa.Column("how_to_apply", sa.Text(), nullable=False),
        sa.Column(
            "shift",
            sa.Enum(
                "day", "evening", "night", "rotating", "flexible", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("to_minute", sa.Integer(), nullable=True),
        sa.Column("hours_words", sa.Text(), nullable=False),
        sa.Column("pay_min_fen", sa.Integer(), nullable=False),
        sa.Column("pay_max_fen", sa.Integer(), nullable=False),
        sa.Column(
            "pay_unit",
            sa.Enum("month", "day", "hour", "piece", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("pay_words", sa.Text(), nullable=False),
        sa.Column("has_insurance", sa.Boolean(), nullable=False),
        sa.Column("has_housing", sa.Boolean(), nullable=False),
        sa.Column("has_meals", sa.Boolean(), nullable=False),
        sa.Column("experience_months", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("is_forwarded", sa.Boolean(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.Column("second_reviewed_by", sa.Integer(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(source_name <> '') = is_forwarded", name="ck_jobs_post_forwarded_from_somewhere"
        ),
        sa.CheckConstraint(
            "(state <> 'filled') OR openings_left = 0", name="ck_jobs_post_filled_is_full"
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'filled') OR (reviewed_by IS NOT NULL"
            " AND published_at IS NOT NULL AND valid_through IS NOT NULL)",
            name="ck_jobs_post_published_after_a_review",
        ),
        sa.CheckConstraint(
            "(from_minute IS NULL) = (to_minute IS NULL)", name="ck_jobs_post_hours_whole"
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name="ck_jobs_post_placed_whole"
        ),
        sa.CheckConstraint("openings > 0", name="ck_jobs_post_of_some_openings"),
        sa.CheckConstraint(
            "openings_left >= 0 AND openings_left <= openings", name="ck_jobs_post_openings_left"
        ),
        sa.CheckConstraint(
            "pay_min_fen > 0 AND pay_max_fen >= pay_min_fen", name="ck_jobs_post_pay_from_to"
        ),
        sa.CheckConstraint("reviewed_by <> made_by", name="ck_jobs_post_reviewed_by_another"),
        sa.CheckConstraint("weekdays BETWEEN 0 AND 127", name="ck_jobs_post_days_of_a_week"),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["jobs_company.id"],
            name="fk_jobs_post_company_id_jobs_company",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_post_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_post_made_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["occupation_code"],
            ["jobs_occupation.code"],
            name="fk_jobs_post_occupation_code_jobs_occupation",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"],
            ["account.id"],
            name="fk_jobs_post_reviewed_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["second_reviewed_by"],
            ["account.id"],
            name="fk_jobs_post_second_reviewed_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post"),
    )
    op.create_index("ix_jobs_post_company_id_id", "jobs_post", ["company_id", "id"], unique=False)
    op.create_index(
        "ix_jobs_post_grid_path_state", "jobs_post", ["grid_path", "state", "id"], unique=False
    )
    op.create_index(
        "ix_jobs_post_live_occupation",
        "jobs_post",
        ["occupation_code", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "ix_jobs_post_live_place",
        "jobs_post",
        ["latitude", "longitude"],
        unique=False,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "ix_jobs_post_state_valid_through", "jobs_post", ["state", "valid_through"], unique=False
    )
    op.create_table(
        "jobs_post_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_post_override_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_post_override_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post_override"),
    )
    op.create_index(
        "ix_jobs_post_override_post_id", "jobs_post_override", ["post_id"], unique=False
    )
    op.create_table(
        "jobs_post_skill",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=False),
        sa.Column("is_must", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_post_skill_post_id_jobs_post",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"],
            ["jobs_skill.id"],
            name="fk_jobs_post_skill_skill_id_jobs_skill",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("post_id", "skill_id", name="pk_jobs_post_skill"),
    )
    op.create_index("ix_jobs_post_skill_skill_id", "jobs_post_skill", ["skill_id"], unique=False)
    op.create_table(
        "jobs_post_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "verb",
            sa.Enum(
                "submit",
                "return",
                "publish",
                "fill",
                "reopen",
                "expire",
                "renew",
                "withdraw",
                "remove",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "published",
                "filled",
                "expired",
                "withdrawn",
                "removed",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_post_step_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_post_step_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post_step"),
    )
    op.create_index(
        "ix_jobs_post_step_post_id_id", "jobs_post_step", ["post_id", "id"], unique=False
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("jobs_post_step")
    op.drop_table("jobs_post_skill")
    op.drop_table("jobs_post_override")
    op.drop_table("jobs_post")
    op.drop_table("jobs_handler")
    op.drop_table("jobs_company_step")
    op.drop_table("jobs_company")
    op.drop_table("jobs_skill")
    op.drop_table("jobs_occupation")
    if op.get_bind().dialect.name == "postgresql":
        for name in (
            "jobs_post_guard",
            "jobs_post_guard_change",
            "jobs_company_guard",
            "jobs_company_step_append_only",
            "jobs_post_step_append_only",
            "jobs_post_override_append_only",
        ):
            op.execute(f"DROP FUNCTION {name}()")
