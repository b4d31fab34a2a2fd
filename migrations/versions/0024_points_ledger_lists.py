"""What lists of the ledger are driven by: places, what waits, what was let go; corrections

Both directions. What was entered before gets its places here; the previous release writes entries
without knowing of them, for triggers keep these tables.

Revision ID: 0024
Revises: 0023
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# As they were when this was written: a migration names its own text and never follows the code.
KEEPING = {
    "sqlite": (
        """CREATE TRIGGER points_transfer_placed AFTER INSERT ON points_transfer BEGIN INSERT INTO
        points_entry_place (entry_id, party_id, grid_path, community_path) SELECT NEW.entry_id,
        p.id, p.grid_path, CASE WHEN g.kind <> 'community' AND u.kind = 'community' THEN u.path
        WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path ELSE g.path END FROM
        points_account a JOIN party p ON p.id = a.party_id JOIN grid g ON g.path = p.grid_path
        LEFT JOIN grid u ON u.id = g.parent_id LEFT JOIN grid c ON c.id = u.parent_id WHERE a.id
        IN (NEW.debit_id, NEW.credit_id) ON CONFLICT DO NOTHING; INSERT INTO points_waiting
        (transfer_id, entry_id) SELECT NEW.id, NEW.entry_id WHERE NEW.phase = 'pending'; DELETE
        FROM points_waiting WHERE transfer_id = NEW.of_id; INSERT INTO points_let_go (entry_id)
        SELECT v.entry_id FROM points_transfer v WHERE NEW.phase = 'void' AND v.id IN (NEW.id,
        NEW.of_id) ON CONFLICT DO NOTHING; END""",
        """CREATE TRIGGER points_party_moves AFTER UPDATE OF grid_path ON party FOR EACH ROW WHEN
        (NEW.grid_path <> OLD.grid_path) BEGIN UPDATE points_entry_place SET grid_path =
        NEW.grid_path, community_path = (SELECT CASE WHEN g.kind <> 'community' AND u.kind =
        'community' THEN u.path WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path
        ELSE g.path END FROM party p JOIN grid g ON g.path = p.grid_path LEFT JOIN grid u ON
        u.id = g.parent_id LEFT JOIN grid c ON c.id = u.parent_id WHERE p.id = NEW.id) WHERE
        party_id = NEW.id; END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION points_transfer_placed() RETURNS trigger AS $$ BEGIN INSERT
        INTO points_entry_place (entry_id, party_id, grid_path, community_path) SELECT
        NEW.entry_id, p.id, p.grid_path, CASE WHEN g.kind <> 'community' AND u.kind =
        'community' THEN u.path WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path
        ELSE g.path END FROM points_account a JOIN party p ON p.id = a.party_id JOIN grid g ON
        g.path = p.grid_path LEFT JOIN grid u ON u.id = g.parent_id LEFT JOIN grid c ON c.id =
        u.parent_id WHERE a.id IN (NEW.debit_id, NEW.credit_id) ON CONFLICT DO NOTHING; INSERT
        INTO points_waiting (transfer_id, entry_id) SELECT NEW.id, NEW.entry_id WHERE NEW.phase
        = 'pending'; DELETE FROM points_waiting WHERE transfer_id = NEW.of_id; INSERT INTO
        points_let_go (entry_id) SELECT v.entry_id FROM points_transfer v WHERE NEW.phase =
        'void' AND v.id IN (NEW.id, NEW.of_id) ON CONFLICT DO NOTHING; RETURN NULL; END $$
        LANGUAGE plpgsql""",
        """CREATE TRIGGER points_transfer_placed AFTER INSERT ON points_transfer FOR EACH ROW
        EXECUTE FUNCTION points_transfer_placed()""",
        """CREATE OR REPLACE FUNCTION points_party_moves() RETURNS trigger AS $$ BEGIN UPDATE
        points_entry_place SET grid_path = NEW.grid_path, community_path = (SELECT CASE WHEN
        g.kind <> 'community' AND u.kind = 'community' THEN u.path WHEN g.kind <> 'community'
        AND c.kind = 'community' THEN c.path ELSE g.path END FROM party p JOIN grid g ON g.path
        = p.grid_path LEFT JOIN grid u ON u.id = g.parent_id LEFT JOIN grid c ON c.id =
        u.parent_id WHERE p.id = NEW.id) WHERE party_id = NEW.id; RETURN NULL; END $$ LANGUAGE
        plpgsql""",
        """CREATE TRIGGER points_party_moves AFTER UPDATE OF grid_path ON party FOR EACH ROW WHEN
        (NEW.grid_path <> OLD.grid_path) EXECUTE FUNCTION points_party_moves()""",
    ),
}
FILLED = (
    """INSERT INTO points_entry_place (entry_id, party_id, grid_path, community_path) SELECT
    DISTINCT t.entry_id, p.id, p.grid_path, CASE WHEN g.kind <> 'community' AND u.kind =
    'community' THEN u.path WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path
    ELSE g.path END FROM points_transfer t JOIN points_account a ON a.id IN (t.debit_id,
    t.credit_id) JOIN party p ON p.id = a.party_id JOIN grid g ON g.path = p.grid_path LEFT
    JOIN grid u ON u.id = g.parent_id LEFT JOIN grid c ON c.id = u.parent_id""",
    """INSERT INTO points_waiting (transfer_id, entry_id) SELECT id, entry_id FROM
    points_transfer t WHERE phase = 'pending' AND NOT EXISTS (SELECT 1 FROM points_transfer
    d WHERE d.of_id = t.id)""",
    """INSERT INTO points_let_go (entry_id) SELECT entry_id FROM points_transfer t WHERE phase
    = 'void' UNION SELECT o.entry_id FROM points_transfer t JOIN points_transfer o ON o.id =
    t.of_id WHERE t.phase = 'void'""",
)
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
    for statement in (*FILLED, *KEEPING[op.get_bind().dialect.name]):
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
