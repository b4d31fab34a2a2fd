"""A team for each micro-grid: a party of its own, which may have points

Back as well, as long as no team has points or claims and no rule is for teams: what names a party
is never taken away, and the database refuses to. The previous release knows no such kind of party;
it is not to run beside this schema.

Revision ID: 0025
Revises: 0024
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet import search

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BATCH = 2000
TEAMS = (
    "INSERT INTO party"
    " (kind, grid_path, public_name, is_party_member, created_at, version)"
    " SELECT 'team', g.path, u.name || ' ' || g.name, false, CURRENT_TIMESTAMP, 1"
    " FROM grid g JOIN grid u ON u.id = g.parent_id"
    " WHERE g.kind = 'micro' AND g.closed_on IS NULL ORDER BY g.id"
)
PLACES = (
    "INSERT INTO party_move (party_id, grid_path, at)"
    " SELECT id, grid_path, created_at FROM party WHERE kind = 'team'"
)
OF_TEAMS = "WHERE party_id IN (SELECT id FROM party WHERE kind = 'team')"


def upgrade() -> None:
    a_team = sa.text("kind = 'team'")
    op.create_index(
        "uq_party_team",
        "party",
        ["grid_path"],
        unique=True,
        sqlite_where=a_team,
        postgresql_where=a_team,
    )
    op.execute(TEAMS)
    op.execute(PLACES)
    _words()


def _words() -> None:
    """Have each team be found by its name."""
    words = sa.table("party_word", sa.column("word", sa.Text), sa.column("party_id", sa.Integer))
    bind = op.get_bind()
    teams = bind.execute(sa.text("SELECT id, public_name FROM party WHERE kind = 'team'")).all()
    rows = [
        {"word": word, "party_id": party_id}
        for party_id, name in teams
        for word in sorted(search.tokens(name))
    ]
    for start in range(0, len(rows), BATCH):
        bind.execute(words.insert(), rows[start : start + BATCH])


def downgrade() -> None:
    op.execute(f"DELETE FROM party_word {OF_TEAMS}")  # noqa: S608 — ours
    op.execute(f"DELETE FROM party_move {OF_TEAMS}")  # noqa: S608 — ours
    op.execute("DELETE FROM party WHERE kind = 'team'")
    op.drop_index("uq_party_team", "party")
