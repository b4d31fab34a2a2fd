"""What lists of the ledger are driven by: places, what waits, what was let go; corrections

Both directions. What was entered before gets its places here; the previous release writes entries
without knowing of them, for triggers keep these tables.

Revision ID: 0024
Revises: 0023
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.points.models.placing import LETS_GO, PLACED, WAITS, keeping

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEXES = (
    ("points_entry", "effective_on_id", ["effective_on", "id"]),
    ("points_entry", "kind_id", ["kind", "id"]),
    ("points_entry", "rule_code_id", ["rule_code", "id"]),
    ("points_entry", "period_id_id", ["period_id", "id"]),
    ("points_entry_place", "party_id_entry_id", ["party_id", "entry_id"]),
    ("points_entry_place", "community_path_entry_id", ["community_path", "entry_id"]),
    ("points_entry_place", "grid_path_entry_id", ["grid_path", "entry_id"]),
    ("points_waiting", "entry_id", ["entry_id"]),
)
SOME = (  # of some rows only
    ("points_account", "dimension", "dimension", "dimension IS NOT NULL"),
)


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def key(table: str, column: str, to: str, *, onupdate: str | None = None) -> sa.Constraint:
    name = f"fk_{table}_{column}_{to.partition('.')[0]}"
    return sa.ForeignKeyConstraint(
        [column], [to], name=name, ondelete="RESTRICT", onupdate=onupdate
    )


def upgrade() -> None:
    path = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "points_entry_place",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("grid_path", path, nullable=False),
        sa.Column("community_path", path, nullable=False),
        key("points_entry_place", "entry_id", "points_entry.id"),
        key("points_entry_place", "party_id", "party.id"),
        key("points_entry_place", "grid_path", "grid.path", onupdate="CASCADE"),
        key("points_entry_place", "community_path", "grid.path", onupdate="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", "party_id", name="pk_points_entry_place"),
    )
    op.create_table(
        "points_waiting",
        sa.Column("transfer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        key("points_waiting", "transfer_id", "points_transfer.id"),
        key("points_waiting", "entry_id", "points_entry.id"),
        sa.PrimaryKeyConstraint("transfer_id", name="pk_points_waiting"),
    )
    op.create_table(
        "points_let_go",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        key("points_let_go", "entry_id", "points_entry.id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_points_let_go"),
    )
    _corrections()
    op.drop_index("ix_points_entry_effective_on", "points_entry")
    op.drop_index("ix_points_entry_period_id", "points_entry")
    for table, name, columns in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, columns, unique=False)
    for side in ("debit", "credit"):
        op.drop_index(f"ix_points_transfer_{side}_id_entry_id", "points_transfer")
        columns = [f"{side}_id", "entry_id", "phase", "amount"]
        op.create_index(f"ix_points_transfer_{side}_sums", "points_transfer", columns)
    for table, name, column, where in SOME:
        op.create_index(
            f"ix_{table}_{name}",
            table,
            [column],
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    for statement in (PLACED, WAITS, LETS_GO, *keeping(op.get_bind().dialect.name)):
        op.execute(statement)


def _corrections() -> None:
    op.create_table(
        "points_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            words("wrong_amount", "wrong_party", "twice", "not_done", "wrong_rule", "other"),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("state", words("asked", "confirmed", "refused"), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reversal_id", sa.Integer(), nullable=True),
        sa.Column("replacement_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "asked_by <> decided_by", name="ck_points_correction_decided_by_another"
        ),
        sa.CheckConstraint("amount > 0", name="ck_points_correction_of_something"),
        sa.CheckConstraint(
            "(state = 'confirmed') = (reversal_id IS NOT NULL)",
            name="ck_points_correction_confirmed_by_an_entry",
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_at IS NULL)",
            name="ck_points_correction_decided_at_a_time",
        ),
        key("points_correction", "asked_by", "account.id"),
        key("points_correction", "decided_by", "account.id"),
        key("points_correction", "entry_id", "points_entry.id"),
        key("points_correction", "reversal_id", "points_entry.id"),
        key("points_correction", "replacement_id", "points_entry.id"),
        sa.PrimaryKeyConstraint("id", name="pk_points_correction"),
        sa.UniqueConstraint("reversal_id", name="uq_points_correction_reversal_id"),
        sa.UniqueConstraint("replacement_id", name="uq_points_correction_replacement_id"),
    )
    stands = sa.text("state <> 'refused'")
    op.create_index(
        "uq_points_correction_entry_id",
        "points_correction",
        ["entry_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name in (("party", "party_moves"), ("points_transfer", "transfer_placed")):
        on = "" if is_sqlite else f" ON {table}"
        op.execute(f"DROP TRIGGER points_{name}{on}")
        if not is_sqlite:
            op.execute(f"DROP FUNCTION points_{name}()")
    for table, name, _column, _where in SOME:
        op.drop_index(f"ix_{table}_{name}", table)
    for side in ("debit", "credit"):
        op.drop_index(f"ix_points_transfer_{side}_sums", "points_transfer")
        columns = [f"{side}_id", "entry_id"]
        op.create_index(f"ix_points_transfer_{side}_id_entry_id", "points_transfer", columns)
    for table, name, _columns in INDEXES[:4]:
        op.drop_index(f"ix_{table}_{name}", table)
    op.create_index("ix_points_entry_effective_on", "points_entry", ["effective_on"], unique=False)
    op.create_index("ix_points_entry_period_id", "points_entry", ["period_id"], unique=False)
    for table in ("points_correction", "points_waiting", "points_let_go", "points_entry_place"):
        op.drop_table(table)
