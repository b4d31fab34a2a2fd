"""The one way into the ledger: an entry of transfers, posted whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session, joinedload, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from intranet.errors import DomainError, InputError
from intranet.points.models import (
    GENESIS,
    AccountKind,
    Entry,
    EntryKind,
    LedgerAccount,
    Period,
    PeriodState,
    Phase,
    Rule,
    Side,
    Transfer,
)
from intranet.points.models.words import Words, canonical, digest
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.settled import check_not_settled

KEY_MAX, NOTE_MAX, LEGS_MAX = 120, 200, 2000
AMOUNT_MAX = 10**12
EARNED = (AccountKind.ISSUED, AccountKind.DEDUCTED)  # what standings are counted from
TOTALS = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
# Made once: to put such a statement together costs more than to have it answered.
_NEWEST = select(Entry).order_by(Entry.id.desc()).limit(1)
_IS_OF_DAY = Period.starts_on <= bindparam("day"), Period.ends_on >= bindparam("day")
_STANDING = select(
    select(Entry.id).where(Entry.key == bindparam("key")).scalar_subquery().label("first"),
    *(
        select(column).where(*_IS_OF_DAY).scalar_subquery().label(name)
        for name, column in (("period", Period.id), ("year", Period.year), ("state", Period.state))
    ),
    _NEWEST.with_only_columns(Entry.id).scalar_subquery().label("number"),
    _NEWEST.with_only_columns(Entry.hash).scalar_subquery().label("hash"),
    select(Rule.sha256)
    .where(Rule.code == bindparam("rule"), Rule.version == bindparam("version"))
    .scalar_subquery()
    .label("rule_sha256"),
)
_GIVING = select(
    *(getattr(LedgerAccount, name) for name in ("id", "side", "floor", *TOTALS)),
).where(LedgerAccount.id.in_(bindparam("ids", expanding=True)), LedgerAccount.floor.is_not(None))
_HEAD = _NEWEST.with_only_columns(Entry.id, Entry.hash)
_ENTRY, _TRANSFERS = (insert(cast("Table", one.__table__)).inline() for one in (Entry, Transfer))


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer to be; ``of`` is the pending one that it posts or lets go."""

    debit: LedgerAccount
    credit: LedgerAccount
    amount: int
    phase: Phase = Phase.POSTED
    of: Transfer | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be. ``key`` names the act for good: posted again, it is the first one's."""

    key: str
    kind: EntryKind
    legs: Sequence[Leg]
    effective_on: date
    actor_id: int | None = None
    approver_id: int | None = None
    rule: tuple[str, int] = ("", 0)
    event: str = ""
    note: str = ""
    reverses: Entry | None = field(default=None)


def post(session: Session, draft: Draft, *, at: datetime) -> Entry:
    """Write an entry and its transfers, and flush; return it, or the first one of the same key.

    Raises InputError for what is no entry; DomainError where the key was used for something else,
    the date lies in no open year, standings stand on what it changes, an account would fall below
    its floor, what is pending was resolved or what is reversed was reversed already. Nothing is
    written then.
    """
    _check(draft)
    session.flush()
    take_turn(session)
    body = _body_sha256(draft)
    connection = session.connection()
    asked = {"key": draft.key, "day": draft.effective_on}
    asked |= dict(zip(("rule", "version"), draft.rule, strict=True))
    stands = connection.execute(_STANDING, asked).one()
    if stands.first is not None:
        first = session.get_one(Entry, stands.first)
        if first.body_sha256 != body:
            raise DomainError("This was entered already, with other content")
        return first
    if stands.state is not PeriodState.OPEN:
        raise DomainError("The year of %(day)s is not open", day=draft.effective_on.isoformat())
    _check_reversal(session, draft)
    _check_resolved(session, draft)
    _check_floors(session, draft)
    check_not_settled(session, _earning(draft), dated=draft.effective_on, at=at)
    words = _words(draft, stands, body, at)
    entry = _written(session, draft, words, stands.period)
    for account in {id(one): one for leg in draft.legs for one in (leg.debit, leg.credit)}.values():
        session.expire(account, TOTALS)  # the database has changed them
    return entry


