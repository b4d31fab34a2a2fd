"""No company is verified unless somebody was seen whom it authorised

Who acts for a company already is noted with its letter. A verified company nobody acts for stands,
and its papers are to be seen again within 30 days; all it shows meanwhile stays. Both directions.

Revision ID: 0049
Revises: 0048
Created: 2026-12-01
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company BEGIN SELECT "
            "RAISE(ABORT, 'jobs_company of published posts stays verified') WHERE NEW.state <> "
            "'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = NEW.id AND state ="
            " 'published'); SELECT RAISE(ABORT, 'jobs_company is verified with a handler it "
            "authorised') WHERE NEW.state = 'verified' AND (NEW.handler_seen_on IS NULL OR "
            "NEW.handler_name = '') AND (OLD.state <> 'verified' OR OLD.verified_at <> "
            "NEW.verified_at OR OLD.handler_seen_on IS NOT NULL); END"
        ),
        (
            "CREATE TRIGGER jobs_company_guard_new BEFORE INSERT ON jobs_company BEGIN SELECT "
            "RAISE(ABORT, 'jobs_company is verified with a handler it authorised') WHERE "
            "NEW.state = 'verified' AND (NEW.handler_seen_on IS NULL OR NEW.handler_name = ''); "
            "END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_company_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state <> 'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = "
            "NEW.id AND state = 'published') THEN RAISE EXCEPTION 'jobs_company of published "
            "posts stays verified'; END IF; IF NEW.state = 'verified' AND (NEW.handler_seen_on IS"
            " NULL OR NEW.handler_name = '') AND (OLD.state <> 'verified' OR OLD.verified_at <> "
            "NEW.verified_at OR OLD.handler_seen_on IS NOT NULL) THEN RAISE EXCEPTION "
            "'jobs_company is verified with a handler it authorised'; END IF; RETURN NEW; END $$ "
            "LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company FOR EACH ROW EXECUTE"
            " FUNCTION jobs_company_guard()"
        ),
        (
            "CREATE OR REPLACE FUNCTION jobs_company_guard_new() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state = 'verified' AND (NEW.handler_seen_on IS NULL OR NEW.handler_name = '') "
            "THEN RAISE EXCEPTION 'jobs_company is verified with a handler it authorised'; END "
            "IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_guard_new BEFORE INSERT ON jobs_company FOR EACH ROW "
            "EXECUTE FUNCTION jobs_company_guard_new()"
        ),
    ),
}
BEFORE = {
    "sqlite": (
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company BEGIN SELECT "
            "RAISE(ABORT, 'jobs_company of published posts stays verified') WHERE NEW.state <> "
            "'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = NEW.id AND state ="
            " 'published'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION jobs_company_guard() RETURNS trigger AS $$ BEGIN IF "
            "NEW.state <> 'verified' AND EXISTS (SELECT 1 FROM jobs_post WHERE company_id = "
            "NEW.id AND state = 'published') THEN RAISE EXCEPTION 'jobs_company of published "
            "posts stays verified'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE TRIGGER jobs_company_guard BEFORE UPDATE ON jobs_company FOR EACH ROW EXECUTE"
            " FUNCTION jobs_company_guard()"
        ),
    ),
}
NAMED = """
UPDATE jobs_company SET
  handler_name = (SELECT a.display_name FROM jobs_handler AS h JOIN account AS a
    ON a.id = h.account_id WHERE h.company_id = jobs_company.id AND h.ends_on IS NULL
    AND a.display_name <> '' ORDER BY h.id LIMIT 1),
  handler_seen_on = (SELECT h.letter_seen_on FROM jobs_handler AS h JOIN account AS a
    ON a.id = h.account_id WHERE h.company_id = jobs_company.id AND h.ends_on IS NULL
    AND a.display_name <> '' ORDER BY h.id LIMIT 1)
WHERE EXISTS (SELECT 1 FROM jobs_handler AS h JOIN account AS a
    ON a.id = h.account_id WHERE h.company_id = jobs_company.id AND h.ends_on IS NULL
    AND a.display_name <> '')
"""
SOON = """
UPDATE jobs_company SET recheck_due_on = {day}
WHERE state = 'verified' AND handler_seen_on IS NULL AND recheck_due_on > {day}
"""
IN_A_MONTH = {"sqlite": "date('now', '+8 hours', '+30 days')", "postgresql": "CURRENT_DATE + 30"}


def upgrade() -> None:
    engine = op.get_bind().dialect.name
    _drop("jobs_company_guard", engine)
    name = sa.Column("handler_name", sa.Text(), nullable=False, server_default="")
    op.add_column("jobs_company", name)
    op.add_column("jobs_company", sa.Column("handler_seen_on", sa.Date(), nullable=True))
    op.execute(NAMED)
    op.execute(SOON.format(day=IN_A_MONTH[engine]))
    for statement in GUARDS[engine]:
        op.execute(statement)


def downgrade() -> None:
    engine = op.get_bind().dialect.name
    _drop("jobs_company_guard", engine)
    _drop("jobs_company_guard_new", engine)
    op.drop_column("jobs_company", "handler_seen_on")
    op.drop_column("jobs_company", "handler_name")
    for statement in BEFORE[engine]:
        op.execute(statement)


def _drop(name: str, engine: str) -> None:
    if engine == "postgresql":
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    else:
        op.execute(f"DROP TRIGGER {name}")
