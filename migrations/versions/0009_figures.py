"""What each step took stands in the incident's row; calls back to reporters

Forwards the minutes are worked out from the histories there are. Backwards: the previous release
knows neither.

Revision ID: 0009
Revises: 0008
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MINUTES = ("accept", "dispatch", "arrive", "handle", "verify")
COVERED = (
    *("reported_at", "community_path", "grid_path", "state", "category_id", "reporter_id"),
    *("source", "urgency", "is_open", "due_at", "round", "was_in_time", "real_minutes"),
    *("satisfaction", "accept_minutes", "dispatch_minutes", "arrive_minutes"),
    *("handle_minutes", "verify_minutes"),
)
# From and to: which verbs, and whether the first or the last of them in the first round.
STEPS = {
    "accept": ("MIN 'report'", "MIN 'accept'"),
    "dispatch": ("MIN 'accept'", "MIN 'dispatch', 'settle'"),
    "arrive": ("MIN 'dispatch', 'settle'", "MIN 'arrive'"),
    "handle": ("MIN 'arrive'", "MAX 'finish', 'settle'"),
    "verify": ("MAX 'finish', 'settle'", "MAX 'verify'"),
}


def upgrade() -> None:
    for name in MINUTES:
        op.add_column("incident", sa.Column(f"{name}_minutes", sa.Integer(), nullable=True))
    for name, (begin, end) in STEPS.items():
        op.execute(f"UPDATE incident SET {name}_minutes = {_minutes(begin, end)}")  # noqa: S608
    op.drop_index("ix_incident_reported_at", "incident")
    op.create_index("ix_incident_reported_at", "incident", list(COVERED))
    op.create_table(
        "incident_call_back",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_by_id", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries > 0", name=op.f("ck_incident_call_back_some_try")),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_call_back_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["last_by_id"],
            ["account.id"],
            name=op.f("fk_incident_call_back_last_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("incident_id", "round", name=op.f("pk_incident_call_back")),
    )
    op.create_index("ix_incident_call_back_last_by_id", "incident_call_back", ["last_by_id"])


def downgrade() -> None:
    op.drop_table("incident_call_back")
    op.drop_index("ix_incident_reported_at", "incident")
    op.create_index("ix_incident_reported_at", "incident", ["reported_at"])
    for name in MINUTES:
        op.drop_column("incident", f"{name}_minutes")


def _minutes(begin: str, end: str) -> str:
    """Return whole minutes between two moments of an incident's first round, or nothing."""
    if op.get_bind().dialect.name == "postgresql":
        lapse = "EXTRACT(EPOCH FROM ({end} - {begin}))"
        return f"FLOOR({lapse.format(begin=_moment(begin), end=_moment(end))} / 60)"
    days = f"(julianday({_moment(end)}) - julianday({_moment(begin)}))"
    # A day's fraction holds a millisecond; half of one keeps whole minutes whole.
    return f"CAST({days} * 1440 + 0.00001 AS INTEGER)"


def _moment(which: str) -> str:
    pick, verbs = which.split(" ", maxsplit=1)
    return (
        f"(SELECT {pick}(e.at) FROM incident_event AS e WHERE e.incident_id = incident.id "  # noqa: S608
        f"AND e.round = 1 AND e.verb IN ({verbs}))"
    )