def resolve(
    session: Session,
    pending: Entry,
    *,
    phase: Phase,
    key: str,
    effective_on: date,
    at: datetime,
    kind: EntryKind = EntryKind.RESOLVE,
    more: Sequence[Leg] = (),
    actor_id: int | None = None,
    approver_id: int | None = None,
    note: str = "",
) -> Entry:
    """Post what an entry holds pending, or let it go; ``more`` is posted along with it.

    Raises what ``post`` raises.
    """
    legs = [
        Leg(one.debit, one.credit, one.amount, phase, of=one)
        for one in transfers_of(session, pending)
        if one.phase is Phase.PENDING
    ]
    draft = Draft(
        key=key,
        kind=kind,
        legs=[*legs, *more],
        effective_on=effective_on,
        actor_id=actor_id,
        approver_id=approver_id,
        rule=(pending.rule_code, pending.rule_version),
        event=pending.event,
        note=note,
    )
    return post(session, draft, at=at)


def reverse(
    session: Session,
    wrong: Entry,
    *,
    key: str,
    effective_on: date,
    at: datetime,
    actor_id: int | None,
    approver_id: int | None,
    note: str,
) -> Entry:
    """Undo an entry by its mirror image, once; a reversal is never undone.

    Raises what ``post`` raises, and DomainError where something of it is pending: that is let go.
    """
    found = transfers_of(session, wrong)
    if any(one.phase not in {Phase.POSTED, Phase.POST} for one in found):
        raise DomainError("It is not posted yet: it is let go, not reversed")
    draft = Draft(
        key=key,
        kind=EntryKind.REVERSE,
        legs=[Leg(one.credit, one.debit, one.amount) for one in found],
        effective_on=effective_on,
        actor_id=actor_id,
        approver_id=approver_id,
        rule=(wrong.rule_code, wrong.rule_version),
        event=wrong.event,
        note=note,
        reverses=wrong,
    )
    return post(session, draft, at=at)


def head(session: Session) -> tuple[int, str]:
    """Return the number and hash of the newest entry; 0 and GENESIS while there is none."""
    found = session.execute(_HEAD).one_or_none()
    return (found[0], found[1]) if found else (0, GENESIS)


def transfers_of(session: Session, entry: Entry) -> Sequence[Transfer]:
    """Return the transfers of an entry in their order, with their accounts."""
    return session.scalars(
        select(Transfer)
        .where(Transfer.entry_id == entry.id)
        .order_by(Transfer.number)
        .options(joinedload(Transfer.debit), joinedload(Transfer.credit))
    ).all()


def _check(draft: Draft) -> None:
    if not 0 < len(draft.key) <= KEY_MAX or len(draft.note) > NOTE_MAX:
        raise InputError("This is no entry of the ledger", "note")
    if not 0 < len(draft.legs) <= LEGS_MAX:
        raise InputError("This is no entry of the ledger", "legs")
    for leg in draft.legs:
        if not 0 < leg.amount <= AMOUNT_MAX:
            raise InputError("Points are whole numbers above zero", "amount")
        if leg.debit.ledger != leg.credit.ledger or leg.debit is leg.credit:
            raise InputError("This is no entry of the ledger", "legs")
    if draft.actor_id is not None and draft.actor_id == draft.approver_id:
        raise DomainError("Somebody else has to approve it")
    by_rule = draft.rule[0] and draft.rule[1] > 0 and draft.approver_id is not None
    if draft.kind in {EntryKind.GRANT, EntryKind.DEDUCT} and not by_rule:
        raise InputError("This is no entry of the ledger", "rule")


def _check_reversal(session: Session, draft: Draft) -> None:
    if draft.reverses is None:
        return
    if draft.reverses.reverses_id is not None:
        raise DomainError("A correction is not undone; enter it anew")
    undone = select(Entry.id).where(Entry.reverses_id == draft.reverses.id)
    if session.scalar(undone) is not None:
        raise DomainError("It was corrected already")


def _earning(draft: Draft) -> list[tuple[int, int]]:
    """Return of which parties an entry changes what they earned, each with the year."""
    found: list[tuple[int, int]] = []
    for leg in draft.legs:
        for theirs, other in ((leg.debit, leg.credit), (leg.credit, leg.debit)):
            if (
                theirs.party_id is not None
                and other.year is not None
                and other.kind in EARNED
                and leg.phase is not Phase.VOID
            ):
                found.append((theirs.party_id, other.year))
    return found


def _check_resolved(session: Session, draft: Draft) -> None:
    ids = [leg.of.id for leg in draft.legs if leg.of is not None]
    if not ids:
        return
    resolved = select(Transfer.id).where(Transfer.of_id.in_(ids)).limit(1)
    if session.scalar(resolved) is not None:
        raise DomainError("It was decided already")


