"""Speaking through a camera: what is said, by whom, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from intranet import files
from intranet.cameras.models import Broadcast, Camera, Phrase, Talk, TalkKind, TalkState
from intranet.cameras.models.talk import OPEN
from intranet.cameras.operations.trail import note
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.media.door import TalkReport, TalkTrouble
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer
    from intranet.config import QuietHours

# What was meant for now is not said later: the young man has long gone.
WAITING_MAX = timedelta(seconds=20)
# A clip has 30 s and its camera 10 s to answer; what is open longer has lost its worker.
OPEN_MAX = timedelta(seconds=75)
REASON_MAX = 200
ABOUT = re.compile(r"[0-9]{4,32}")
BATCH = 500
HasSound = Talk | Phrase | Broadcast


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be said. A recorded clip lies in ``file_key``; live speech has none yet."""

    kind: TalkKind
    file_key: str = ""
    media_type: str = ""
    seconds: float = 0.0
    reason: str = ""
    about: str = ""
    transcript: str = ""
    phrase_id: int | None = None
    broadcast_id: int | None = None
    again_of: int | None = None


def own_copy(key: str) -> str:
    """Copy a kept sound, as each is forgotten by itself; return the copy's key.

    Writes to the disk, makes no statement. Raises DomainError where the sound is gone.
    """
    try:
        return files.put(files.content(key), key.split(".")[1], sealed=True)
    except FileNotFoundError:
        raise DomainError("The sound is no longer kept") from None


def speak(
    session: Session,
    *,
    actor: Viewer,
    camera: Camera,
    at: datetime,
    speech: Speech,
    quiet: QuietHours,
    address: str = "",
) -> Talk:
    """Have something said through a camera; the media worker takes it from there.

    What is said again was said again already: that one is returned, and nothing more is said.
    Raises InputError (``reason``) in the quiet hours without one, DomainError with the name of
    whoever is speaking there now.
    """
    reason_for(speech.reason, at=at, quiet=quiet)
    end_lost(session, [camera.id], at)
    if speech.again_of is not None:
        first = said_again(session, speech.again_of)
        if first is not None:
            return first
    talk = begin(session, actor=actor, camera=camera, at=at, speech=speech)
    if speech.kind is TalkKind.TEST:
        session.refresh(camera)
        camera.talk_driver = None  # the way is looked for anew
    if speech.phrase_id is not None:
        count_use(session, speech.phrase_id, at)
    note_speaking(session, actor, talk, camera, address)
    return talk


def reason_for(reason: str, *, at: datetime, quiet: QuietHours) -> str:
    """Return the reason as it is kept. Raises InputError in the quiet hours without one."""
    tidy = " ".join(reason.split())[:REASON_MAX]
    if quiet.holds(at.astimezone(BEIJING).time()) and len(tidy) < 2:
        raise InputError("It is quiet time: say why it has to be now", "reason")
    return tidy


def begin(session: Session, *, actor: Viewer, camera: Camera, at: datetime, speech: Speech) -> Talk:
    """Give the camera something to say; ``note_speaking`` is the caller's. Raises DomainError."""
    talk = Talk(
        camera_id=camera.id,
        account_id=actor.account_id,
        role=",".join(sorted(actor.roles)),
        kind=speech.kind,
        state=TalkState.WAITING,
        said_at=at,
        file_key=speech.file_key,
        media_type=speech.media_type,
        sound_milliseconds=round(speech.seconds * 1000),
        reason=" ".join(speech.reason.split())[:REASON_MAX],
        about=speech.about if ABOUT.fullmatch(speech.about) else "",
        transcript=speech.transcript,
        phrase_id=speech.phrase_id,
        broadcast_id=speech.broadcast_id,
        again_of=speech.again_of,
    )
    try:
        with session.begin_nested():
            session.add(talk)
    except IntegrityError:
        raise _taken(session, camera) from None
    return talk


def count_use(session: Session, phrase_id: int, at: datetime) -> None:
    """Count that a phrase was said; several at once are all counted."""
    session.execute(
        update(Phrase).where(Phrase.id == phrase_id).values(uses=Phrase.uses + 1, used_at=at)
    )


def note_speaking(
    session: Session, actor: Viewer, talk: Talk, camera: Camera, address: str = ""
) -> None:
    """Write down that somebody speaks through a camera."""
    of = {} if talk.broadcast_id is None else {"broadcast": talk.broadcast_id}
    note(
        session,
        actor,
        "cameras:talk:speak",
        camera,
        talk.said_at,
        address,
        reason=talk.reason,
        talk=talk.id,
        kind=talk.kind.value,
        **of,
    )


def said_again(session: Session, talk_id: int) -> Talk | None:
    """Return how a failed talk was said again; None where it was not, and nobody else does now.

    Raises DomainError for what was heard or is not over.
    """
    old = session.get_one(Talk, talk_id, with_for_update=True, populate_existing=True)
    check_failed(old)
    return session.scalar(select(Talk).where(Talk.again_of == talk_id))


def check_failed(talk: Talk) -> None:
    """Raise DomainError for what is not to be said again: it was heard, or is not over yet."""
    if talk.state is TalkState.HEARD:
        raise DomainError("It was heard; it is not said a second time")
    if talk.state is not TalkState.FAILED or talk.kind is TalkKind.TEST:
        raise DomainError("It is not over yet")


