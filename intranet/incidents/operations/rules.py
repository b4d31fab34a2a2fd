"""What stands between a person and a move, beyond state and permission."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from intranet.errors import DomainError
from intranet.incidents.models import Barrier, Incident, Move, Request, Verb

REOPEN_WINDOW = timedelta(days=15)
MERGE_WINDOW = timedelta(hours=1)
JOIN_WINDOW = timedelta(days=3)  # by the reporter: nobody of the desk has looked at it yet
# Which request a move grants; a refusal answers whichever there is.
GRANTS = {Verb.SUSPEND: Request.SUSPENSION, Verb.EXTEND: Request.EXTENSION}


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody about to make a move; ``hands`` have handled the incident in this round.

    ``unmerge_until`` is the moment until which its last merging may be taken back.
    """

    move: Move
    incident: Incident
    actor_id: int
    hands: Collection[int]
    at: datetime
    by_phone: bool = False  # with the reporter on the phone, who is spoken for
    unmerge_until: datetime | None = None


def barred(attempt: Try) -> DomainError | None:
    """Return why this person may not make this move now, or None."""
    found = (_CHECKS[barrier](attempt) for barrier in sorted(attempt.move.barriers))
    return next((error for error in found if error is not None), None)


def _not_handler(attempt: Try) -> DomainError | None:
    if attempt.actor_id in attempt.hands:
        return DomainError("Whoever handled it may not check the result; somebody else must")
    return None


def _own_word(attempt: Try) -> DomainError | None:
    if attempt.actor_id == attempt.incident.reporter_id:
        return None
    if not attempt.by_phone:
        return DomainError("Only the reporter says how satisfied they are; or call them back")
    return _not_handler(attempt)


def _open_request(attempt: Try) -> DomainError | None:
    asked = attempt.incident.asked_for
    if asked is None or asked is not GRANTS.get(attempt.move.verb, asked):
        return DomainError("Nobody has asked for this")
    if attempt.incident.asked_by_id == attempt.actor_id:
        return DomainError("Whoever asks for it may not grant it")
    return None


def _one_extension(attempt: Try) -> DomainError | None:
    if attempt.incident.extension_minutes:
        return DomainError("The limit was extended once already")
    return None


def _reopen_window(attempt: Try) -> DomainError | None:
    if attempt.by_phone:
        return None
    closed_at = attempt.incident.closed_at
    if closed_at is None or attempt.at - closed_at > REOPEN_WINDOW:
        return DomainError(
            "It was closed more than %(days)d days ago; please report it anew",
            days=REOPEN_WINDOW.days,
        )
    return None


def _merge_window(attempt: Try) -> DomainError | None:
    if attempt.unmerge_until is None or attempt.at > attempt.unmerge_until:
        return DomainError("It is too late to take the merging back")
    return None


_CHECKS: dict[Barrier, Callable[[Try], DomainError | None]] = {
    Barrier.NOT_HANDLER: _not_handler,
    Barrier.OWN_WORD: _own_word,
    Barrier.OPEN_REQUEST: _open_request,
    Barrier.ONE_EXTENSION: _one_extension,
    Barrier.REOPEN_WINDOW: _reopen_window,
    Barrier.MERGE_WINDOW: _merge_window,
}
