"""A gathering undone as one: taken back, let go while it is public, or reversed by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Permission, Viewer, allowed
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    Claim,
    ClaimState,
    ClaimVerb,
    Correction,
    CorrectionReason,
    CorrectionState,
    Entry,
    Gathering,
)
from intranet.points.operations.accounts import open_period, take_turn
from intranet.points.operations.claiming import lock, move, note_gathering
from intranet.points.operations.deciding import (
    follow_correction,
    let_go_by_mistake,
    said_of,
)
from intranet.points.operations.homes import is_own
from intranet.points.operations.posting import reverse
from intranet.points.operations.telling import tell_that_undoing_waits


def undo_gathering(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    gathering: Gathering,
    claims: Sequence[Claim],
    words: str = "",
    address: str = "",
) -> int:
    """Take back what nobody has approved yet and let go what is public; return how many.

    By whoever entered it or may correct entries there, in one transaction; own points may be among
    what is let go. What is disputed waits for its third person, what is posted for two. Raises
    DomainError for anybody else, and where nothing of it waits or is public.
    """
    take_turn(session)
    is_theirs = actor.account_id == gathering.made_by
    if not is_theirs and not allowed(actor, Permission.POINTS_ENTRY_CORRECT, gathering):
        raise DomainError("Only whoever filed it takes it back")
    done = 0
    for claim in claims:
        lock(session, claim)
        if claim.state is ClaimState.SUBMITTED:
            move(session, claim, ClaimVerb.WITHDRAW, at=at, actor=actor, words=words)
        elif claim.state is ClaimState.PUBLICITY:
            let_go_by_mistake(session, actor=actor, at=at, claim=claim, words=words)
        else:
            continue
        done += 1
    if not done:
        raise DomainError("All of it was decided already")
    note_gathering(session, gathering, "undo", Act(actor, at, address), parties=done)
    return done


def ask_undoing(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    gathering: Gathering,
    claims: Sequence[Claim],
    reason: CorrectionReason,
    words: str,
    address: str = "",
) -> int:
    """Ask that all of a gathering that is posted be reversed; return of how many.

    Raises InputError (``words``, ``reason``); DomainError where one of them is of the actor's
    household, and where nothing is posted that is not asked for already.
    """
    take_turn(session)
    said = said_of(words)
    if reason is CorrectionReason.WRONG_AMOUNT:
        raise InputError("A wrong number is put right in its own entry", "reason")
    posted = [one for one in claims if one.state is ClaimState.POSTED]
    waits = set(
        session.scalars(
            select(Correction.entry_id).where(
                Correction.entry_id.in_([one.posted_id for one in posted]),
                Correction.state == CorrectionState.ASKED,
            )
        )
    )
    wanted = [one for one in posted if one.posted_id not in waits]
    if not wanted:
        raise DomainError("Nothing of it is posted that is not to be undone already")
    _check_homes(session, actor, wanted)
    session.add_all(
        Correction(
            entry_id=one.posted_id,
            gathering_id=gathering.id,
            reason=reason,
            words=said,
            state=CorrectionState.ASKED,
            asked_by=actor.account_id,
            asked_at=at,
            answer="",
        )
        for one in wanted
    )
    session.flush()
    tell_that_undoing_waits(session, gathering, actor=actor, at=at)
    note_gathering(session, gathering, "ask", Act(actor, at, address), parties=len(wanted))
    return len(wanted)


def confirm_undoing(
    session: Session, *, actor: Viewer, at: datetime, gathering: Gathering, address: str = ""
) -> tuple[int, int]:
    """Reverse each entry that was asked for by another; return how many, and how many are left.

    Left is what was spent meanwhile: it stays asked for. Raises DomainError where all of it is, for
    whoever asked, who lives with one of them, and where it was decided meanwhile.
    """
    asked = _asked_by_another(session, actor, gathering)
    open_period(session, year=clock.day_of(at).year)
    done, problem = 0, None
    for one in asked:
        try:
            _reverse(session, one, actor=actor, at=at)
        except DomainError as spent:  # the floor: nothing was written for this one
            problem = problem or spent
        else:
            done += 1
    if problem is not None and not done:
        raise problem
    note_gathering(session, gathering, "confirm", Act(actor, at, address), parties=done)
    return done, len(asked) - done


def refuse_undoing(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    gathering: Gathering,
    answer: str,
    address: str = "",
) -> int:
    """Leave the entries of a gathering as they are, and say why; return how many.

    Raises InputError (``answer``), and what ``confirm_undoing`` raises for the person.
    """
    try:
        said = said_of(answer)
    except InputError as error:
        raise InputError(error.key, "answer") from None
    asked = _asked_by_another(session, actor, gathering)
    for one in asked:
        one.state, one.answer = CorrectionState.REFUSED, said
        one.decided_by, one.decided_at = actor.account_id, at
    session.flush()
    note_gathering(session, gathering, "refuse", Act(actor, at, address), parties=len(asked))
    return len(asked)


def _reverse(session: Session, asked: Correction, *, actor: Viewer, at: datetime) -> None:
    wrong = session.get_one(Entry, asked.entry_id)
    done = reverse(
        session,
        wrong,
        key=f"correction:{asked.id}",
        effective_on=clock.day_of(at),
        at=at,
        actor_id=asked.asked_by,
        approver_id=actor.account_id,
        note=asked.reason.value,
    )
    asked.state, asked.reversal_id = CorrectionState.CONFIRMED, done.id
    asked.decided_by, asked.decided_at = actor.account_id, at
    follow_correction(session, actor=actor, at=at, wrong=wrong, anew=None, words=asked.words)


def _asked_by_another(
    session: Session, actor: Viewer, gathering: Gathering
) -> Sequence[Correction]:
    take_turn(session)
    waits = (
        select(Correction)
        .where(Correction.gathering_id == gathering.id, Correction.state == CorrectionState.ASKED)
        .order_by(Correction.id)
        .execution_options(populate_existing=True)
    )
    asked = session.scalars(waits).all()
    if not asked:
        raise DomainError("It was decided already")
    by_another = [one for one in asked if one.asked_by != actor.account_id]
    if not by_another:
        raise DomainError("You asked for it yourself; somebody else has to decide on it")
    entries = [one.entry_id for one in by_another]
    claims = session.scalars(select(Claim).where(Claim.posted_id.in_(entries))).all()
    _check_homes(session, actor, claims)
    return by_another


def _check_homes(session: Session, actor: Viewer, claims: Sequence[Claim]) -> None:
    if is_own(session, actor, claims):
        raise DomainError("Points of your own household are among them; somebody else has to do it")
