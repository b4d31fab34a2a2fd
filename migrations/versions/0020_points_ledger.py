"""The points ledger: accounts, years, entries of transfers, anchors, and what guards them

Both directions; the previous release knows no points.

Revision ID: 0020
Revises: 0019
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

APPEND_ONLY = ("points_entry", "points_transfer", "points_anchor")
TABLES = (
    "points_transfer",
    "points_anchor",
    "points_entry",
    "points_period",
    "points_account",
)
FUNCTIONS = (
    *(f"{table}_append_only" for table in APPEND_ONLY),
    "points_account_kept",
    "points_entry_guard",
    "points_entry_whole",
    "points_transfer_guard",
    "points_transfer_applies",
)

# As they were when this was written: a migration names its own text and never follows the code.
FIXED = {
    "sqlite": (
        """CREATE TRIGGER points_account_no_change BEFORE UPDATE OF code, ledger, kind, side,
        party_id, year, dimension, floor ON points_account BEGIN SELECT RAISE(ABORT,
        'points_account keeps its rows'); END""",
        """CREATE TRIGGER points_account_no_delete BEFORE DELETE ON points_account BEGIN SELECT
        RAISE(ABORT, 'points_account keeps its rows'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION points_account_kept() RETURNS trigger AS $$ BEGIN RAISE
        EXCEPTION 'points_account keeps its rows'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_account_no_change BEFORE UPDATE OF code, ledger, kind, side,
        party_id, year, dimension, floor ON points_account FOR EACH ROW EXECUTE FUNCTION
        points_account_kept()""",
        """CREATE TRIGGER points_account_no_delete BEFORE DELETE OR TRUNCATE ON points_account FOR
        EACH STATEMENT EXECUTE FUNCTION points_account_kept()""",
    ),
}
GUARDS = {
    "sqlite": (
        """CREATE TRIGGER points_entry_guard BEFORE INSERT ON points_entry BEGIN SELECT
        RAISE(ABORT, 'points_entry is a chain without gaps') WHERE NEW.id <> 1 + (SELECT
        coalesce(max(id), 0) FROM points_entry) OR NEW.previous_hash <> coalesce((SELECT hash
        FROM points_entry WHERE id = NEW.id - 1),
        '0000000000000000000000000000000000000000000000000000000000000000'); SELECT RAISE(ABORT,
        'points_entry is dated in an open period') WHERE NOT EXISTS (SELECT 1 FROM points_period
        WHERE id = NEW.period_id AND state = 'open' AND NEW.effective_on BETWEEN starts_on AND
        ends_on); SELECT RAISE(ABORT, 'points_entry reverses no reversal') WHERE EXISTS (SELECT
        1 FROM points_entry WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL); END""",
        """CREATE TRIGGER points_transfer_guard BEFORE INSERT ON points_transfer BEGIN SELECT
        RAISE(ABORT, 'points_transfer stays in one ledger') WHERE (SELECT ledger FROM
        points_account WHERE id = NEW.debit_id) <> (SELECT ledger FROM points_account WHERE id =
        NEW.credit_id); SELECT RAISE(ABORT, 'points_transfer posts or lets go what is pending')
        WHERE NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_transfer WHERE id =
        NEW.of_id AND phase = 'pending' AND debit_id = NEW.debit_id AND credit_id =
        NEW.credit_id AND amount = NEW.amount);
        SELECT RAISE(ABORT, 'points_transfer belongs to the newest entry')
        WHERE NEW.entry_id <> (SELECT max(id) FROM points_entry) OR NEW.number > (SELECT
        transfer_count FROM points_entry WHERE id = NEW.entry_id) OR NEW.number < 1; END""",
        """CREATE TRIGGER points_transfer_applies AFTER INSERT ON points_transfer BEGIN UPDATE
        points_account SET debits_posted = debits_posted + CASE WHEN NEW.phase IN ('posted',
        'post') THEN NEW.amount ELSE 0 END, debits_pending = debits_pending + CASE NEW.phase
        WHEN 'pending' THEN NEW.amount WHEN 'posted' THEN 0 ELSE -NEW.amount END WHERE id =
        NEW.debit_id; UPDATE points_account SET credits_posted = credits_posted + CASE WHEN
        NEW.phase IN ('posted', 'post') THEN NEW.amount ELSE 0 END, credits_pending =
        credits_pending + CASE NEW.phase WHEN 'pending' THEN NEW.amount WHEN 'posted' THEN 0
        ELSE -NEW.amount END WHERE id = NEW.credit_id; END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION points_entry_guard() RETURNS trigger AS $$ BEGIN IF NEW.id <>
        1 + (SELECT coalesce(max(id), 0) FROM points_entry) OR NEW.previous_hash <>
        coalesce((SELECT hash FROM points_entry WHERE id = NEW.id - 1),
        '0000000000000000000000000000000000000000000000000000000000000000') THEN RAISE EXCEPTION
        'points_entry is a chain without gaps'; END IF; IF NOT EXISTS (SELECT 1 FROM
        points_period WHERE id = NEW.period_id AND state = 'open' AND NEW.effective_on BETWEEN
        starts_on AND ends_on) THEN RAISE EXCEPTION 'points_entry is dated in an open period';
        END IF; IF EXISTS (SELECT 1 FROM points_entry WHERE id = NEW.reverses_id AND reverses_id
        IS NOT NULL) THEN RAISE EXCEPTION 'points_entry reverses no reversal'; END IF; RETURN
        NEW; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_entry_guard BEFORE INSERT ON points_entry FOR EACH ROW EXECUTE
        FUNCTION points_entry_guard()""",
        """CREATE OR REPLACE FUNCTION points_entry_whole() RETURNS trigger AS $$ BEGIN IF (SELECT
        count(*) FROM points_transfer WHERE entry_id = NEW.id) <> NEW.transfer_count THEN RAISE
        EXCEPTION 'points_entry has all its transfers'; END IF; RETURN NULL; END $$ LANGUAGE
        plpgsql""",
        """CREATE CONSTRAINT TRIGGER points_entry_whole AFTER INSERT ON points_entry DEFERRABLE
        INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION points_entry_whole()""",
        """CREATE OR REPLACE FUNCTION points_transfer_guard() RETURNS trigger AS $$ BEGIN IF
        (SELECT ledger FROM points_account WHERE id = NEW.debit_id) <> (SELECT ledger FROM
        points_account WHERE id = NEW.credit_id) THEN
        RAISE EXCEPTION 'points_transfer stays in one ledger';
        END IF; IF NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_transfer WHERE id
        = NEW.of_id AND phase = 'pending' AND debit_id = NEW.debit_id AND credit_id =
        NEW.credit_id AND amount = NEW.amount) THEN
        RAISE EXCEPTION 'points_transfer posts or lets go what is pending';
        END IF; IF NEW.entry_id <> (SELECT max(id) FROM points_entry) OR NEW.number > (SELECT
        transfer_count FROM points_entry WHERE id = NEW.entry_id) OR NEW.number < 1 THEN RAISE
        EXCEPTION 'points_transfer belongs to the newest entry'; END IF; RETURN NEW; END $$
        LANGUAGE plpgsql""",
        """CREATE TRIGGER points_transfer_guard BEFORE INSERT ON points_transfer FOR EACH ROW
        EXECUTE FUNCTION points_transfer_guard()""",
        """CREATE OR REPLACE FUNCTION points_transfer_applies() RETURNS trigger AS $$ BEGIN UPDATE
        points_account SET debits_posted = debits_posted + CASE WHEN NEW.phase IN ('posted',
        'post') THEN NEW.amount ELSE 0 END, debits_pending = debits_pending + CASE NEW.phase
        WHEN 'pending' THEN NEW.amount WHEN 'posted' THEN 0 ELSE -NEW.amount END WHERE id =
        NEW.debit_id; UPDATE points_account SET credits_posted = credits_posted + CASE WHEN
        NEW.phase IN ('posted', 'post') THEN NEW.amount ELSE 0 END, credits_pending =
        credits_pending + CASE NEW.phase WHEN 'pending' THEN NEW.amount WHEN 'posted' THEN 0
        ELSE -NEW.amount END WHERE id = NEW.credit_id; RETURN NULL; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_transfer_applies AFTER INSERT ON points_transfer FOR EACH ROW
        EXECUTE FUNCTION points_transfer_applies()""",
    ),
}


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "points_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            words(
                "party", "issued", "redeemed", "expired", "deducted", "stock", "supplied", "handed"
            ),
            nullable=False,
        ),
        sa.Column("side", words("credit", "debit"), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column(
            "dimension", words("participation", "contribution", "supervision"), nullable=True
        ),
        sa.Column("floor", sa.Integer(), nullable=True),
        sa.Column("debits_posted", sa.BigInteger(), nullable=False),
        sa.Column("credits_posted", sa.BigInteger(), nullable=False),
        sa.Column("debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credits_pending", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'party') = (party_id IS NOT NULL)",
            name="ck_points_account_a_partys_has_its_party",
        ),
        sa.CheckConstraint(
            "floor IS NULL"
            " OR (side = 'credit' AND credits_posted - debits_posted - debits_pending >= floor)"
            " OR (side = 'debit' AND debits_posted - credits_posted - credits_pending >= floor)",
            name="ck_points_account_not_below_its_floor",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_points_account_party_id_party", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_account"),
        sa.UniqueConstraint("code", name="uq_points_account_code"),
    )
    op.create_index(
        "ix_points_account_party_id_year", "points_account", ["party_id", "year"], unique=False
    )
    op.create_table(
        "points_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", words("open", "closed"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("balances", sa.Text(), nullable=False),
        sa.Column("balances_sha256", sa.Text(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name="ck_points_period_closed_at_a_time"
        ),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_points_period_ends_after_it_starts"),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["account.id"],
            name="fk_points_period_closed_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["account.id"],
            name="fk_points_period_confirmed_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_period"),
        sa.UniqueConstraint("year", name="uq_points_period_year"),
    )
    op.create_table(
        "points_entry",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            words(
                "grant",
                "deduct",
                "resolve",
                "reverse",
                "hold",
                "collect",
                "release",
                "supply",
                "expire",
                "award",
            ),
            nullable=False,
        ),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("actor_id <> approver_id", name="ck_points_entry_approved_by_another"),
        sa.CheckConstraint("transfer_count > 0", name="ck_points_entry_of_some_transfers"),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name="fk_points_entry_actor_id_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"],
            ["account.id"],
            name="fk_points_entry_approver_id_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["points_period.id"],
            name="fk_points_entry_period_id_points_period",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["points_entry.id"],
            name="fk_points_entry_reverses_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_entry"),
        sa.UniqueConstraint("hash", name="uq_points_entry_hash"),
        sa.UniqueConstraint("key", name="uq_points_entry_key"),
        sa.UniqueConstraint("reverses_id", name="uq_points_entry_reverses_id"),
    )
    op.create_index("ix_points_entry_effective_on", "points_entry", ["effective_on"], unique=False)
    op.create_index("ix_points_entry_event", "points_entry", ["event"], unique=False)
    op.create_index("ix_points_entry_period_id", "points_entry", ["period_id"], unique=False)
    op.create_table(
        "points_anchor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name="fk_points_anchor_by_account", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["points_entry.id"],
            name="fk_points_anchor_entry_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_anchor"),
    )
    op.create_table(
        "points_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("debit_id", sa.Integer(), nullable=False),
        sa.Column("credit_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("phase", words("posted", "pending", "post", "void"), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(phase IN ('post', 'void')) = (of_id IS NOT NULL)",
            name="ck_points_transfer_of_a_pending",
        ),
        sa.CheckConstraint("amount > 0", name="ck_points_transfer_of_something"),
        sa.CheckConstraint("debit_id <> credit_id", name="ck_points_transfer_between_two"),
        sa.ForeignKeyConstraint(
            ["credit_id"],
            ["points_account.id"],
            name="fk_points_transfer_credit_id_points_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["debit_id"],
            ["points_account.id"],
            name="fk_points_transfer_debit_id_points_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["points_entry.id"],
            name="fk_points_transfer_entry_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["of_id"],
            ["points_transfer.id"],
            name="fk_points_transfer_of_id_points_transfer",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_transfer"),
        sa.UniqueConstraint("entry_id", "number", name="uq_points_transfer_entry_id_number"),
        sa.UniqueConstraint("of_id", name="uq_points_transfer_of_id"),
    )
    op.create_index(
        "ix_points_transfer_credit_id_entry_id",
        "points_transfer",
        ["credit_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_points_transfer_debit_id_entry_id",
        "points_transfer",
        ["debit_id", "entry_id"],
        unique=False,
    )
    dialect = op.get_bind().dialect.name
    statements = [*FIXED[dialect]]
    for table in APPEND_ONLY:
        statements += append_only_statements(table, dialect)
    for statement in [*statements, *GUARDS[dialect]]:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in FUNCTIONS:
            op.execute(f"DROP FUNCTION {function}()")
