"""Words about a stock beside the ledger; goods handed over without their code

Both directions. Notes people wrote before stay in the ledger, which is append-only; going back
drops what was written beside it since.

Revision ID: 0030
Revises: 0029
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WORDS = "points_stock_words"
KEPT = {
    "delete": ("DELETE", ""),
    "change": ("UPDATE OF id, entry_id, goods_id", ""),
    "other_words": ("UPDATE OF words", " WHEN (NEW.words <> '')"),
}


def key(table: str, column: str, to: str) -> sa.Constraint:
    name = f"fk_{table}_{column}_{to.partition('.')[0]}"
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        WORDS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("goods_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        key(WORDS, "entry_id", "points_entry.id"),
        key(WORDS, "goods_id", "points_goods.id"),
        sa.PrimaryKeyConstraint("id", name="pk_points_stock_words"),
        sa.UniqueConstraint("entry_id", name="uq_points_stock_words_entry_id"),
    )
    op.create_index("ix_points_stock_words_goods_id", WORDS, ["goods_id"], unique=False)
    _keep_words()
    op.create_table(
        "points_handing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("redemption_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("objected_by", sa.Integer(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("looked_by", sa.Integer(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(objected_at IS NULL) = (objected_by IS NULL)",
            name="ck_points_handing_objected_by_one",
        ),
        sa.CheckConstraint(
            "(looked_at IS NULL) = (looked_by IS NULL)", name="ck_points_handing_looked_at_by_one"
        ),
        key("points_handing", "redemption_id", "points_redemption.id"),
        key("points_handing", "objected_by", "account.id"),
        key("points_handing", "looked_by", "account.id"),
        sa.PrimaryKeyConstraint("id", name="pk_points_handing"),
        sa.UniqueConstraint("redemption_id", name="uq_points_handing_redemption_id"),
    )
    waiting = sa.text("looked_at IS NULL")
    op.create_index(
        "ix_points_handing_waiting",
        "points_handing",
        ["id"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _keep_words() -> None:
    """Let nothing of a row be changed but its words, and those only be emptied."""
    for name, (act, when) in KEPT.items():
        trigger = f"{WORDS}_no_{name}"
        refused = f"{WORDS} is append-only: no {name.replace('_', ' ')}"
        begin = f"CREATE TRIGGER {trigger} BEFORE {act} ON {WORDS}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"{begin}{when} BEGIN SELECT RAISE(ABORT, '{refused}'); END")
            continue
        op.execute(
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS $$ BEGIN"
            f" RAISE EXCEPTION '{refused}'; END $$ LANGUAGE plpgsql"
        )
        op.execute(f"{begin} FOR EACH ROW{when} EXECUTE FUNCTION {trigger}()")


def downgrade() -> None:
    op.drop_table("points_handing")
    op.drop_table(WORDS)
    if op.get_bind().dialect.name == "postgresql":
        for name in KEPT:
            op.execute(f"DROP FUNCTION {WORDS}_no_{name}()")
