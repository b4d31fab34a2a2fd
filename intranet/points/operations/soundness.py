"""The whole ledger gone through in the background, what was found kept, and heads made public.

Nobody goes through the ledger within a request or while others wait to write: whoever needs it
whole asks, the worker reads it at one moment, and what it found is kept with the head it held for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.background import ask_after_commit
from intranet.errors import DomainError
from intranet.points.models import Anchor, Entry, Period, Verification
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.closing import Root, anchor

JOB = "points.verify_now"
RECENT = timedelta(days=1)  # so long what was found is believed
LOST_AFTER = timedelta(hours=1)  # whoever has begun and not finished by then was killed
FIRST, KEPT = 20, 400  # faults that are named, verifications that are kept


@dataclass(frozen=True, slots=True)
class Found:
    """What came out of going through the ledger, up to which entry it went."""

    head_id: int
    head_hash: str
    faults: int
    first_faults: Sequence[str]
    roots: Sequence[Root]


class Soundness(NamedTuple):
    """At how many places the ledger does not hold, and whether that is not known well enough."""

    broken: int
    is_unverified: bool


def ask_verification(session: Session, *, actor: Viewer | None, at: datetime) -> Verification:
    """Have the ledger gone through; who asks while it is asked for already gets the same one."""
    take_turn(session)
    waits = select(Verification).where(
        Verification.finished_at.is_(None), Verification.asked_at > at - LOST_AFTER
    )
    made = session.scalar(waits.order_by(Verification.id.desc()).limit(1))
    if made is None:
        made = Verification(asked_at=at, asked_by=actor.account_id if actor else None)
        session.add(made)
        session.flush()
    ask_after_commit(session, JOB)
    return made


def take_verification(session: Session, *, at: datetime) -> Verification | None:
    """Begin what was asked for, or what somebody began who was killed; None where nothing is."""
    take_turn(session)
    found = session.scalar(
        select(Verification)
        .where(
            Verification.finished_at.is_(None),
            Verification.started_at.is_(None) | (Verification.started_at < at - LOST_AFTER),
        )
        .order_by(Verification.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if found is not None:
        found.started_at = at
        session.flush()
    return found


def note_verification(session: Session, one: Verification, found: Found, *, at: datetime) -> None:
    """Keep what was found; the oldest ones are dropped."""
    one.finished_at, one.faults = at, found.faults
    one.head_id, one.head_hash = found.head_id, found.head_hash
    one.first_faults = json.dumps(list(found.first_faults[:FIRST]), ensure_ascii=False)
    one.roots = json.dumps([list(root) for root in found.roots])
    session.flush()
    session.execute(delete(Verification).where(Verification.id <= one.id - KEPT))
    Act(None, at).record(
        session, "points:ledger:verify", "points_entry", found.head_id, "", faults=found.faults
    )


def newest_finding(session: Session) -> Verification | None:
    """Return the newest verification that is finished."""
    return session.scalar(
        select(Verification)
        .where(Verification.finished_at.is_not(None))
        .order_by(Verification.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def soundness(session: Session, year: int, *, at: datetime) -> Soundness:
    """Return what is known of the ledger, as far as a year's end has to know it.

    It is known well enough where it was gone through within a day, and with every entry of the
    year. A head that was seen and stands there no longer is a fault, too.
    """
    found = newest_finding(session)
    if found is None:
        return Soundness(0, is_unverified=True)
    of_year = select(func.max(Entry.id)).join(Period, Period.id == Entry.period_id)
    last = session.scalar(of_year.where(Period.year == year)) or 0
    is_old = found.finished_at is None or found.finished_at < at - RECENT or found.head_id < last
    return Soundness(found.faults + _is_gone(session, found), is_unverified=is_old)


def root_of(session: Session, year: int) -> Root | None:
    """Return the root over a year's entries as they were found last."""
    found = newest_finding(session)
    roots = [Root(*one) for one in json.loads(found.roots)] if found is not None else []
    return next((one for one in roots if one.year == year), None)


def publish_head(
    session: Session, *, place: str, actor: Viewer, at: datetime, address: str = ""
) -> Anchor:
    """Note where the head that was found whole is made public, with the roots of the years.

    Raises InputError without a place, DomainError where the ledger was not found whole lately.
    """
    take_turn(session)
    found = newest_finding(session)
    if found is None or found.finished_at is None or found.finished_at < at - RECENT:
        raise DomainError("The ledger has to be verified first; that is an hour's matter at most")
    if found.faults or _is_gone(session, found):
        raise DomainError("The ledger does not hold: nothing of it is made public until it does")
    if not found.head_id:
        raise DomainError("There is no entry yet")
    roots = [Root(*one) for one in json.loads(found.roots)]
    made = anchor(
        session,
        place=place,
        actor_id=actor.account_id,
        at=at,
        head=(found.head_id, found.head_hash),
        roots=roots,
    )
    act = Act(actor, at, address)
    facts = {"hash": made.hash, "place": made.place}
    act.record(session, "points:head:publish", "points_entry", made.entry_id, "", **facts)
    return made


def _is_gone(session: Session, found: Verification) -> bool:
    """Whether the newest entry that was seen is there no longer, or is another."""
    if not found.head_id:
        return False
    return session.scalar(select(Entry.hash).where(Entry.id == found.head_id)) != found.head_hash
