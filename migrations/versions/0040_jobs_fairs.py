"""Job fairs: booths and their posts, passes, walk-ins, interviews, what came of them

Both directions; the previous release knows none of these tables.

Revision ID: 0040
Revises: 0038
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
BOOKED = sa.text("cancelled_at IS NULL")
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_fair_booth_guard BEFORE INSERT ON jobs_fair_booth BEGIN "
            "SELECT RAISE(ABORT, 'jobs_fair_booth is of a verified company') WHERE NOT EXISTS "
            "(SELECT 1 FROM jobs_company WHERE id = NEW.company_id AND state = 'verified'); "
            "END"
        ),
        (
            "CREATE TRIGGER jobs_fair_post_guard BEFORE INSERT ON jobs_fair_post BEGIN SELECT "
            "RAISE(ABORT, 'jobs_fair_post is a live post of the same company') WHERE NOT "
            "EXISTS (SELECT 1 FROM jobs_post p JOIN jobs_fair_booth b ON b.company_id = "
            "p.company_id WHERE b.id = NEW.booth_id AND p.id = NEW.post_id AND p.state = "
            "'published'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_fair_booth_guard() RETURNS trigger AS $$ BEGIN "
            "IF NOT EXISTS (SELECT 1 FROM jobs_company WHERE id = NEW.company_id AND state = "
            "'verified') THEN RAISE EXCEPTION 'jobs_fair_booth is of a verified company'; END "
            "IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_fair_booth_guard BEFORE INSERT ON jobs_fair_booth FOR EACH "
            "ROW EXECUTE FUNCTION jobs_fair_booth_guard()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_fair_post_guard() RETURNS trigger AS $$ BEGIN IF "
            "NOT EXISTS (SELECT 1 FROM jobs_post p JOIN jobs_fair_booth b ON b.company_id = "
            "p.company_id WHERE b.id = NEW.booth_id AND p.id = NEW.post_id AND p.state = "
            "'published') THEN RAISE EXCEPTION 'jobs_fair_post is a live post of the same "
            "company'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_fair_post_guard BEFORE INSERT ON jobs_fair_post FOR EACH ROW "
            "EXECUTE FUNCTION jobs_fair_post_guard()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "jobs_fair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column(
            "state",
            sa.Enum("planned", "open", "over", "called_off", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity > 0", name="ck_jobs_fair_room_for_some"),
        sa.CheckConstraint(
            "from_minute >= 0 AND to_minute > from_minute AND to_minute <= 1440",
            name="ck_jobs_fair_from_to",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_jobs_fair_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name="fk_jobs_fair_made_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair"),
    )
    op.create_index(
        "ix_jobs_fair_grid_path_held_on", "jobs_fair", ["grid_path", "held_on"], unique=False
    )
    op.create_index("ix_jobs_fair_state_held_on", "jobs_fair", ["state", "held_on"], unique=False)
    op.create_table(
        "jobs_fair_booth",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=True),
        sa.Column("intentions", sa.Integer(), nullable=True),
        sa.Column("offers", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name="ck_jobs_fair_booth_numbered_from_one"),
        sa.CheckConstraint(
            "visitors >= 0 AND intentions >= 0 AND offers >= 0", name="ck_jobs_fair_booth_counted"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["jobs_company.id"],
            name="fk_jobs_fair_booth_company_id_jobs_company",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["fair_id"],
            ["jobs_fair.id"],
            name="fk_jobs_fair_booth_fair_id_jobs_fair",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair_booth"),
        sa.UniqueConstraint("fair_id", "company_id", name="uq_jobs_fair_booth_fair_id_company_id"),
        sa.UniqueConstraint("fair_id", "number", name="uq_jobs_fair_booth_fair_id_number"),
    )
    op.create_index(
        "ix_jobs_fair_booth_company_id", "jobs_fair_booth", ["company_id"], unique=False
    )
    op.create_table(
        "jobs_fair_post",
        sa.Column("booth_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booth_id"],
            ["jobs_fair_booth.id"],
            name="fk_jobs_fair_post_booth_id_jobs_fair_booth",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name="fk_jobs_fair_post_post_id_jobs_post",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("booth_id", "post_id", name="pk_jobs_fair_post"),
    )
    op.create_index("ix_jobs_fair_post_post_id", "jobs_fair_post", ["post_id"], unique=False)
    op.create_table(
        "jobs_fair_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("seeker_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "used_by IS NULL OR used_at IS NOT NULL", name="ck_jobs_fair_pass_used_at_some_time"
        ),
        sa.ForeignKeyConstraint(
            ["fair_id"],
            ["jobs_fair.id"],
            name="fk_jobs_fair_pass_fair_id_jobs_fair",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_jobs_fair_pass_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["seeker_id"],
            ["jobs_seeker.id"],
            name="fk_jobs_fair_pass_seeker_id_jobs_seeker",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["used_by"],
            ["account.id"],
            name="fk_jobs_fair_pass_used_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair_pass"),
        sa.UniqueConstraint("fair_id", "seeker_id", name="uq_jobs_fair_pass_fair_id_seeker_id"),
        sa.UniqueConstraint("token", name="uq_jobs_fair_pass_token"),
    )
    op.create_index("ix_jobs_fair_pass_seeker_id", "jobs_fair_pass", ["seeker_id"], unique=False)
    op.create_table(
        "jobs_fair_walk_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_jobs_fair_walk_in_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["fair_id"],
            ["jobs_fair.id"],
            name="fk_jobs_fair_walk_in_fair_id_jobs_fair",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair_walk_in"),
    )
    op.create_index(
        "ix_jobs_fair_walk_in_fair_id_id", "jobs_fair_walk_in", ["fair_id", "id"], unique=False
    )
    op.create_table(
        "jobs_fair_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booth_id", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0 AND places > 0", name="ck_jobs_fair_slot_for_some"),
        sa.ForeignKeyConstraint(
            ["booth_id"],
            ["jobs_fair_booth.id"],
            name="fk_jobs_fair_slot_booth_id_jobs_fair_booth",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair_slot"),
        sa.UniqueConstraint(
            "booth_id", "from_minute", name="uq_jobs_fair_slot_booth_id_from_minute"
        ),
    )
    op.create_table(
        "jobs_fair_booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_jobs_fair_booking_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pass_id"],
            ["jobs_fair_pass.id"],
            name="fk_jobs_fair_booking_pass_id_jobs_fair_pass",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["jobs_fair_slot.id"],
            name="fk_jobs_fair_booking_slot_id_jobs_fair_slot",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_fair_booking"),
    )
    op.create_index("ix_jobs_fair_booking_pass_id", "jobs_fair_booking", ["pass_id"], unique=False)
    op.create_index(
        "uq_jobs_fair_booking_slot_id_pass_id",
        "jobs_fair_booking",
        ["slot_id", "pass_id"],
        unique=True,
        sqlite_where=BOOKED,
        postgresql_where=BOOKED,
    )
    op.create_table(
        "jobs_fair_referral",
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("booth_id", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booth_id"],
            ["jobs_fair_booth.id"],
            name="fk_jobs_fair_referral_booth_id_jobs_fair_booth",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pass_id"],
            ["jobs_fair_pass.id"],
            name="fk_jobs_fair_referral_pass_id_jobs_fair_pass",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["jobs_referral.id"],
            name="fk_jobs_fair_referral_referral_id_jobs_referral",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("referral_id", name="pk_jobs_fair_referral"),
    )
    op.create_index(
        "ix_jobs_fair_referral_booth_id", "jobs_fair_referral", ["booth_id"], unique=False
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("jobs_fair_referral")
    op.drop_table("jobs_fair_booking")
    op.drop_table("jobs_fair_slot")
    op.drop_table("jobs_fair_walk_in")
    op.drop_table("jobs_fair_pass")
    op.drop_table("jobs_fair_post")
    op.drop_table("jobs_fair_booth")
    op.drop_table("jobs_fair")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("jobs_fair_booth_guard", "jobs_fair_post_guard"):
            op.execute(f"DROP FUNCTION {name}()")
