"""What was said through cameras, within the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import abort
from sqlalchemy import Select, Table, bindparam, or_, select
from sqlalchemy.orm import Session, aliased, scoped_session

from intranet import clock
from intranet.access import Permission, Viewer, allowed
from intranet.cameras.models import Camera, Misuse, Talk, TalkKind, TalkState
from intranet.cameras.models.talk import OPEN
from intranet.cameras.operations.talking import lost
from intranet.cameras.queries import visible
from intranet.db import Question
from intranet.media.door import TalkTrouble
from intranet.people.models import Account

TALKS_MAX = 100
# Asked with every piece of speech, sixteen times a second by each who speaks.
_talks, _cameras = cast("Table", Talk.__table__), cast("Table", Camera.__table__)
_WHOSE = Question(
    select(_talks.c.account_id, _cameras.c.grid_path)
    .join(_cameras, _cameras.c.id == _talks.c.camera_id)
    .where(_talks.c.id == bindparam("talk_id"))
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a camera hangs, for the policy."""

    grid_path: str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said, as a page tells it; ``name`` is empty for those who may not know it."""

    id: int
    account_id: int
    name: str
    role: str
    state: TalkState
    trouble: TalkTrouble | None
    said_at: datetime
    began_at: datetime | None
    sound_milliseconds: int
    spoken_milliseconds: int
    reason: str
    has_sound: bool
    about: str
    transcript: str
    kind: TalkKind
    again_id: int | None  # it was said again as this one

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.state in OPEN


def talk_or_404(session: Session, viewer: Viewer | None, talk_id: int) -> tuple[Talk, Camera]:
    """Return something said through a camera the viewer may look through, and the camera."""
    if not 0 < talk_id < 2**31:
        abort(404)
    row = session.execute(
        select(Talk, Camera)
        .join(Camera, Camera.id == Talk.camera_id)
        .where(Talk.id == talk_id, visible(viewer))
    ).one_or_none()
    return (row[0], row[1]) if row else abort(404)


def is_own_speech(session: scoped_session[Any], viewer: Viewer, talk_id: int) -> bool:
    """Whether the viewer says this, and may speak there."""
    rows = _WHOSE.ask(session, talk_id=talk_id)
    return any(
        account_id == viewer.account_id
        and allowed(viewer, Permission.CAMERAS_TALK_SPEAK, Place(path))
        for account_id, path in rows
    )


def talks(
    session: Session,
    camera: Camera,
    *,
    with_names: bool,
    talk_id: int | None = None,
    reported_but_by: int | None = None,
    limit: int = TALKS_MAX,
) -> Sequence[Said]:
    """Return what was said through a camera, the newest first; one query.

    Those who may not know the names learn what was heard in the street, and of no fault.
    """
    found = _told().where(Talk.camera_id == camera.id).order_by(Talk.id.desc()).limit(limit)
    if talk_id is not None:
        found = found.where(Talk.id == talk_id)
    if reported_but_by is not None:
        others = Talk.account_id != reported_but_by
        found = found.where(Talk.id.in_(select(Misuse.talk_id)), others)
    if not with_names:
        found = found.where(was_heard())
    at = clock.now()
    return [
        _said(talk, name, again, at=at, is_of_the_team=with_names)
        for talk, name, again in session.execute(found)
    ]


def own(talk: Talk) -> Said:
    """Return how something said stands, for whoever said it; without ``name`` and ``again_id``."""
    return _said(talk, "", None, at=clock.now(), is_of_the_team=True)


def was_heard() -> Any:
    """Return the condition that something of it was heard in the street."""
    return or_(Talk.began_at.is_not(None), Talk.state == TalkState.HEARD)


def is_heard(talk: Talk) -> bool:
    """Whether something of it was heard in the street."""
    return talk.began_at is not None or talk.state is TalkState.HEARD


def _told() -> Select[Any, Any, Any]:
    again = aliased(Talk)
    return (
        select(Talk, Account.display_name, again.id)
        .join(Account, Account.id == Talk.account_id)
        .outerjoin(again, again.again_of == Talk.id)
    )


def said_about(session: Session, viewer: Viewer, number: str) -> Sequence[tuple[Said, str, str]]:
    """Return what was said about a number, oldest first, each with its camera's code and name.

    Only through cameras the viewer may look through, and only for those who may speak through
    them; one query.
    """
    found = (
        _told()
        .add_columns(Camera)
        .join(Camera, Camera.id == Talk.camera_id)
        .where(Talk.about == number, Talk.about != "", visible(viewer))
        .order_by(Talk.id)
        .limit(TALKS_MAX)
    )
    at = clock.now()
    return [
        (_said(talk, name, again, at=at, is_of_the_team=True), camera.code, camera.name)
        for talk, name, again, camera in session.execute(found)
        if allowed(viewer, Permission.CAMERAS_TALK_SPEAK, camera)
    ]


def _said(
    talk: Talk, name: str, again_id: int | None, *, at: datetime, is_of_the_team: bool
) -> Said:
    # What its worker has lost is over, though nobody has written that down yet.
    trouble = talk.trouble or lost(talk, at)
    state = TalkState.FAILED if trouble else talk.state
    if not is_of_the_team and trouble:
        # Which fault it was is for those who mend it; it was heard, perhaps in part.
        state, trouble = TalkState.HEARD, None
    return Said(
        id=talk.id,
        account_id=talk.account_id,
        name=name if is_of_the_team else "",
        role=talk.role,
        state=state,
        trouble=trouble,
        said_at=talk.said_at,
        began_at=talk.began_at,
        sound_milliseconds=talk.sound_milliseconds,
        spoken_milliseconds=talk.spoken_milliseconds,
        reason=talk.reason if is_of_the_team else "",
        has_sound=bool(talk.file_key),
        about=talk.about if is_of_the_team else "",
        transcript=talk.transcript if is_of_the_team else "",
        kind=talk.kind,
        again_id=again_id,
    )
