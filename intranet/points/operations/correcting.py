"""An entry is corrected by two: one says what is wrong, another has it done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit, clock
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    BY_RULE,
    POINTS_MAX,
    AccountKind,
    Claim,
    Correction,
    CorrectionReason,
    CorrectionState,
    Entry,
    EntryKind,
    LedgerAccount,
    Period,
    PeriodState,
    Phase,
    Transfer,
)
from intranet.points.operations.accounts import open_period, take_turn
from intranet.points.operations.apart import check_apart, why_not_apart
from intranet.points.operations.deciding import check_amount, follow_correction
from intranet.points.operations.posting import (
    Draft,
    Leg,
    post,
    reverse,
    transfers_of,
)
from intranet.points.operations.settled import is_signed

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

    Raises InputError without words or with an amount that changes nothing, or that its rule does
    not give; DomainError for what is pending, let go, a correction, corrected or asked for
    already, or of the actor's household or team, and for an amount past a cap.
    """
    take_turn(session)
    tidy = " ".join(words.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", "words")
    found = transfers_of(session, entry)
    check_correctable(session, entry, found)
    _check_apart(session, actor, entry, found)
    if (amount is not None) != (reason is CorrectionReason.WRONG_AMOUNT):
        raise InputError("The right amount belongs to a wrong one, and to nothing else", "amount")
    if amount is not None:
        _check_amount(session, entry, found, amount)
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
    DomainError for whoever asked for it, lives with the party or is in the team, where the points
    are spent, or where others have filled the cap of its rule meanwhile.
    """
    _take(session, asked, actor)
    wrong = session.get_one(Entry, asked.entry_id)
    found = transfers_of(session, wrong)
    check_correctable(session, wrong, found, besides=asked.id)
    _check_apart(session, actor, wrong, found)
    day = _day(session, wrong, at)
    key = f"correction:{asked.id}"
    anew = None
    if asked.amount is not None:
        check_amount(session, entry=wrong, amount=asked.amount)
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

    Raises InputError without words, DomainError for whoever asked for it, lives with the party or
    is in the team.
    """
    _take(session, asked, actor)
    wrong = session.get_one(Entry, asked.entry_id)
    _check_apart(session, actor, wrong, transfers_of(session, wrong))
    tidy = " ".join(answer.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", "answer")
    asked.state, asked.answer = CorrectionState.REFUSED, tidy
    asked.decided_by, asked.decided_at = actor.account_id, at
    session.flush()
    _note(asked, "refuse", session=session, actor=actor, at=at, address=address)


def is_of_one_amount(found: Sequence[Transfer]) -> bool:
    """Whether an entry is one amount that a rule gave or took, which another can put right."""
    return len(found) == 1 and bool({found[0].debit.kind, found[0].credit.kind} & BY_RULE)


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


def lives_there(session: Session, actor: Viewer, entry: Entry) -> bool:
    """Whether the points of an entry are the actor's, the home's or the team's."""
    parties, more = _whose(session, entry, transfers_of(session, entry))
    return bool(why_not_apart(session, actor, parties, **more))


def _check_amount(session: Session, entry: Entry, found: Sequence[Transfer], amount: int) -> None:
    if not is_of_one_amount(found):
        raise InputError("It is of several; correct it and enter each anew", "amount")
    if amount == found[0].amount:
        raise InputError("This is what was entered", "amount")
    if not 0 < amount <= POINTS_MAX:
        raise InputError("Between 1 and %(most)s points", "amount", most=POINTS_MAX)
    check_amount(session, entry=entry, amount=amount)


def _day(session: Session, wrong: Entry, at: datetime) -> date:
    """Return the day of a correction: in the year it is of while that takes entries, else today.

    So a year's books are right by themselves, as claims decided in January are of December. Today
    may be the first day of a year in which nothing was entered yet.
    """
    today = clock.day_of(at)
    of = select(Period.state, Period.ends_on).where(Period.id == wrong.period_id)
    state, last = session.execute(of).one()
    if state is PeriodState.OPEN and not _is_signed(session, wrong, last.year, at):
        return min(today, last)
    open_period(session, year=today.year)
    return today


def _is_signed(session: Session, wrong: Entry, year: int, at: datetime) -> bool:
    """Whether standings that the entry counted in are signed: the year takes nothing more."""
    parties, _more = _whose(session, wrong, transfers_of(session, wrong))
    return is_signed(session, [(one, year) for one in parties], at=at)


def _take(session: Session, asked: Correction, actor: Viewer) -> None:
    take_turn(session)
    session.refresh(asked)
    if asked.state is not CorrectionState.ASKED:
        raise DomainError("It was decided already")
    if asked.asked_by == actor.account_id:
        raise DomainError("You asked for it yourself; somebody else has to decide on it")


def _check_apart(session: Session, actor: Viewer, entry: Entry, found: Sequence[Transfer]) -> None:
    """Refuse whoever the points are of, who lives with them, or is in the team they are of."""
    parties, more = _whose(session, entry, found)
    check_apart(session, actor, parties, **more)


def _whose(
    session: Session, entry: Entry, found: Sequence[Transfer]
) -> tuple[list[int], dict[str, Any]]:
    """Return the parties of an entry, and the day and the filer of what is behind it."""
    accounts = [one.debit_id for one in found] + [one.credit_id for one in found]
    of = select(LedgerAccount.party_id).where(
        LedgerAccount.id.in_(accounts), LedgerAccount.party_id.is_not(None)
    )
    claim = session.scalar(select(Claim).where(Claim.posted_id == entry.id))
    days = [entry.effective_on] if claim is None else [claim.happened_on]
    filed_by = claim.made_by if claim is not None else None
    parties = [one for one in session.scalars(of) if one is not None]
    return parties, {"days": days, "filed_by": filed_by}


def _note(asked: Correction, verb: str, **who: Any) -> None:
    audit.record(
        **who,
        action=f"points:correction:{verb}",
        object_kind="points_entry",
        object_id=asked.entry_id,
        reason=asked.reason.value,
    )
