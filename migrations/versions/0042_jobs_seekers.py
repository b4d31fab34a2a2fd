"""What seekers agreed to, each time; and two seekers that were one person, joined by hand

Both directions; the previous release knows none of these tables. What was agreed to so far stands
with each seeker, and is copied from there.

Revision ID: 0042
Revises: 0041
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STANDS = sa.text("undone_at IS NULL")
CHANNELS = sa.Enum("phone", "kiosk", "desk", "visit", native_enum=False, length=20)
STATES = sa.Enum("open", "referred", "placed", "paused", "closed", native_enum=False, length=20)
MERGED = "SELECT 1 FROM jobs_seeker WHERE id = NEW.seeker_id AND merged_into_id IS NOT NULL"
APPEND_ONLY = "jobs_consent is append-only"
GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_consent_no_update BEFORE UPDATE ON jobs_consent "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_consent_no_delete BEFORE DELETE ON jobs_consent "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS jobs_consent_no_replace BEFORE INSERT ON jobs_consent "
            "WHEN EXISTS (SELECT 1 FROM jobs_consent WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'jobs_consent is append-only'); END"
        ),
        (
            "CREATE TRIGGER jobs_wish_guard BEFORE INSERT ON jobs_wish BEGIN SELECT RAISE(ABORT, "
            f"'jobs_wish is of a merged seeker') WHERE EXISTS ({MERGED}); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_consent_append_only() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_consent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
            "jobs_consent FOR EACH STATEMENT EXECUTE FUNCTION jobs_consent_append_only()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_wish_guard() RETURNS trigger AS $$ BEGIN IF EXISTS "
            f"({MERGED}) THEN RAISE EXCEPTION 'jobs_wish is of a merged seeker'; END IF; RETURN "
            "NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_wish_guard BEFORE INSERT ON jobs_wish FOR EACH ROW EXECUTE "
            "FUNCTION jobs_wish_guard()"
        ),
    ),
}
AGREED_BEFORE = """
INSERT INTO jobs_consent (seeker_id, wish_id, words, channel, at, by)
SELECT s.id, w.id, s.consent_words, w.channel, s.consented_at, s.made_by
FROM jobs_seeker s LEFT JOIN jobs_wish w
ON w.id = (SELECT min(first.id) FROM jobs_wish first WHERE first.seeker_id = s.id)
ORDER BY s.id
"""


def _to(column: str, table: str, target: str, *, ondelete: str = "RESTRICT") -> object:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "jobs_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seeker_id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channel", CHANNELS, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("filing_key", sa.Text(), nullable=True),
        _to("seeker_id", "jobs_consent", "jobs_seeker"),
        _to("wish_id", "jobs_consent", "jobs_wish"),
        _to("by", "jobs_consent", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_consent"),
        sa.UniqueConstraint("filing_key", name="uq_jobs_consent_filing_key"),
    )
    op.create_index("ix_jobs_consent_seeker_id_id", "jobs_consent", ["seeker_id", "id"])
    op.create_table(
        "jobs_seeker_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("closed_wish_id", sa.Integer(), nullable=True),
        sa.Column("closed_from", STATES, nullable=True),
        sa.Column("gave_party", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("from_id <> into_id", name="ck_jobs_seeker_merge_of_two"),
        sa.CheckConstraint(
            "(closed_wish_id IS NULL) = (closed_from IS NULL)",
            name="ck_jobs_seeker_merge_closed_from_a_state",
        ),
        _to("from_id", "jobs_seeker_merge", "jobs_seeker"),
        _to("into_id", "jobs_seeker_merge", "jobs_seeker"),
        _to("by", "jobs_seeker_merge", "account"),
        _to("closed_wish_id", "jobs_seeker_merge", "jobs_wish"),
        _to("undone_by", "jobs_seeker_merge", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_seeker_merge"),
    )
    op.create_index(
        "uq_jobs_seeker_merge_from_id",
        "jobs_seeker_merge",
        ["from_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_jobs_seeker_merge_into_id", "jobs_seeker_merge", ["into_id"])
    for table, column, target in (
        ("jobs_merged_wish", "wish_id", "jobs_wish"),
        ("jobs_merged_pass", "pass_id", "jobs_fair_pass"),
    ):
        op.create_table(
            table,
            sa.Column("merge_id", sa.Integer(), nullable=False),
            sa.Column(column, sa.Integer(), nullable=False),
            _to("merge_id", table, "jobs_seeker_merge", ondelete="CASCADE"),
            _to(column, table, target),
            sa.PrimaryKeyConstraint("merge_id", column, name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.execute(AGREED_BEFORE)
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER jobs_wish_guard" + (" ON jobs_wish" if is_postgresql else ""))
    op.drop_table("jobs_merged_pass")
    op.drop_table("jobs_merged_wish")
    op.drop_table("jobs_seeker_merge")
    op.drop_table("jobs_consent")
    if is_postgresql:
        for name in ("jobs_wish_guard", "jobs_consent_append_only"):
            op.execute(f"DROP FUNCTION {name}()")
