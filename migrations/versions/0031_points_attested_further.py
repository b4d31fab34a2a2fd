"""What rules say is attested; years are closed and opened by steps; corrections are mirrors

Both directions. Rules adopted before have no hash, and entries by them attest none. Steps are
written for the years that are closed.

Revision ID: 0031
Revises: 0030
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TRIGGERS = ("points_entry", "points_transfer")
PERIODS = {
    "sqlite": (
        """CREATE TRIGGER IF NOT EXISTS points_period_step_no_update BEFORE UPDATE ON
        points_period_step BEGIN SELECT RAISE(ABORT, 'points_period_step is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS points_period_step_no_delete BEFORE DELETE ON
        points_period_step BEGIN SELECT RAISE(ABORT, 'points_period_step is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS points_period_step_no_replace BEFORE INSERT ON
        points_period_step WHEN EXISTS (SELECT 1 FROM points_period_step WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'points_period_step is append-only'); END""",
        """CREATE TRIGGER points_period_guard BEFORE UPDATE ON points_period BEGIN SELECT
        RAISE(ABORT, 'points_period keeps its days') WHERE NEW.id <> OLD.id OR NEW.year <>
        OLD.year OR NEW.starts_on <> OLD.starts_on OR NEW.ends_on <> OLD.ends_on; SELECT
        RAISE(ABORT, 'points_period is closed and opened by a step') WHERE (NEW.state = 'closed'
        AND OLD.state = 'open' AND (coalesce((SELECT verb FROM points_period_step WHERE
        period_id = NEW.id ORDER BY id DESC LIMIT 1), '') <> 'close' OR EXISTS (SELECT 1 FROM
        points_period WHERE year < NEW.year AND state = 'open'))) OR (NEW.state = 'open' AND
        OLD.state = 'closed' AND (coalesce((SELECT verb FROM points_period_step WHERE period_id
        = NEW.id ORDER BY id DESC LIMIT 1), '') <> 'reopen' OR EXISTS (SELECT 1 FROM
        points_period WHERE year > NEW.year AND state = 'closed'))); SELECT RAISE(ABORT,
        'points_period is frozen') WHERE NEW.state = 'closed' AND OLD.state = 'closed' AND
        (NEW.balances <> OLD.balances OR NEW.balances_sha256 <> OLD.balances_sha256 OR
        NEW.last_entry_id <> OLD.last_entry_id OR NEW.closed_at <> OLD.closed_at); END""",
        """CREATE TRIGGER points_period_no_delete BEFORE DELETE ON points_period FOR EACH ROW BEGIN
        SELECT RAISE(ABORT, 'points_period keeps its rows'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION points_period_step_append_only() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION 'points_period_step is append-only'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_period_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON
        points_period_step FOR EACH STATEMENT EXECUTE FUNCTION points_period_step_append_only()""",
        """CREATE OR REPLACE FUNCTION points_period_guard() RETURNS trigger AS $$ BEGIN IF NEW.id
        <> OLD.id OR NEW.year <> OLD.year OR NEW.starts_on <> OLD.starts_on OR NEW.ends_on <>
        OLD.ends_on THEN RAISE EXCEPTION 'points_period keeps its days'; END IF; IF (NEW.state =
        'closed' AND OLD.state = 'open' AND (coalesce((SELECT verb FROM points_period_step WHERE
        period_id = NEW.id ORDER BY id DESC LIMIT 1), '') <> 'close' OR EXISTS (SELECT 1 FROM
        points_period WHERE year < NEW.year AND state = 'open'))) OR (NEW.state = 'open' AND
        OLD.state = 'closed' AND (coalesce((SELECT verb FROM points_period_step WHERE period_id
        = NEW.id ORDER BY id DESC LIMIT 1), '') <> 'reopen' OR EXISTS (SELECT 1 FROM
        points_period WHERE year > NEW.year AND state = 'closed'))) THEN RAISE EXCEPTION
        'points_period is closed and opened by a step'; END IF; IF NEW.state = 'closed' AND
        OLD.state = 'closed' AND (NEW.balances <> OLD.balances OR NEW.balances_sha256 <>
        OLD.balances_sha256 OR NEW.last_entry_id <> OLD.last_entry_id OR NEW.closed_at <>
        OLD.closed_at) THEN RAISE EXCEPTION 'points_period is frozen'; END IF; RETURN NEW; END
        $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_period_guard BEFORE UPDATE ON points_period FOR EACH ROW EXECUTE
        FUNCTION points_period_guard()""",
        """CREATE OR REPLACE FUNCTION points_period_kept() RETURNS trigger AS $$ BEGIN RAISE
        EXCEPTION 'points_period keeps its rows'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER points_period_no_delete BEFORE DELETE ON points_period FOR EACH ROW
        EXECUTE FUNCTION points_period_kept()""",
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
        1 FROM points_entry WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL); SELECT
        RAISE(ABORT, 'points_entry reverses all of another') WHERE (NEW.kind = 'reverse') <>
        (NEW.reverses_id IS NOT NULL) OR NEW.transfer_count <> coalesce((SELECT transfer_count
        FROM points_entry WHERE id = NEW.reverses_id), NEW.transfer_count); SELECT RAISE(ABORT,
        'points_entry gives and takes by a rule, approved by somebody') WHERE NEW.kind IN
        ('grant', 'deduct') AND (NEW.rule_code = '' OR NEW.rule_version < 1 OR NEW.approver_id
        IS NULL); END""",
        """CREATE TRIGGER points_transfer_guard BEFORE INSERT ON points_transfer BEGIN SELECT
        RAISE(ABORT, 'points_transfer stays in one ledger') WHERE (SELECT ledger FROM
        points_account WHERE id = NEW.debit_id) <> (SELECT ledger FROM points_account WHERE id =
        NEW.credit_id); SELECT RAISE(ABORT, 'points_transfer posts or lets go what is pending')
        WHERE NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_transfer WHERE id =
        NEW.of_id AND phase = 'pending' AND debit_id = NEW.debit_id AND credit_id =
        NEW.credit_id AND amount = NEW.amount);
        SELECT RAISE(ABORT, 'points_transfer mirrors what its entry reverses')
        WHERE EXISTS (SELECT 1 FROM points_entry e WHERE e.id = NEW.entry_id AND e.reverses_id
        IS NOT NULL AND (NEW.phase <> 'posted' OR NOT EXISTS (SELECT 1 FROM points_transfer w
        WHERE w.entry_id = e.reverses_id AND w.number = NEW.number AND w.debit_id =
        NEW.credit_id AND w.credit_id = NEW.debit_id AND w.amount = NEW.amount AND w.phase IN
        ('posted', 'post')))); SELECT RAISE(ABORT, 'points_transfer belongs to the newest entry')
        WHERE NEW.entry_id <> (SELECT max(id) FROM points_entry) OR NEW.number > (SELECT
        transfer_count FROM points_entry WHERE id = NEW.entry_id) OR NEW.number < 1; END""",
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
        IS NOT NULL) THEN RAISE EXCEPTION 'points_entry reverses no reversal'; END IF; IF
        (NEW.kind = 'reverse') <> (NEW.reverses_id IS NOT NULL) OR NEW.transfer_count <>
        coalesce((SELECT transfer_count FROM points_entry WHERE id = NEW.reverses_id),
        NEW.transfer_count) THEN RAISE EXCEPTION 'points_entry reverses all of another'; END IF;
        IF NEW.kind IN ('grant', 'deduct') AND (NEW.rule_code = '' OR NEW.rule_version < 1 OR
        NEW.approver_id IS NULL) THEN
        RAISE EXCEPTION 'points_entry gives and takes by a rule, approved by somebody';
        END IF; RETURN NEW; END $$ LANGUAGE plpgsql""",
        """CREATE OR REPLACE FUNCTION points_transfer_guard() RETURNS trigger AS $$ BEGIN IF
        (SELECT ledger FROM points_account WHERE id = NEW.debit_id) <> (SELECT ledger FROM
        points_account WHERE id = NEW.credit_id) THEN
        RAISE EXCEPTION 'points_transfer stays in one ledger';
        END IF; IF NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_transfer WHERE id
        = NEW.of_id AND phase = 'pending' AND debit_id = NEW.debit_id AND credit_id =
        NEW.credit_id AND amount = NEW.amount) THEN
        RAISE EXCEPTION 'points_transfer posts or lets go what is pending';
        END IF; IF EXISTS (SELECT 1 FROM points_entry e WHERE e.id = NEW.entry_id AND
        e.reverses_id IS NOT NULL AND (NEW.phase <> 'posted' OR NOT EXISTS (SELECT 1 FROM
        points_transfer w WHERE w.entry_id = e.reverses_id AND w.number = NEW.number AND
        w.debit_id = NEW.credit_id AND w.credit_id = NEW.debit_id AND w.amount = NEW.amount AND
        w.phase IN ('posted', 'post')))) THEN
        RAISE EXCEPTION 'points_transfer mirrors what its entry reverses';
        END IF; IF NEW.entry_id <> (SELECT max(id) FROM points_entry) OR NEW.number > (SELECT
        transfer_count FROM points_entry WHERE id = NEW.entry_id) OR NEW.number < 1 THEN RAISE
        EXCEPTION 'points_transfer belongs to the newest entry'; END IF; RETURN NEW; END $$
        LANGUAGE plpgsql""",
        """CREATE OR REPLACE FUNCTION points_party_moves() RETURNS trigger AS $$ BEGIN PERFORM
        pg_advisory_xact_lock(1885957748); UPDATE points_entry_place SET grid_path =
        NEW.grid_path, community_path = (SELECT CASE WHEN g.kind <> 'community' AND u.kind =
        'community' THEN u.path WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path
        ELSE g.path END FROM party p JOIN grid g ON g.path = p.grid_path LEFT JOIN grid u ON
        u.id = g.parent_id LEFT JOIN grid c ON c.id = u.parent_id WHERE p.id = NEW.id) WHERE
        party_id = NEW.id; RETURN NULL; END $$ LANGUAGE plpgsql""",
    ),
}
# As they were: 0020 and 0024.
BEFORE = {
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
        """CREATE OR REPLACE FUNCTION points_party_moves() RETURNS trigger AS $$ BEGIN UPDATE
        points_entry_place SET grid_path = NEW.grid_path, community_path = (SELECT CASE WHEN
        g.kind <> 'community' AND u.kind = 'community' THEN u.path WHEN g.kind <> 'community'
        AND c.kind = 'community' THEN c.path ELSE g.path END FROM party p JOIN grid g ON g.path
        = p.grid_path LEFT JOIN grid u ON u.id = g.parent_id LEFT JOIN grid c ON c.id =
        u.parent_id WHERE p.id = NEW.id) WHERE party_id = NEW.id; RETURN NULL; END $$ LANGUAGE
        plpgsql""",
    ),
}


def key(column: str, to: str) -> sa.Constraint:
    name = f"fk_points_period_step_{column}_{to.partition('.')[0]}"
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete="RESTRICT")


def guard(statements: dict[str, tuple[str, ...]]) -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        for table in TRIGGERS:
            op.execute(f"DROP TRIGGER {table}_guard")
    for statement in statements[dialect]:
        op.execute(statement)


def upgrade() -> None:
    for table, column in (("points_rule", "sha256"), ("points_entry", "rule_sha256")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "points_period_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.Enum("close", "reopen", native_enum=False, length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("balances_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("actor_id <> confirmed_by", name="ck_points_period_step_done_by_two"),
        key("period_id", "points_period.id"),
        key("actor_id", "account.id"),
        key("confirmed_by", "account.id"),
        sa.PrimaryKeyConstraint("id", name="pk_points_period_step"),
    )
    op.create_index("ix_points_period_step_period_id", "points_period_step", ["period_id"])
    op.execute(
        "INSERT INTO points_period_step (period_id, verb, at, actor_id, confirmed_by,"
        " last_entry_id, balances_sha256) SELECT id, 'close', closed_at, closed_by, confirmed_by,"
        " last_entry_id, balances_sha256 FROM points_period WHERE state = 'closed' ORDER BY year"
    )
    for statement in PERIODS[op.get_bind().dialect.name]:
        op.execute(statement)
    guard(GUARDS)


def downgrade() -> None:
    guard(BEFORE)
    op.execute("DROP TRIGGER points_period_guard" + of_period())
    op.execute("DROP TRIGGER points_period_no_delete" + of_period())
    op.drop_table("points_period_step")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("guard", "kept", "step_append_only"):
            op.execute(f"DROP FUNCTION points_period_{function}()")
    for table, column in (("points_rule", "sha256"), ("points_entry", "rule_sha256")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def of_period() -> str:
    return "" if op.get_bind().dialect.name == "sqlite" else " ON points_period"
