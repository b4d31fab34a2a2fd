"""The year's end: verifications kept, roots of years made public, years opened again

Both directions. Going back, what was found by verifications and the roots printed beside heads are
lost; the heads themselves stay.

Revision ID: 0029
Revises: 0027
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

KEPT = "points_anchor_root"
SQLITE = (
    *(
        f"CREATE TRIGGER IF NOT EXISTS {KEPT}_no_{verb.lower()} BEFORE {verb} ON {KEPT} "
        f"BEGIN SELECT RAISE(ABORT, '{KEPT} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    """CREATE TRIGGER IF NOT EXISTS points_anchor_root_no_replace
    BEFORE INSERT ON points_anchor_root
    WHEN EXISTS (SELECT 1 FROM points_anchor_root WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'points_anchor_root is append-only'); END""",
)
POSTGRESQL = (
    (
        f"CREATE OR REPLACE FUNCTION {KEPT}_append_only() RETURNS trigger AS $$ "
        f"BEGIN RAISE EXCEPTION '{KEPT} is append-only'; END $$ LANGUAGE plpgsql"
    ),
    (
        f"CREATE TRIGGER {KEPT}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {KEPT} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {KEPT}_append_only()"
    ),
)


def upgrade() -> None:
    op.create_table(
        "points_verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("first_faults", sa.Text(), nullable=False),
        sa.Column("roots", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "finished_at IS NULL OR started_at IS NOT NULL",
            name="ck_points_verification_begun_first",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name="fk_points_verification_asked_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_verification"),
    )
    op.create_table(
        KEPT,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("anchor_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"],
            ["points_anchor.id"],
            name="fk_points_anchor_root_anchor_id_points_anchor",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_anchor_root"),
        sa.UniqueConstraint("anchor_id", "year", name="uq_points_anchor_root_anchor_id_year"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    op.add_column(
        "points_settlement", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Of what was said before nobody knows against which standings: it counts for none of now.
    op.add_column(
        "points_year_objection",
        sa.Column("of_sha256", sa.Text(), nullable=False, server_default=""),
    )
    with op.batch_alter_table("points_year_objection") as table:
        table.alter_column("of_sha256", server_default=None)


def downgrade() -> None:
    op.drop_column("points_year_objection", "of_sha256")
    op.drop_column("points_settlement", "reopened_at")
    op.drop_table(KEPT)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {KEPT}_append_only()")
    op.drop_table("points_verification")
