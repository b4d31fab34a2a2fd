"""Companies that offer work, and their posts

Both directions; the previous release knows none of these tables.

Revision ID: 0034
Revises: 0033
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
APPEND_ONLY = ("jobs_company_step", "jobs_post_step", "jobs_post_override")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_post_guard BEFORE INSERT ON jobs_post BEGIN SELECT RAISE(ABORT, "
            "'jobs_post is of a verified company') WHERE NEW.state = 'published' AND NOT EXISTS "
            "(SELECT 1 FROM jobs_company WHERE id = NEW.company_id AND state = 'verified'); "
            "SELECT RAISE(ABORT, 'jobs_post holds for 90 days at most') WHERE NEW.state = "
            "'published' AND NEW.valid_through > date(coalesce(NEW.renewed_on, "
            "date(NEW.published_at, '+8 hours')), '+90 days'); END"
        ),
        (
            "CREATE TRIGGER jobs_post_guard_change BEFORE UPDATE ON jobs_post BEGIN SELECT "
            "RAISE(ABORT, 'jobs_post is of a verified company') WHERE NEW.state = 'published' AND "
            "NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = NEW.company_id AND state = "
            "'verified'); SELECT RAISE(ABORT, 'jobs_post holds for 90 days at most') WHERE "
            "NEW.state = 'published' AND NEW.valid_through > date(coalesce(NEW.renewed_on, "
            "date(NEW.published_at, '+8 hours')), '+90 days'); END"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company BEGIN SELECT "
            "RAISE(ABORT, 'jobs_company of published posts stays verified') WHERE NEW.state <> "
            "'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = NEW.id AND state = "
            "'published'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_post_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = "
            "NEW.company_id AND state = 'verified') THEN RAISE EXCEPTION 'jobs_post is of a "
            "verified company'; END IF; IF NEW.state = 'published' AND NEW.valid_through > "
            "coalesce(NEW.renewed_on, (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date) + 90 "
            "THEN RAISE EXCEPTION 'jobs_post holds for 90 days at most'; END IF; RETURN NEW; END "
            "$$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_guard BEFORE INSERT ON jobs_post FOR EACH ROW EXECUTE "
            "FUNCTION jobs_post_guard()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_post_guard_change() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = "
            "NEW.company_id AND state = 'verified') THEN RAISE EXCEPTION 'jobs_post is of a "
            "verified company'; END IF; IF NEW.state = 'published' AND NEW.valid_through > "
            "coalesce(NEW.renewed_on, (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date) + 90 "
            "THEN RAISE EXCEPTION 'jobs_post holds for 90 days at most'; END IF; RETURN NEW; END "
            "$$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_post_guard_change BEFORE UPDATE ON jobs_post FOR EACH ROW "
            "EXECUTE FUNCTION jobs_post_guard_change()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_company_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state <> 'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = "
            "NEW.id AND state = 'published') THEN RAISE EXCEPTION 'jobs_company of published "
            "posts stays verified'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company FOR EACH ROW EXECUTE "
            "FUNCTION jobs_company_guard()"
        ),
    ),
}


def whole(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def words(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


def truth(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=nullable)


def degrees(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Double(), nullable=nullable)


def link(
    table: str, name: str, other: str, *, ondelete: str = "RESTRICT", nullable: bool = False
) -> sa.Column:
    """Return a column that names a row of another table."""
    key = f"fk_{table}_{name}_{other}"
    return sa.Column(
        name,
        sa.Integer(),
        sa.ForeignKey(f"{other}.id", name=key, ondelete=ondelete),
        nullable=nullable,
    )


def within_grid(table: str) -> sa.Column:
    """Return the column that says in which grid a row lies; it moves with the grid."""
    key = sa.ForeignKey(
        "grid.path", name=f"fk_{table}_grid_path_grid", onupdate="CASCADE", ondelete="RESTRICT"
    )
    return sa.Column("grid_path", PATH, key, nullable=False)


def choice(name: str, values: str, *, nullable: bool = False) -> sa.Column:
    """Return a column of one of some words, separated by spaces."""
    kind = sa.Enum(*values.split(), native_enum=False, length=20)
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "jobs_occupation",
        sa.Column("code", PATH, nullable=False),
        words("name"),
        words("also"),
        sa.PrimaryKeyConstraint("code", name="pk_jobs_occupation"),
    )
    op.create_table(
        "jobs_skill",
        whole("id"),
        choice("kind", "skill certificate"),
        words("name"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_skill"),
        sa.UniqueConstraint("name", name="uq_jobs_skill_name"),
    )
    op.create_table(
        "jobs_company",
        whole("id"),
        link("jobs_company", "party_id", "party"),
        within_grid("jobs_company"),
        choice("state", "unverified verified suspended"),
        words("words"),
        words("address"),
        degrees("latitude", nullable=True),
        degrees("longitude", nullable=True),
        day("licence_seen_on", nullable=True),
        link("jobs_company", "verified_by", "account", nullable=True),
        moment("verified_at", nullable=True),
        day("recheck_due_on", nullable=True),
        moment("made_at"),
        link("jobs_company", "made_by", "account", nullable=True),
        whole("version"),
        sa.CheckConstraint(
            "state <> 'verified' OR (verified_by IS NOT NULL AND verified_at IS NOT NULL"
            " AND licence_seen_on IS NOT NULL AND recheck_due_on IS NOT NULL)",
            name="ck_jobs_company_verified_by_what_was_seen",
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name="ck_jobs_company_placed_whole"
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
    )
    op.create_table(
        "jobs_company_step",
        whole("id"),
        link("jobs_company_step", "company_id", "jobs_company"),
        moment("at"),
        link("jobs_company_step", "by", "account", nullable=True),
        choice("state", "unverified verified suspended"),
        words("words"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_company_step"),
    )
    op.create_index("ix_jobs_company_step_company_id_id", "jobs_company_step", ["company_id", "id"])
    op.create_table(
        "jobs_handler",
        whole("id"),
        link("jobs_handler", "company_id", "jobs_company"),
        link("jobs_handler", "account_id", "account"),
        day("letter_seen_on"),
        link("jobs_handler", "seen_by", "account", nullable=True),
        day("ends_on", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_handler"),
        sa.UniqueConstraint(
            "company_id", "account_id", name="uq_jobs_handler_company_id_account_id"
        ),
    )
    op.create_index("ix_jobs_handler_account_id", "jobs_handler", ["account_id"])
    op.create_table(
        "jobs_post",
        whole("id"),
        link("jobs_post", "company_id", "jobs_company"),
        within_grid("jobs_post"),
        choice("state", "draft submitted published filled expired withdrawn removed"),
        words("title"),
        sa.Column("occupation_code", PATH, nullable=False),
        choice("employment", "full_time part_time day_work seasonal intern"),
        whole("openings"),
        whole("openings_left"),
        words("duties"),
        words("conditions"),
        words("benefits"),
        words("how_to_apply"),
        choice("shift", "day evening night rotating flexible"),
        whole("weekdays"),
        whole("from_minute", nullable=True),
        whole("to_minute", nullable=True),
        words("hours_words"),
        whole("pay_min_fen"),
        whole("pay_max_fen"),
        choice("pay_unit", "month day hour piece"),
        words("pay_words"),
        truth("has_insurance"),
        truth("has_housing"),
        truth("has_meals"),
        whole("experience_months"),
        words("address"),
        degrees("latitude", nullable=True),
        degrees("longitude", nullable=True),
        truth("is_forwarded"),
        words("source_name"),
        whole("valid_days"),
        day("valid_through", nullable=True),
        moment("published_at", nullable=True),
        day("renewed_on", nullable=True),
        link("jobs_post", "made_by", "account", nullable=True),
        moment("made_at"),
        link("jobs_post", "reviewed_by", "account", nullable=True),
        link("jobs_post", "second_reviewed_by", "account", nullable=True),
        day("reminded_on", nullable=True),
        whole("version"),
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
            ["occupation_code"],
            ["jobs_occupation.code"],
            name="fk_jobs_post_occupation_code_jobs_occupation",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post"),
    )
    op.create_index("ix_jobs_post_company_id_id", "jobs_post", ["company_id", "id"])
    op.create_index(
        "ix_jobs_post_grid_path_state", "jobs_post", ["grid_path", "state", "id"], unique=False
    )
    op.create_index(
        "ix_jobs_post_live_occupation",
        "jobs_post",
        ["occupation_code", "id"],
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "ix_jobs_post_live_place",
        "jobs_post",
        ["latitude", "longitude"],
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "ix_jobs_post_state_valid_through", "jobs_post", ["state", "valid_through"], unique=False
    )
    op.create_table(
        "jobs_post_override",
        whole("id"),
        link("jobs_post_override", "post_id", "jobs_post"),
        words("finding"),
        words("matched"),
        words("reason"),
        link("jobs_post_override", "by", "account"),
        moment("at"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post_override"),
    )
    op.create_index(
        "ix_jobs_post_override_post_id", "jobs_post_override", ["post_id"], unique=False
    )
    op.create_table(
        "jobs_post_skill",
        link("jobs_post_skill", "post_id", "jobs_post", ondelete="CASCADE"),
        link("jobs_post_skill", "skill_id", "jobs_skill"),
        truth("is_must"),
        sa.PrimaryKeyConstraint("post_id", "skill_id", name="pk_jobs_post_skill"),
    )
    op.create_index("ix_jobs_post_skill_skill_id", "jobs_post_skill", ["skill_id"])
    op.create_table(
        "jobs_post_step",
        whole("id"),
        link("jobs_post_step", "post_id", "jobs_post"),
        moment("at"),
        link("jobs_post_step", "by", "account", nullable=True),
        choice(
            "verb", "submit return publish fill reopen expire renew withdraw remove", nullable=True
        ),
        choice("state", "draft submitted published filled expired withdrawn removed"),
        words("words"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_post_step"),
    )
    op.create_index(
        "ix_jobs_post_step_post_id_id", "jobs_post_step", ["post_id", "id"], unique=False
    )
    dialect = op.get_bind().dialect.name
    kept = [one for table in APPEND_ONLY for one in append_only_statements(table, dialect)]
    for statement in (*GUARDS[dialect], *kept):
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
