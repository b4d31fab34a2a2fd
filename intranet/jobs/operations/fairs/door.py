"""The door of a fair: a pass for each seeker, taken once; and those who come without one."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import COMING, Fair, FairPass, FairState, Seeker, WalkIn
from intranet.jobs.operations.fairs.planning import must_be, note, passes_of, take_fair
from intranet.jobs.operations.people import must_stand

# Signs that nobody takes for another, read aloud or by eye: 30 of them, ten to a token, 49 bits.
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10


def clean_token(typed: str) -> str:
    """Return a token as it is kept, whatever spaces, dashes or wide signs it was typed with."""
    plain = unicodedata.normalize("NFKC", typed[:60]).upper()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())


def shown_token(token: str) -> str:
    """Return a token as it is printed: two groups of five."""
    half = LENGTH // 2
    return f"{token[:half]}-{token[half:]}"


def give_pass(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    seeker: Seeker,
    address: str = "",
) -> FairPass:
    """Hand a seeker a pass for a fair; asked for again it is the same one.

    Raises DomainError where the fair is over or full, or who it is was erased or
    joined to another.
    """
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, *COMING)
    must_stand(session, seeker)
    found = session.scalar(
        select(FairPass).where(FairPass.fair_id == fair.id, FairPass.seeker_id == seeker.id)
    )
    if found is not None:
        return found
    if fair.capacity is not None and passes_of(session, fair) >= fair.capacity:
        raise DomainError("All passes of this fair are handed out")
    token = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    made = FairPass(
        fair_id=fair.id, seeker_id=seeker.id, token=token, made_at=at, made_by=act.account_id
    )
    session.add(made)
    session.flush()
    note(session, act, "jobs:fair:give_pass", fair, number=made.id, seeker=seeker.id)
    return made


def check_in(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    token: str,
    address: str = "",
) -> FairPass:
    """Let in whoever brings a pass, once.

    Raises InputError (``token``) where it is none of this fair, DomainError where it was used or
    the doors are closed. Of two at once one gets in: the row is changed only while it is unused.
    """
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, FairState.OPEN)
    kept = clean_token(token)
    found = session.scalar(
        select(FairPass).where(FairPass.fair_id == fair.id, FairPass.token == kept)
    )
    if found is None:
        raise InputError("This is no pass of this fair", "token")
    used = session.execute(
        update(FairPass)
        .where(FairPass.id == found.id, FairPass.used_at.is_(None))
        .values(used_at=at, used_by=act.account_id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(found)
    if not used.rowcount:  # type: ignore[attr-defined]
        raise DomainError("This pass was used already")
    note(session, act, "jobs:fair:check_in", fair, number=found.id, seeker=found.seeker_id)
    return found


def count_walk_in(
    session: Session, *, actor: Viewer, at: datetime, fair: Fair, address: str = ""
) -> WalkIn:
    """Count somebody who came without a pass."""
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, FairState.OPEN)
    made = WalkIn(fair_id=fair.id, at=at, by=act.account_id)
    session.add(made)
    session.flush()
    note(session, act, "jobs:fair:count_walk_in", fair, number=made.id)
    return made


def undo_walk_in(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    walk_in: WalkIn,
    address: str = "",
) -> None:
    """Take back that somebody was counted. Raises DomainError where it was done already."""
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, FairState.OPEN)
    session.refresh(walk_in, with_for_update=True)
    if walk_in.undone_at is not None:
        raise DomainError("This was taken back already")
    walk_in.undone_at = at
    session.flush()
    note(session, act, "jobs:fair:undo_walk_in", fair, number=walk_in.id)
