"""What the database itself refuses: gaps in the chain, closed years, what is decided twice."""

from __future__ import annotations

from intranet.guards import function, kept_but_words, refusing

GENESIS = "0" * 64
LEDGER_LOCK = 0x7069_6E74  # of PostgreSQL's advisory locks; held to the end of the transaction
# Each condition under which a new row is refused, in words that both engines read alike.
ENTRY_REFUSED = {
    "points_entry is a chain without gaps": (
        "NEW.id <> 1 + (SELECT coalesce(max(id), 0) FROM points_entry)"  # noqa: S608 — ours
        " OR NEW.previous_hash <> coalesce("
        f"(SELECT hash FROM points_entry WHERE id = NEW.id - 1), '{GENESIS}')"
    ),
    "points_entry is dated in an open period": (
        "NOT EXISTS (SELECT 1 FROM points_period WHERE id = NEW.period_id AND state = 'open'"
        " AND NEW.effective_on BETWEEN starts_on AND ends_on)"
    ),
    "points_entry reverses no reversal": (
        "EXISTS (SELECT 1 FROM points_entry WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL)"
    ),
    "points_entry reverses all of another": (
        "(NEW.kind = 'reverse') <> (NEW.reverses_id IS NOT NULL) OR NEW.transfer_count <> coalesce("
        "(SELECT transfer_count FROM points_entry WHERE id = NEW.reverses_id), NEW.transfer_count)"
    ),
    "points_entry gives and takes by a rule, approved by somebody": (
        "NEW.kind IN ('grant', 'deduct')"
        " AND (NEW.rule_code = '' OR NEW.rule_version < 1 OR NEW.approver_id IS NULL)"
    ),
}
TRANSFER_REFUSED = {
    "points_transfer stays in one ledger": (
        "(SELECT ledger FROM points_account WHERE id = NEW.debit_id)"
        " <> (SELECT ledger FROM points_account WHERE id = NEW.credit_id)"
    ),
    "points_transfer posts or lets go what is pending": (
        "NEW.of_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM points_transfer"
        " WHERE id = NEW.of_id AND phase = 'pending' AND debit_id = NEW.debit_id"
        " AND credit_id = NEW.credit_id AND amount = NEW.amount)"
    ),
    "points_transfer mirrors what its entry reverses": (
        "EXISTS (SELECT 1 FROM points_entry e WHERE e.id = NEW.entry_id"
        " AND e.reverses_id IS NOT NULL AND (NEW.phase <> 'posted' OR NOT EXISTS"
        " (SELECT 1 FROM points_transfer w WHERE w.entry_id = e.reverses_id"
        " AND w.number = NEW.number AND w.debit_id = NEW.credit_id AND w.credit_id = NEW.debit_id"
        " AND w.amount = NEW.amount AND w.phase IN ('posted', 'post'))))"
    ),
    "points_transfer belongs to the newest entry": (
        "NEW.entry_id <> (SELECT max(id) FROM points_entry) OR NEW.number >"
        " (SELECT transfer_count FROM points_entry WHERE id = NEW.entry_id) OR NEW.number < 1"
    ),
}
# A year changes by steps that are written down before, and is frozen while it is closed.
_LAST_STEP = (
    "coalesce((SELECT verb FROM points_period_step WHERE period_id = NEW.id"
    " ORDER BY id DESC LIMIT 1), '')"
)
PERIOD_REFUSED = {
    "points_period keeps its days": (
        "NEW.id <> OLD.id OR NEW.year <> OLD.year OR NEW.starts_on <> OLD.starts_on"
        " OR NEW.ends_on <> OLD.ends_on"
    ),
    "points_period is closed and opened by a step": (
        "(NEW.state = 'closed' AND OLD.state = 'open' AND ("  # noqa: S608 — ours
        f"{_LAST_STEP} <> 'close' OR EXISTS (SELECT 1 FROM points_period"
        " WHERE year < NEW.year AND state = 'open')))"
        f" OR (NEW.state = 'open' AND OLD.state = 'closed' AND ({_LAST_STEP} <> 'reopen'"
        " OR EXISTS (SELECT 1 FROM points_period WHERE year > NEW.year AND state = 'closed')))"
    ),
    "points_period is frozen": (
        "NEW.state = 'closed' AND OLD.state = 'closed' AND (NEW.balances <> OLD.balances"
        " OR NEW.balances_sha256 <> OLD.balances_sha256"
        " OR NEW.last_entry_id <> OLD.last_entry_id OR NEW.closed_at <> OLD.closed_at)"
    ),
}
POSTS = "CASE WHEN NEW.phase IN ('posted', 'post') THEN NEW.amount ELSE 0 END"
PENDS = "CASE NEW.phase WHEN 'pending' THEN NEW.amount WHEN 'posted' THEN 0 ELSE -NEW.amount END"
APPLIES = (
    f"UPDATE points_account SET debits_posted = debits_posted + {POSTS},"  # noqa: S608 — ours
    f" debits_pending = debits_pending + {PENDS} WHERE id = NEW.debit_id;"
    f" UPDATE points_account SET credits_posted = credits_posted + {POSTS},"
    f" credits_pending = credits_pending + {PENDS} WHERE id = NEW.credit_id;"
)
# An entry without its transfers is refused at the commit; SQLite has no such moment, there the
# one writing operation and ``points verify`` stand for it.
WHOLE = (
    "IF (SELECT count(*) FROM points_transfer WHERE entry_id = NEW.id) <> NEW.transfer_count"
    " THEN RAISE EXCEPTION 'points_entry has all its transfers'; END IF; RETURN NULL;"
)


def entry_guards(dialect: str) -> list[str]:
    """Return the statements that guard the entries."""
    made = refusing("points_entry", ENTRY_REFUSED, dialect)
    if dialect == "postgresql":
        name = "points_entry_whole"
        when = "AFTER INSERT ON points_entry DEFERRABLE INITIALLY DEFERRED"
        made += [
            function(name, WHOLE),
            f"CREATE CONSTRAINT TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return made


def transfer_guards(dialect: str) -> list[str]:
    """Return the statements that guard the transfers, and keep the totals of the accounts."""
    made, name = refusing("points_transfer", TRANSFER_REFUSED, dialect), "points_transfer_applies"
    begin = f"CREATE TRIGGER {name} AFTER INSERT ON points_transfer"
    if dialect == "sqlite":
        return [*made, f"{begin} BEGIN {APPLIES} END"]
    return [
        *made,
        function(name, f"{APPLIES} RETURN NULL;"),
        f"{begin} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def period_guards(dialect: str) -> list[str]:
    """Return the statements that guard the years."""
    begins = "CREATE TRIGGER points_period_no_delete BEFORE DELETE ON points_period FOR EACH ROW"
    made = refusing("points_period", PERIOD_REFUSED, dialect, act="UPDATE")
    refused = "points_period keeps its rows"
    if dialect == "sqlite":
        return [*made, f"{begins} BEGIN SELECT RAISE(ABORT, '{refused}'); END"]
    kept = function("points_period_kept", f"RAISE EXCEPTION '{refused}';")
    return [*made, kept, f"{begins} EXECUTE FUNCTION points_period_kept()"]


def steps_kept(dialect: str) -> list[str]:
    """Return the statements that keep the steps of claims."""
    return kept_but_words("points_claim_step", "id, claim_id, at, by, verb, state", dialect)