def end_lost(session: Session, camera_ids: Sequence[int], at: datetime) -> None:
    """End what no worker has finished, so that it does not shut a camera's mouth for good."""
    for one in session.scalars(
        select(Talk)
        .where(Talk.camera_id.in_(camera_ids), Talk.state.in_(OPEN))
        .order_by(Talk.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        trouble = lost(one, at)
        if trouble is not None:
            _end(one, at, trouble)
    session.flush()


def lost(talk: Talk, at: datetime) -> TalkTrouble | None:
    """Return what to tell of an open talk that no worker has ended in time; None for any other."""
    if talk.state not in OPEN:
        return None
    waits = talk.state is TalkState.WAITING
    if at - (talk.taken_at or talk.said_at) <= (WAITING_MAX if waits else OPEN_MAX):
        return None
    return TalkTrouble.TOO_LATE if waits else TalkTrouble.CUT_OFF


def _taken(session: Session, camera: Camera) -> DomainError:
    name = session.scalar(
        select(Account.display_name)
        .join(Talk, Talk.account_id == Account.id)
        .where(Talk.camera_id == camera.id, Talk.state.in_(OPEN))
    )
    if name is None:  # it ended between the insert and this look
        return DomainError("Somebody was speaking there a moment ago; press again")
    return DomainError("%(name)s is speaking through this camera now", name=name)


def _end(talk: Talk, at: datetime, trouble: TalkTrouble | None) -> None:
    talk.state = TalkState.FAILED if trouble else TalkState.HEARD
    talk.trouble, talk.ended_at = trouble, at


def anything_waits(session: Session) -> bool:
    """Whether something waits to be said."""
    waiting = select(Talk.id).where(Talk.state == TalkState.WAITING).limit(1)
    return session.scalar(waiting) is not None


def take_waiting(session: Session, *, at: datetime, most: int) -> Sequence[tuple[Talk, Camera]]:
    """Take what waits, oldest first; what has waited too long is not said any more."""
    rows = session.execute(
        select(Talk, Camera)
        .join(Camera, Camera.id == Talk.camera_id)
        .where(Talk.state == TalkState.WAITING)
        .order_by(Talk.id)
        .limit(most)
        .with_for_update(of=Talk)
    ).all()
    taken = []
    for talk, camera in rows:
        if at - talk.said_at > WAITING_MAX:
            _end(talk, at, TalkTrouble.TOO_LATE)
            continue
        talk.state, talk.taken_at = TalkState.CALLING, at
        taken.append((talk, camera))
    session.flush()
    return taken


def talk_told(session: Session, *, report: TalkReport, at: datetime) -> Talk | None:
    """Note what the media worker tells; what is over already stays as it ended."""
    talk = session.get(Talk, report.id, with_for_update=True)
    if talk is None or talk.state not in OPEN:
        return None
    if report.began_at is not None and talk.began_at is None:
        talk.began_at = datetime.fromtimestamp(report.began_at, UTC)
    if report.driver is not None:
        talk.driver = report.driver  # from the first packet on: who dies then is cleared up after
    if report.ended_at is None:
        talk.state = TalkState.SPEAKING
    else:
        talk.spoken_milliseconds = report.spoken_milliseconds
        _end(talk, at, report.trouble)
        if report.driver is not None:
            camera = session.get_one(Camera, talk.camera_id)
            if report.trouble is None and camera.talk_driver is not report.driver:
                camera.talk_driver = report.driver
    session.flush()
    return talk


def talk_cut_off(session: Session, *, at: datetime) -> Sequence[tuple[Talk, Camera]]:
    """End what an earlier worker had taken: it is not known how much of it was heard."""
    rows = session.execute(
        select(Talk, Camera)
        .join(Camera, Camera.id == Talk.camera_id)
        .where(Talk.state.in_([TalkState.CALLING, TalkState.SPEAKING]))
        .order_by(Talk.id)
        .with_for_update(of=Talk)
    ).all()
    lost = [(talk, camera) for talk, camera in rows]
    for talk, _camera in lost:
        _end(talk, at, TalkTrouble.CUT_OFF)
    session.flush()
    return lost


def withdraw(session: Session, talk: Talk, at: datetime) -> None:
    """Take back what nobody has begun to say; what is being said already only ends."""
    found = session.get_one(Talk, talk.id, with_for_update=True, populate_existing=True)
    if found.state is TalkState.WAITING:
        _end(found, at, TalkTrouble.WITHDRAWN)
        session.flush()


def ended_talk(session: Session, talk_id: int, *, at: datetime) -> Talk | None:
    """Return a talk whose sound is not kept yet, ended if no worker has; None for any other."""
    talk = session.get(Talk, talk_id, with_for_update=True)
    if talk is None or talk.file_key:
        return None
    if talk.state in OPEN:
        _end(talk, at, TalkTrouble.CUT_OFF if talk.taken_at else TalkTrouble.TOO_LATE)
        session.flush()
    return talk


def note_listening(
    session: Session, *, viewer: Viewer, camera: Camera, talk: Talk, at: datetime, address: str = ""
) -> None:
    """Write down that somebody listened to what was said."""
    note(
        session,
        viewer,
        "cameras:talk:listen",
        camera,
        at,
        address,
        talk=talk.id,
    )


def forget_talks(session: Session, *, at: datetime, days: int) -> list[str]:
    """Let go of sounds older than ``days``; return their files' keys, to be deleted after.

    Who spoke, where and when stays on record.
    """
    old = session.scalars(
        select(Talk)
        .where(Talk.file_key != "", Talk.said_at < at - timedelta(days=days))
        .order_by(Talk.id)
        .limit(BATCH)
    ).all()
    return let_go(session, old)


def let_go(session: Session, rows: Sequence[HasSound]) -> list[str]:
    """Let rows name their sounds no more; return the keys of the files, to be deleted after."""
    keys = [one.file_key for one in rows]
    for one in rows:
        one.file_key = ""
    session.flush()
    return keys
