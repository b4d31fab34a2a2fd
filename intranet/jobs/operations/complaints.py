"""Complaints about posts: said by anybody, answered once by the station for all of a post."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.jobs.models import (
    POST_MOVES,
    Complaint,
    ComplaintAnswer,
    JobPost,
    Outcome,
    PostState,
    PostVerb,
    Wrong,
)
from intranet.jobs.operations.deeds import Deed, take_post
from intranet.jobs.operations.reviewing import remove_post, require_another
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.operations.answering import who_answers

WORDS_MAX = 300
AGAIN_AFTER = timedelta(hours=1)  # one of a device and a post
POSTS_AN_HOUR = 10  # of a device, whichever posts
DEVICE_KEPT = timedelta(days=1)
CAME = N_("Somebody complains of a post: %(title)s")
URGENT = frozenset({Wrong.FEE, Wrong.FALSE_COMPANY})
GONE = (PostState.REMOVED, PostState.WITHDRAWN, PostState.EXPIRED)


class AskedTooOften(DomainError):  # noqa: N818 — named for what happened
    """One device has complained of a post already, or of many, within the hour."""

    status = 429


def complain(
    session: Session,
    *,
    at: datetime,
    post: JobPost,
    wrong: Wrong,
    words: str = "",
    device: str,
    at_screen: bool = False,
) -> Complaint:
    """Write a complaint down and tell the station of the first that waits of a post.

    Nobody is named: there is no actor and no address, not on the trail either. Raises InputError
    (``words``) where *other* says nothing, AskedTooOften, DomainError for a post that nobody sees.
    """
    said = words.strip()
    if wrong is Wrong.OTHER and not said:
        raise InputError("Say in a few words what is wrong", "words")
    if len(said) > WORDS_MAX:
        raise InputError("At most %(max)d characters", "words", max=WORDS_MAX)
    # Whoever complains of the same post takes turns at its row: none slips past the count.
    session.refresh(post, with_for_update=True)
    if post.state is not PostState.PUBLISHED:
        raise DomainError("This post is not offered any more; thank you all the same")
    _not_too_often(session, post, device, at)
    waiting = set(
        session.scalars(
            select(Complaint.wrong).where(
                Complaint.post_id == post.id, Complaint.answer_id.is_(None)
            )
        )
    )
    made = Complaint(
        post_id=post.id, wrong=wrong, words=said, at=at, device=device, at_screen=at_screen
    )
    session.add(made)
    session.flush()
    Deed(None, at).note(session, "jobs:complaint:make", post, wrong=wrong.value)
    # One that waits for no hurry does not hold back one that is urgent.
    if not waiting or (wrong in URGENT and not waiting & URGENT):
        _tell_station(session, made, post)
    return made


def answer_complaints(
    session: Session,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    upto: int,
    outcome: Outcome,
    words: str,
    told: str = "",
    address: str = "",
) -> ComplaintAnswer:
    """Answer all complaints of a post that the page showed, ``upto`` the newest of them, at once.

    ``words`` are the station's own and go nowhere. *Taken down* takes the post down, with all that
    hangs on it, if it is still seen; ``told`` is the reason that its company reads, and nothing is
    told otherwise. Raises InputError (``words``) without a word of what was found, or (``told``)
    without a reason, or with one that nobody would read; DomainError where somebody else has
    answered meanwhile. What came after the page was made stays open.
    """
    said, told = words.strip(), told.strip()
    if not 0 < len(said) <= WORDS_MAX:
        raise InputError("Say what was found", "words")
    take_post(session, post)
    shown = (Complaint.post_id == post.id, Complaint.answer_id.is_(None), Complaint.id <= upto)
    if not session.scalar(select(func.count()).select_from(Complaint).where(*shown)):
        raise DomainError("Somebody else has answered this already; here is what was said")
    removes = outcome is Outcome.TAKEN_DOWN and post.state not in GONE
    if len(told) > WORDS_MAX or (removes and not told):
        raise InputError("Tell the company why its post is taken down", "told")
    if told and not removes:
        raise InputError("The company reads this only when its post is taken down", "told")
    deed = Deed(actor, at, address)
    if outcome is not Outcome.TAKEN_DOWN:
        require_another(session, post, actor, deed)  # nobody clears what is one's own
    if removes:
        if post.state not in POST_MOVES[PostVerb.REMOVE].froms:
            raise DomainError("The post is being changed and is not seen now; say what was found")
        given: dict[str, Any] = {"actor": actor, "at": at, "address": address}
        remove_post(session, post, version=post.version, reason=told, **given)
    made = ComplaintAnswer(
        post_id=post.id, outcome=outcome, words=said, told=told, by=actor.account_id, at=at
    )
    session.add(made)
    session.flush()
    session.execute(
        update(Complaint)
        .where(*shown)
        .values(answer_id=made.id)
        .execution_options(synchronize_session=False)
    )
    deed.note(session, "jobs:complaint:answer", post, reason=said, outcome=outcome.value)
    return made


def empty_complaint(
    session: Session,
    complaint: Complaint,
    post: JobPost,
    *,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Empty the words of a complaint that name somebody: what is said to be wrong stays.

    Raises DomainError where they are empty already, and for whoever the complaint is about.
    """
    deed = Deed(actor, at, address)
    require_another(session, post, actor, deed)
    emptied = session.execute(
        update(Complaint)
        .where(Complaint.id == complaint.id, Complaint.words != "")
        .values(words="")
        .execution_options(synchronize_session=False)
    )
    if not emptied.rowcount:  # type: ignore[attr-defined]
        raise DomainError("These words were emptied already")
    deed.note(session, "jobs:complaint:empty", post, complaint=complaint.id)


def forget_devices(session: Session, *, at: datetime) -> int:
    """Forget which device a complaint came from, once a day has gone; return of how many."""
    gone = session.execute(
        update(Complaint)
        .where(Complaint.device.is_not(None), Complaint.at < at - DEVICE_KEPT)
        .values(device=None)
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _not_too_often(session: Session, post: JobPost, device: str, at: datetime) -> None:
    of_all, of_this = session.execute(
        select(func.count(), func.count().filter(Complaint.post_id == post.id)).where(
            Complaint.device == device, Complaint.at > at - AGAIN_AFTER
        )
    ).one()
    if of_this:
        raise AskedTooOften("You have said so within this hour; the station looks into it")
    if of_all >= POSTS_AN_HOUR:
        raise AskedTooOften("Many complaints came from here; please try again in an hour")


def _tell_station(session: Session, made: Complaint, post: JobPost) -> None:
    tell(
        session,
        to=who_answers(session, grid_path=post.grid_path, permission=Permission.JOBS_POST_REVIEW),
        key=f"jobs:complaint:{made.id}",
        topic=Topic.JOBS,
        words=CAME,
        params={"title": post.title},
        url=f"/jobs/complaints/{post.id}",
        urgent=made.wrong in URGENT,
        at=made.at,
        grid_path=post.grid_path,
    )
