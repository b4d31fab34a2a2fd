"""Seekers, wishes, referrals and placements

Both directions; the previous release knows none of these tables.

Revision ID: 0035
Revises: 0034
Created: 2026-11-30
"""

from functools import partial

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TABLES = (
    "jobs_seeker",
    "jobs_seeker_contact",
    "jobs_wish",
    "jobs_decision",
    "jobs_wish_hours",
    "jobs_wish_occupation",
    "jobs_wish_skill",
    "jobs_wish_step",
    "jobs_referral",
    "jobs_placement",
    "jobs_referral_step",
    "jobs_follow_up",
)
END_REASONS = (
    "seeker_declined no_show company_declined full post_gone left dismissed term_over"
    " placed_elsewhere"
)
# Of these only the words can be emptied.
KEPT_BUT_WORDS = {
    "jobs_wish_step": "id, wish_id, at, by, verb, reached, state",
    "jobs_referral_step": "id, referral_id, at, by, verb, state",
}


def kept_but_words(table: str, columns: str, dialect: str) -> list[str]:
    """Return the statements that keep all of a table but its words."""
    what = {
        "delete": ("DELETE", ""),
        "change": (f"UPDATE OF {columns}", ""),
        "other_words": ("UPDATE OF words", " WHEN (NEW.words <> '')"),
    }
    made = []
    for name, (act, when) in what.items():
        refused = f"{table} is append-only: no {name.replace('_', ' ')}"
        trigger = f"{table}_no_{name}"
        begin = f"CREATE TRIGGER {trigger} BEFORE {act} ON {table}"
        if dialect == "sqlite":
            made.append(f"{begin}{when} BEGIN SELECT RAISE(ABORT, '{refused}'); END")
            continue
        body = f"$$ BEGIN RAISE EXCEPTION '{refused}'; END $$ LANGUAGE plpgsql"
        made.append(f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS {body}")
        made.append(f"{begin} FOR EACH ROW{when} EXECUTE FUNCTION {trigger}()")
    return made


def column(name: str, *, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


whole = partial(column, kind=sa.Integer())
words = partial(column, kind=sa.Text())
moment = partial(column, kind=sa.DateTime(timezone=True))
day = partial(column, kind=sa.Date())
truth = partial(column, kind=sa.Boolean())
degrees = partial(column, kind=sa.Double())


def link(
    table: str, name: str, other: str, *, ondelete: str = "RESTRICT", nullable: bool = False
) -> sa.Column:
    """Return a column that names a row of another table."""
    key = f"fk_{table}_{name}_{other}"
    return sa.Column(
        name,
        sa.Integer(),
        sa.ForeignKey(f"{other}.id", name=key, ondelete=ondelete),
        nullable=nullable,
    )


def within_grid(table: str) -> sa.Column:
    """Return the column that says in which grid a row lies; it moves with the grid."""
    key = sa.ForeignKey(
        "grid.path", name=f"fk_{table}_grid_path_grid", onupdate="CASCADE", ondelete="RESTRICT"
    )
    return sa.Column("grid_path", PATH, key, nullable=False)


def choice(name: str, values: str, *, nullable: bool = False) -> sa.Column:
    """Return a column of one of some words, separated by spaces."""
    kind = sa.Enum(*values.split(), native_enum=False, length=20)
    return sa.Column(name, kind, nullable=nullable)


def only(condition: str) -> dict[str, sa.TextClause]:
    """Return what makes an index of some rows only."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "jobs_seeker",
        whole("id"),
        within_grid("jobs_seeker"),
        link("jobs_seeker", "party_id", "party", nullable=True),
        truth("legal_age"),
        words("consent_words"),
        moment("consented_at"),
        link("jobs_seeker", "merged_into_id", "jobs_seeker", nullable=True),
        moment("made_at"),
        link("jobs_seeker", "made_by", "account", nullable=True),
        moment("erased_at", nullable=True),
        whole("version"),
        sa.CheckConstraint(
            "legal_age OR erased_at IS NOT NULL", name="ck_jobs_seeker_of_working_age"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_seeker"),
    )
    op.create_index("ix_jobs_seeker_grid_path_id", "jobs_seeker", ["grid_path", "id"])
    op.create_index("ix_jobs_seeker_party_id", "jobs_seeker", ["party_id"])
    op.create_table(
        "jobs_seeker_contact",
        whole("id"),
        link("jobs_seeker_contact", "seeker_id", "jobs_seeker", ondelete="CASCADE"),
        choice("field", "name phone id_number address health"),
        words("value"),
        words("masked"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_seeker_contact"),
        sa.UniqueConstraint("seeker_id", "field", name="uq_jobs_seeker_contact_seeker_id_field"),
    )
    op.create_index(
        "ix_jobs_seeker_contact_field_masked",
        "jobs_seeker_contact",
        ["field", "masked"],
    )
    op.create_table(
        "jobs_wish",
        whole("id"),
        link("jobs_wish", "seeker_id", "jobs_seeker"),
        within_grid("jobs_wish"),
        choice("state", "open referred placed paused closed"),
        choice("channel", "phone kiosk desk visit"),
        degrees("latitude", nullable=True),
        degrees("longitude", nullable=True),
        whole("max_walk_minutes"),
        whole("pay_floor_fen", nullable=True),
        choice("pay_unit", "month day hour piece", nullable=True),
        choice("employment", "full_time part_time day_work seasonal intern", nullable=True),
        truth("night_ok"),
        day("starts_on", nullable=True),
        words("words"),
        link("jobs_wish", "member_id", "account", nullable=True),
        moment("made_at"),
        link("jobs_wish", "made_by", "account", nullable=True),
        moment("contacted_at", nullable=True),
        whole("version"),
        sa.CheckConstraint("pay_unit <> 'piece'", name="ck_jobs_wish_floor_by_time"),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name="ck_jobs_wish_placed_whole"
        ),
        sa.CheckConstraint(
            "(pay_floor_fen IS NULL) = (pay_unit IS NULL)", name="ck_jobs_wish_floor_whole"
        ),
        sa.CheckConstraint("max_walk_minutes > 0", name="ck_jobs_wish_as_far_as_some_minutes"),
        sa.CheckConstraint("pay_floor_fen > 0", name="ck_jobs_wish_floor_of_something"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish"),
    )
    op.create_index(
        "ix_jobs_wish_grid_path_state", "jobs_wish", ["grid_path", "state", "id"], unique=False
    )
    op.create_index("ix_jobs_wish_member_id", "jobs_wish", ["member_id"])
    op.create_index(
        "ix_jobs_wish_waiting_contact",
        "jobs_wish",
        ["contacted_at", "made_at"],
        **only("state IN ('open', 'referred')"),
    )
    op.create_index(
        "uq_jobs_wish_seeker_id_waiting",
        "jobs_wish",
        ["seeker_id"],
        unique=True,
        **only("state IN ('open', 'referred', 'paused')"),
    )
    op.create_table(
        "jobs_decision",
        whole("id"),
        link("jobs_decision", "wish_id", "jobs_wish"),
        link("jobs_decision", "post_id", "jobs_post"),
        choice(
            "skipped",
            "seeker_declined already_asked not_fitting post_doubtful other_first",
            nullable=True,
        ),
        whole("score", nullable=True),
        words("parts"),
        words("engine"),
        link("jobs_decision", "by", "account"),
        moment("at"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="ck_jobs_decision_score_of_a_hundred"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_decision"),
    )
    op.create_index(
        "ix_jobs_decision_wish_id_post_id", "jobs_decision", ["wish_id", "post_id"], unique=False
    )
    op.create_table(
        "jobs_wish_hours",
        whole("id"),
        link("jobs_wish_hours", "wish_id", "jobs_wish", ondelete="CASCADE"),
        whole("weekdays"),
        whole("from_minute"),
        whole("to_minute"),
        sa.CheckConstraint(
            "from_minute >= 0 AND to_minute > from_minute", name="ck_jobs_wish_hours_from_to"
        ),
        sa.CheckConstraint(
            "to_minute <= 2160", name="ck_jobs_wish_hours_until_noon_of_the_next_day"
        ),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name="ck_jobs_wish_hours_some_days"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish_hours"),
    )
    op.create_index("ix_jobs_wish_hours_wish_id", "jobs_wish_hours", ["wish_id"])
    op.create_table(
        "jobs_wish_occupation",
        link("jobs_wish_occupation", "wish_id", "jobs_wish", ondelete="CASCADE"),
        sa.Column("code", PATH, nullable=False),
        whole("experience_months", nullable=True),
        sa.ForeignKeyConstraint(
            ["code"],
            ["jobs_occupation.code"],
            name="fk_jobs_wish_occupation_code_jobs_occupation",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("wish_id", "code", name="pk_jobs_wish_occupation"),
    )
    op.create_table(
        "jobs_wish_skill",
        link("jobs_wish_skill", "wish_id", "jobs_wish", ondelete="CASCADE"),
        link("jobs_wish_skill", "skill_id", "jobs_skill"),
        sa.PrimaryKeyConstraint("wish_id", "skill_id", name="pk_jobs_wish_skill"),
    )
    op.create_index("ix_jobs_wish_skill_skill_id", "jobs_wish_skill", ["skill_id"])
    op.create_table(
        "jobs_wish_step",
        whole("id"),
        link("jobs_wish_step", "wish_id", "jobs_wish"),
        moment("at"),
        link("jobs_wish_step", "by", "account", nullable=True),
        choice("verb", "refer back place pause resume close reopen", nullable=True),
        choice("reached", "spoken no_answer wrong_number call_later", nullable=True),
        choice("state", "open referred placed paused closed"),
        words("words"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_wish_step"),
    )
    op.create_index(
        "ix_jobs_wish_step_wish_id_id", "jobs_wish_step", ["wish_id", "id"], unique=False
    )
    op.create_table(
        "jobs_referral",
        whole("id"),
        link("jobs_referral", "wish_id", "jobs_wish"),
        link("jobs_referral", "post_id", "jobs_post"),
        link("jobs_referral", "decision_id", "jobs_decision", nullable=True),
        choice("state", "referred interview offered placed ended"),
        choice("channel", "phone kiosk desk visit"),
        moment("interview_at", nullable=True),
        words("interview_place"),
        choice("end_reason", END_REASONS, nullable=True),
        link("jobs_referral", "made_by", "account", nullable=True),
        moment("made_at"),
        whole("version"),
        sa.CheckConstraint(
            "(state = 'ended') = (end_reason IS NOT NULL)",
            name="ck_jobs_referral_ended_for_a_reason",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_referral"),
    )
    op.create_index(
        "ix_jobs_referral_interview_at", "jobs_referral", ["interview_at"], unique=False
    )
    op.create_index(
        "ix_jobs_referral_post_id_state", "jobs_referral", ["post_id", "state"], unique=False
    )
    op.create_index(
        "uq_jobs_referral_wish_id_post_id",
        "jobs_referral",
        ["wish_id", "post_id"],
        unique=True,
        **only("state IN ('referred', 'interview', 'offered', 'placed')"),
    )
    op.create_table(
        "jobs_placement",
        whole("id"),
        link("jobs_placement", "referral_id", "jobs_referral"),
        link("jobs_placement", "seeker_id", "jobs_seeker"),
        link("jobs_placement", "post_id", "jobs_post"),
        truth("is_full_time"),
        day("starts_on"),
        truth("has_contract", nullable=True),
        whole("pay_fen"),
        choice("pay_unit", "month day hour piece"),
        day("ended_on", nullable=True),
        choice("end_reason", END_REASONS, nullable=True),
        link("jobs_placement", "made_by", "account", nullable=True),
        moment("made_at"),
        moment("undone_at", nullable=True),
        whole("version"),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= starts_on",
            name="ck_jobs_placement_ends_after_it_starts",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_placement"),
    )
    op.create_index("ix_jobs_placement_post_id", "jobs_placement", ["post_id"])
    op.create_index(
        "uq_jobs_placement_referral_id",
        "jobs_placement",
        ["referral_id"],
        unique=True,
        **only("undone_at IS NULL"),
    )
    op.create_index(
        "uq_jobs_placement_seeker_id_full_time",
        "jobs_placement",
        ["seeker_id"],
        unique=True,
        **only("is_full_time AND ended_on IS NULL AND undone_at IS NULL"),
    )
    op.create_table(
        "jobs_referral_step",
        whole("id"),
        link("jobs_referral_step", "referral_id", "jobs_referral"),
        moment("at"),
        link("jobs_referral_step", "by", "account", nullable=True),
        choice("verb", "invite offer place end leave undo", nullable=True),
        choice("state", "referred interview offered placed ended"),
        words("words"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_referral_step"),
    )
    op.create_index(
        "ix_jobs_referral_step_referral_id_id",
        "jobs_referral_step",
        ["referral_id", "id"],
    )
    op.create_table(
        "jobs_follow_up",
        whole("id"),
        link("jobs_follow_up", "placement_id", "jobs_placement"),
        whole("days"),
        day("due_on"),
        moment("done_at", nullable=True),
        link("jobs_follow_up", "done_by", "account", nullable=True),
        truth("still_there", nullable=True),
        truth("fee_asked", nullable=True),
        truth("as_posted", nullable=True),
        words("words"),
        moment("dropped_at", nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (still_there IS NULL)",
            name="ck_jobs_follow_up_done_with_an_answer",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_follow_up"),
        sa.UniqueConstraint("placement_id", "days", name="uq_jobs_follow_up_placement_id_days"),
    )
    op.create_index(
        "ix_jobs_follow_up_due",
        "jobs_follow_up",
        ["due_on"],
        **only("done_at IS NULL AND dropped_at IS NULL"),
    )
    dialect = op.get_bind().dialect.name
    kept = append_only_statements("jobs_decision", dialect)
    for table, columns in KEPT_BUT_WORDS.items():
        kept += kept_but_words(table, columns, dialect)
    for statement in kept:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT_BUT_WORDS:
            for what in ("no_delete", "no_change", "no_other_words"):
                op.execute(f"DROP FUNCTION {table}_{what}()")
        op.execute("DROP FUNCTION jobs_decision_append_only()")
