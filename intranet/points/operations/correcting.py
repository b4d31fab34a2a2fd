"""An entry is corrected by two: one says what is wrong, another has it done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit, clock
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    AccountKind,
    Correction,
    CorrectionReason,
    CorrectionState,
    Entry,
    EntryKind,
    LedgerAccount,
    Phase,
    Transfer,
)
from intranet.points.operations.accounts import POINTS, take_turn
from intranet.points.operations.deciding import follow_correction
from intranet.points.operations.posting import (
    AMOUNT_MAX,
    Draft,
    Leg,
    post,
    reverse,
    transfers_of,
)
from intranet.register.models import Party

WORDS_MAX = 500


def ask_correction(
    session: Session,
    *,
    entry: Entry,
    reason: CorrectionReason,
    words: str,
    amount: int | None,
    actor: Viewer,
    at: datetime,
    address: str,
) -> Correction:
    """Say that an entry is wrong, and with ``amount`` what would have been right.

    Raises InputError without words or with an amount that changes nothing; DomainError for what
    is pending, let go, a correction, corrected or asked for already, or of the actor's household.
    """
    take_turn(session)
    tidy = " ".join(words.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", "words")
    found = transfers_of(session, entry)
    check_correctable(session, entry, found)
    _check_home(session, actor, found)
    if (amount is not None) != (reason is CorrectionReason.WRONG_AMOUNT):
        raise InputError("The right amount belongs to a wrong one, and to nothing else", "amount")
    if amount is not None and not is_of_one_amount(found):
        raise InputError("It is of several; correct it and enter each anew", "amount")
    if amount is not None and (amount == found[0].amount or not 0 < amount <= AMOUNT_MAX):
        raise InputError("This is what was entered", "amount")
    asked = Correction(
        entry_id=entry.id,
        reason=reason,
        words=tidy,
        amount=amount,
        state=CorrectionState.ASKED,
        asked_by=actor.account_id,
        asked_at=at,
        answer="",
    )
    session.add(asked)
    session.flush()
    _note(asked, "ask", session=session, actor=actor, at=at, address=address)
    return asked


def confirm_correction(
    session: Session, *, asked: Correction, actor: Viewer, at: datetime, address: str
) -> Entry:
    """Undo the entry by its mirror image, and enter it anew where an amount was wrong.

    The new one comes first: what was spent of the wrong one may be covered by it. Raises
    DomainError for whoever asked for it, lives with the party, or where the points are spent.
    """
    _take(session, asked, actor)
    wrong = session.get_one(Entry, asked.entry_id)
    found = transfers_of(session, wrong)
    check_correctable(session, wrong, found, besides=asked.id)
    _check_home(session, actor, found)
    day = clock.day_of(at)
    key = f"correction:{asked.id}"
    anew = None
    if asked.amount is not None:
        is_taken = found[0].debit.kind is AccountKind.PARTY
        draft = Draft(
            key=f"{key}:anew",
            kind=EntryKind.DEDUCT if is_taken else EntryKind.GRANT,
            legs=[Leg(found[0].debit, found[0].credit, asked.amount)],
            effective_on=day,
            rule=(wrong.rule_code, wrong.rule_version),
            event=wrong.event,
            note=asked.reason.value,
            actor_id=asked.asked_by,
            approver_id=actor.account_id,
        )
        anew = post(session, draft, at=at)
    done = reverse(
        session,
        wrong,
        key=key,
        effective_on=day,
        at=at,
        actor_id=asked.asked_by,
        approver_id=actor.account_id,
        note=asked.reason.value,
    )
    asked.state, asked.reversal_id = CorrectionState.CONFIRMED, done.id
    asked.replacement_id = anew.id if anew is not None else None
    asked.decided_by, asked.decided_at = actor.account_id, at
    follow_correction(session, actor=actor, at=at, wrong=wrong, anew=anew, words=asked.words)
    session.flush()
    _note(asked, "confirm", session=session, actor=actor, at=at, address=address)
    return done


def refuse_correction(
    session: Session, *, asked: Correction, answer: str, actor: Viewer, at: datetime, address: str
) -> None:
    """Leave the entry as it is, and say why.

    Raises InputError without words, DomainError for whoever asked for it.
    """
    _take(session, asked, actor)
    tidy = " ".join(answer.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", "answer")
    asked.state, asked.answer = CorrectionState.REFUSED, tidy
    asked.decided_by, asked.decided_at = actor.account_id, at
    session.flush()
    _note(asked, "refuse", session=session, actor=actor, at=at, address=address)


def is_of_one_amount(found: Sequence[Transfer]) -> bool:
    """Whether an entry is one amount of points, which can be put right by another one."""
    return len(found) == 1 and found[0].debit.ledger == POINTS


def check_correctable(
    session: Session, entry: Entry, found: Sequence[Transfer], *, besides: int = 0
) -> None:
    """Refuse what cannot be corrected; ``besides`` is the request that is at hand."""
    if any(one.phase not in {Phase.POSTED, Phase.POST} for one in found):
        raise DomainError("It is not posted yet: it is let go, not reversed")
    if entry.reverses_id is not None:
        raise DomainError("A correction is not undone; enter it anew")
    if session.scalar(select(Entry.id).where(Entry.reverses_id == entry.id)) is not None:
        raise DomainError("It was corrected already")
    waits = select(Correction.id).where(
        Correction.entry_id == entry.id,
        Correction.state == CorrectionState.ASKED,
        Correction.id != besides,
    )
    if session.scalar(waits) is not None:
        raise DomainError("A correction of it waits for somebody to confirm it")


def _take(session: Session, asked: Correction, actor: Viewer) -> None:
    take_turn(session)
    session.refresh(asked)
    if asked.state is not CorrectionState.ASKED:
        raise DomainError("It was decided already")
    if asked.asked_by == actor.account_id:
        raise DomainError("You asked for it yourself; somebody else has to decide on it")


def _check_home(session: Session, actor: Viewer, found: Sequence[Transfer]) -> None:
    """Refuse whoever the points are of, or who lives with them."""
    accounts = [one.debit_id for one in found] + [one.credit_id for one in found]
    of = select(LedgerAccount.party_id).where(LedgerAccount.id.in_(accounts))
    rows = session.execute(select(Party.id, Party.household_id).where(Party.id.in_(of)))
    if any(one in actor.party_ids for row in rows for one in row if one is not None):
        raise DomainError("It is your own household's; somebody else has to decide on it")


def _note(asked: Correction, verb: str, **who: Any) -> None:
    audit.record(
        **who,
        action=f"points:correction:{verb}",
        object_kind="points_entry",
        object_id=asked.entry_id,
        reason=asked.reason.value,
    )
