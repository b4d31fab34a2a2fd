"""One deed of one home earns once, homes people lived in are kept, gatherings undone as one

Both directions. The home of a claim that is there already is the household of today; of several
claims of one home for one event, which a gathering could make of a household and its members, the
first has it and the others none, for the database holds the home to one from now on. Points of a
claim may be as many as an entry's. The previous release files without a home: two of its claims
may still meet.

SQLite takes a key only with its table: the table's definition is written itself, as in 0013.

Revision ID: 0027
Revises: 0026
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STANDS = "event <> '' AND state NOT IN ('refused', 'withdrawn', 'corrected', 'reversed')"
HOMES = (
    "UPDATE points_claim SET home_id = (SELECT COALESCE(party.household_id, party.id) "
    "FROM party WHERE party.id = points_claim.party_id)"
)
SECOND = (
    "UPDATE points_claim SET home_id = NULL WHERE event <> '' "
    "AND state NOT IN ('refused', 'withdrawn', 'corrected', 'reversed') AND EXISTS ("
    "SELECT 1 FROM points_claim AS sooner WHERE sooner.event = points_claim.event "
    "AND sooner.home_id = points_claim.home_id AND sooner.id < points_claim.id "
    "AND sooner.state NOT IN ('refused', 'withdrawn', 'corrected', 'reversed'))"
)


def _add_key(table: str, column: str, to: str) -> None:
    op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
    name = f"fk_{table}_{column}_{to}"
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(op.f(name), table, to, [column], ["id"], ondelete="RESTRICT")
    else:
        _define(table, f"{_definition(table).rstrip().removesuffix(')')}{_key(name, column, to)})")


def _drop_key(table: str, column: str, to: str) -> None:
    name = f"fk_{table}_{column}_{to}"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table)
    else:
        _define(table, _definition(table).replace(_key(name, column, to), ""))
    op.drop_column(table, column)


def _key(name: str, column: str, to: str) -> str:
    return f", CONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {to} (id) ON DELETE RESTRICT"


def _definition(table: str) -> str:
    asked = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"
    return str(op.get_bind().scalar(sa.text(asked), {"name": table}))


def _define(table: str, definition: str) -> None:
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": definition, "name": table},
    )
    # Every connection reads the definition anew.
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version or 0) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "party_former_home",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name="fk_party_former_home_party_id_party",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["party.id"],
            name="fk_party_former_home_household_id_party",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_party_former_home_by_account", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_party_former_home"),
    )
    op.create_index(
        "ix_party_former_home_party_id_until", "party_former_home", ["party_id", "until"]
    )
    if not is_sqlite:
        op.execute("ALTER TABLE points_claim ALTER COLUMN points TYPE BIGINT")
    _add_key("points_claim", "home_id", "party")
    op.drop_index("uq_points_claim_event_rule_code_party_id", "points_claim")
    op.create_index("ix_points_claim_event", "points_claim", ["event", "party_id"])
    op.execute(HOMES)
    op.execute(SECOND)
    op.create_index(
        "uq_points_claim_event_home_id",
        "points_claim",
        ["event", "home_id"],
        unique=True,
        sqlite_where=sa.text(STANDS),
        postgresql_where=sa.text(STANDS),
    )
    _add_key("points_correction", "gathering_id", "points_gathering")
    op.create_index("ix_points_correction_gathering_id", "points_correction", ["gathering_id"])


def downgrade() -> None:
    op.drop_index("ix_points_correction_gathering_id", "points_correction")
    _drop_key("points_correction", "gathering_id", "points_gathering")
    op.drop_index("uq_points_claim_event_home_id", "points_claim")
    op.drop_index("ix_points_claim_event", "points_claim")
    _drop_key("points_claim", "home_id", "party")
    op.create_index(
        "uq_points_claim_event_rule_code_party_id",
        "points_claim",
        ["event", "rule_code", "party_id"],
        unique=True,
        sqlite_where=sa.text(STANDS),
        postgresql_where=sa.text(STANDS),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE points_claim ALTER COLUMN points TYPE INTEGER")
    op.drop_table("party_former_home")