def _check_floors(session: Session, draft: Draft) -> None:
    """Refuse what would take an account below its floor, what is held counted as given away.

    Transfer by transfer, as the database itself looks at them: what comes in by a later one cannot
    be given away by an earlier one.
    """
    ids = {account.id for leg in draft.legs for account in (leg.debit, leg.credit)}
    rows = session.connection().execute(_GIVING, {"ids": list(ids)}).all()
    left = {row.id: _free(row) for row in rows}  # of those with a floor
    for leg in draft.legs:
        for account, grows_here in ((leg.debit, Side.DEBIT), (leg.credit, Side.CREDIT)):
            if account.id not in left:
                continue
            change = _change(leg, gets=account.side is grows_here)
            before = left[account.id]
            left[account.id] += change
            if account.floor is not None and left[account.id] < account.floor:
                raise DomainError(
                    "There are only %(left)s, %(wanted)s would be needed",
                    left=before,
                    wanted=-change,
                )


def _free(row: Any) -> int:
    """Return what an account can give away."""
    if row.side is Side.CREDIT:
        return int(row.credits_posted - row.debits_posted - row.debits_pending)
    return int(row.debits_posted - row.credits_posted - row.credits_pending)


def _change(leg: Leg, *, gets: bool) -> int:
    """Return by how much a leg changes what one of its two accounts can give away."""
    if gets:
        return leg.amount if leg.phase in {Phase.POSTED, Phase.POST} else 0
    kept = {Phase.POST: 0, Phase.VOID: leg.amount}  # what is held was given away when it was held
    return kept.get(leg.phase, -leg.amount)


def _written(session: Session, draft: Draft, words: Words, period_id: int) -> Entry:
    """Write the rows; the entry is the session's from then on, without being read again."""
    facts = {
        "id": words.id,
        "key": words.key,
        "body_sha256": words.body_sha256,
        "kind": draft.kind,
        "rule_code": words.rule_code,
        "rule_version": words.rule_version,
        "rule_sha256": words.rule_sha256,
        "event": words.event,
        "note": words.note,
        "effective_on": words.effective_on,
        "recorded_at": words.recorded_at,
        "actor_id": words.actor_id,
        "approver_id": words.approver_id,
        "period_id": period_id,
        "reverses_id": words.reverses_id,
        "transfer_count": len(words.transfers),
        "previous_hash": words.previous_hash,
        "hash": digest(words),
    }
    connection = session.connection()
    connection.execute(_ENTRY, facts)
    rows = [
        {
            "entry_id": words.id,
            "number": n,
            "debit_id": leg.debit.id,
            "credit_id": leg.credit.id,
            "amount": leg.amount,
            "phase": leg.phase,
            "of_id": leg.of.id if leg.of else None,
        }
        for n, leg in enumerate(draft.legs, start=1)
    ]
    connection.execute(_TRANSFERS, rows)
    entry = Entry(**facts)
    make_transient_to_detached(entry)
    undone = session.identity_map.get(identity_key(instance=entry))
    if undone is not None:  # of this number, in a transaction that was rolled back
        session.expunge(undone)
    session.add(entry)
    return entry


def _words(draft: Draft, stands: Any, body: str, at: datetime) -> Words:
    return Words(
        id=(stands.number or 0) + 1,
        key=draft.key,
        body_sha256=body,
        kind=draft.kind.value,
        rule_code=draft.rule[0],
        rule_version=draft.rule[1],
        event=draft.event,
        note=draft.note,
        effective_on=draft.effective_on,
        recorded_at=at,
        actor_id=draft.actor_id,
        approver_id=draft.approver_id,
        year=stands.year,
        reverses_id=draft.reverses.id if draft.reverses else None,
        transfers=[[n, *_leg_words(leg)] for n, leg in enumerate(draft.legs, start=1)],
        previous_hash=stands.hash or GENESIS,
        rule_sha256=stands.rule_sha256 or "",
    )


def _leg_words(leg: Leg) -> list[object]:
    of = [leg.of.entry_id, leg.of.number] if leg.of else [0, 0]
    return [leg.debit.code, leg.credit.code, leg.amount, leg.phase.value, *of]


def _body_sha256(draft: Draft) -> str:
    """Hash what was asked for: the same act under the same key is the same entry."""
    body = [
        draft.kind.value,
        [_leg_words(leg) for leg in draft.legs],
        draft.effective_on.isoformat(),
        draft.actor_id,
        draft.approver_id,
        *draft.rule,
        draft.event,
        draft.note,
        draft.reverses.id if draft.reverses else None,
    ]
    return hashlib.sha256(canonical(body)).hexdigest()
