"""The one way into the ledger: an entry of transfers, posted whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from intranet.errors import DomainError, InputError
from intranet.points.models import (
    GENESIS,
    Entry,
    EntryKind,
    LedgerAccount,
    Period,
    PeriodState,
    Phase,
    Side,
    Transfer,
)
from intranet.points.models.words import Words, canonical, digest
from intranet.points.operations.accounts import take_turn

KEY_MAX, NOTE_MAX, LEGS_MAX = 120, 200, 2000
AMOUNT_MAX = 10**12


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
    the date lies in no open year, an account would fall below its floor, what is pending was
    resolved or what is reversed was reversed already. Nothing is written then.
    """
    _check(draft)
    take_turn(session)
    body = _body_sha256(draft)
    first = session.scalar(select(Entry).where(Entry.key == draft.key))
    if first is not None:
        if first.body_sha256 != body:
            raise DomainError("This was entered already, with other content")
        return first
    period = _open_period(session, draft.effective_on)
    _check_reversal(session, draft)
    _check_resolved(session, draft)
    _check_floors(session, draft)
    entry = _written(session, draft, period, body, at)
    for account in {id(one): one for leg in draft.legs for one in (leg.debit, leg.credit)}.values():
        session.expire(account)  # the database has changed its totals
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
    found = session.execute(
        select(Entry.id, Entry.hash).order_by(Entry.id.desc()).limit(1)
    ).one_or_none()
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


def _open_period(session: Session, day: date) -> Period:
    found = session.scalar(
        select(Period)
        .where(Period.starts_on <= day, Period.ends_on >= day)
        .execution_options(populate_existing=True)
    )
    if found is None or found.state is not PeriodState.OPEN:
        raise DomainError("The year of %(day)s is not open", day=day.isoformat())
    return found


def _check_reversal(session: Session, draft: Draft) -> None:
    if draft.reverses is None:
        return
    if draft.reverses.reverses_id is not None:
        raise DomainError("A correction is not undone; enter it anew")
    undone = select(Entry.id).where(Entry.reverses_id == draft.reverses.id)
    if session.scalar(undone) is not None:
        raise DomainError("It was corrected already")


def _check_resolved(session: Session, draft: Draft) -> None:
    ids = [leg.of.id for leg in draft.legs if leg.of is not None]
    resolved = select(Transfer.id).where(Transfer.of_id.in_(ids)).limit(1)
    if ids and session.scalar(resolved) is not None:
        raise DomainError("It was decided already")


def _check_floors(session: Session, draft: Draft) -> None:
    """Refuse what would take an account below its floor, what is held counted as given away.

    Transfer by transfer, as the database itself looks at them: what comes in by a later one cannot
    be given away by an earlier one.
    """
    ids = {account.id for leg in draft.legs for account in (leg.debit, leg.credit)}
    rows = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    left = {account.id: account.available for account in rows}
    for leg in draft.legs:
        for account, grows_here in ((leg.debit, Side.DEBIT), (leg.credit, Side.CREDIT)):
            change = _change(leg, gets=account.side is grows_here)
            before = left[account.id]
            left[account.id] += change
            if account.floor is not None and left[account.id] < account.floor:
                raise DomainError(
                    "There are only %(left)s, %(wanted)s would be needed",
                    left=before,
                    wanted=-change,
                )


def _change(leg: Leg, *, gets: bool) -> int:
    """Return by how much a leg changes what one of its two accounts can give away."""
    if gets:
        return leg.amount if leg.phase in {Phase.POSTED, Phase.POST} else 0
    kept = {Phase.POST: 0, Phase.VOID: leg.amount}  # what is held was given away when it was held
    return kept.get(leg.phase, -leg.amount)


def _written(session: Session, draft: Draft, period: Period, body: str, at: datetime) -> Entry:
    words = _words(session, draft, period.year, body, at)
    entry = Entry(
        id=words.id,
        key=words.key,
        body_sha256=words.body_sha256,
        kind=draft.kind,
        rule_code=words.rule_code,
        rule_version=words.rule_version,
        event=words.event,
        note=words.note,
        effective_on=words.effective_on,
        recorded_at=words.recorded_at,
        actor_id=words.actor_id,
        approver_id=words.approver_id,
        period_id=period.id,
        reverses_id=words.reverses_id,
        transfer_count=len(words.transfers),
        previous_hash=words.previous_hash,
        hash=digest(words),
    )
    session.add(entry)
    session.flush()
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
    session.execute(insert(Transfer), rows)
    return entry


def _words(session: Session, draft: Draft, year: int, body: str, at: datetime) -> Words:
    newest, previous_hash = head(session)
    return Words(
        id=newest + 1,
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
        year=year,
        reverses_id=draft.reverses.id if draft.reverses else None,
        transfers=[[n, *_leg_words(leg)] for n, leg in enumerate(draft.legs, start=1)],
        previous_hash=previous_hash,
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
