"""Reports that a camera was spoken through as it should not be, and who looks at them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from intranet.access import Permission
from intranet.cameras.models import Camera, Misuse, Talk
from intranet.cameras.operations.trail import note
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.operations.answering import who_answers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

WORDS_MAX = 500


def report_misuse(
    session: Session, *, actor: Viewer, talk: Talk, at: datetime, words: str, address: str = ""
) -> Misuse:
    """Note that somebody finds the camera was spoken through as it should not be.

    Tells those who look at such reports there, but not whoever spoke. Raises InputError
    (``words``), and DomainError where the actor has reported it and nobody has looked yet.
    """
    tidy = _tidy(words, "words")
    found = Misuse(talk_id=talk.id, account_id=actor.account_id, at=at, words=tidy)
    try:
        with session.begin_nested():
            session.add(found)
    except IntegrityError:
        waits = select(Misuse.id).where(
            Misuse.talk_id == talk.id,
            Misuse.account_id == actor.account_id,
            Misuse.seen_at.is_(None),
        )
        if session.scalar(waits) is None:
            raise
        raise DomainError("You have reported it already; it will be looked at") from None
    camera = session.get_one(Camera, talk.camera_id)
    note(session, actor, "cameras:talk:misuse", camera, at, address, talk=talk.id)
    _tell(
        session,
        camera,
        at,
        to=who_answers(
            session,
            grid_path=camera.grid_path,
            permission=Permission.CAMERAS_MISUSE_REVIEW,
            but={talk.account_id, actor.account_id},
        ),
        key=f"misuse:{found.id}",
        words=N_("Somebody reports misuse of a loudspeaker: %(camera)s"),
        url=f"/cameras/{camera.code}/talks?reported=1",
    )
    return found


def see_misuse(
    session: Session,
    *,
    actor: Viewer,
    misuse_id: int,
    talk: Talk,
    camera: Camera,
    at: datetime,
    remark: str,
    address: str = "",
) -> None:
    """Note that somebody who answers for the cameras looked at a report; tell whoever made it.

    Raises InputError (``remark``), and DomainError for what was looked at already or is about
    the actor.
    """
    tidy = _tidy(remark, "remark")
    found = session.get_one(Misuse, misuse_id, with_for_update=True, populate_existing=True)
    if talk.account_id == actor.account_id:
        raise DomainError("It is about what you said yourself; somebody else has to look at it")
    if found.seen_at is not None:
        raise DomainError("Somebody has looked at it already")
    found.seen_at, found.seen_by, found.remark = at, actor.account_id, tidy
    session.flush()
    note(session, actor, "cameras:misuse:see", camera, at, address, talk=talk.id, misuse=found.id)
    _tell(
        session,
        camera,
        at,
        to={found.account_id},
        key=f"misuse:{found.id}:seen",
        words=N_("What you reported about the loudspeaker %(camera)s was looked at. Thank you."),
        url=f"/cameras/{camera.code}/talks",
    )


def _tell(session: Session, camera: Camera, at: datetime, **more: Any) -> None:
    """Tell something about a camera's loudspeaker: ``to``, ``key``, ``words`` and ``url``."""
    tell(
        session,
        topic=Topic.MISUSE,
        params={"camera": camera.name},
        urgent=False,
        at=at,
        grid_path=camera.grid_path,
        **more,
    )


def _tidy(words: str, field: str) -> str:
    tidy = " ".join(words.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", field)
    return tidy
