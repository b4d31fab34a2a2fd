"""Where somebody may speak at once, and what became of what was said so."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import select

from intranet.access import Permission, Viewer, scope_condition
from intranet.cameras.models import (
    Broadcast,
    BroadcastCamera,
    Camera,
    Talk,
    TalkState,
    Unsent,
)
from intranet.cameras.models.talk import OPEN
from intranet.cameras.operations.broadcasting import last_talks
from intranet.cameras.operations.talking import lost
from intranet.cameras.queries import visible
from intranet.db import within
from intranet.media.door import TalkTrouble

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LISTED_MAX = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One camera of a broadcast, and how far it has come there; no state: it was not sent."""

    camera_id: int
    code: str
    name: str
    grid_path: str
    state: TalkState | None
    trouble: TalkTrouble | None
    unsent: Unsent | None
    busy_with: str

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return self.state in OPEN

    @property
    def may_again(self) -> bool:
        """Whether it may be sent there once more: never where it was heard."""
        return not self.is_open and self.state is not TalkState.HEARD


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a broadcast's cameras stand how."""

    total: int
    heard: int
    underway: int
    failed: int
    busy: int
    gone: int


def _may_speak(viewer: Viewer) -> tuple[Any, ...]:
    scope = scope_condition(Camera.grid_path, viewer, Permission.CAMERAS_TALK_SPEAK)
    return scope, visible(viewer), Camera.retired_at.is_(None)


def to_choose_from(
    session: Session, viewer: Viewer, *, grid_path: str = "", chosen: Sequence[str] = ()
) -> Sequence[Camera]:
    """Return standing cameras the viewer may speak through, the chosen ones in any case."""
    found = select(Camera).where(*_may_speak(viewer))
    order = (Camera.grid_path, Camera.code)
    listed = found.where(within(Camera.grid_path, grid_path)) if grid_path else found
    cameras = {one.id: one for one in session.scalars(listed.order_by(*order).limit(LISTED_MAX))}
    if chosen:
        for one in session.scalars(found.where(Camera.code.in_(chosen[:LISTED_MAX]))):
            cameras[one.id] = one
    return sorted(cameras.values(), key=lambda one: (one.grid_path, one.code))


def speakable(session: Session, viewer: Viewer, codes: Sequence[str]) -> Sequence[Camera]:
    """Return the cameras of these codes; 404 where the viewer may not speak through one."""
    wanted = set(codes)
    found = session.scalars(
        select(Camera).where(Camera.code.in_(wanted), *_may_speak(viewer)).order_by(Camera.id)
    ).all()
    return found if len(found) == len(wanted) else abort(404)


def still_speakable(
    session: Session, viewer: Viewer, camera_ids: Sequence[int]
) -> Sequence[Camera]:
    """Return those of the cameras through which the viewer may speak still."""
    return session.scalars(
        select(Camera).where(Camera.id.in_(camera_ids), *_may_speak(viewer)).order_by(Camera.id)
    ).all()


def broadcast_or_404(session: Session, viewer: Viewer, broadcast_id: int) -> Broadcast:
    """Return a broadcast the viewer made; anybody else's is not found."""
    return session.scalar(
        select(Broadcast).where(
            Broadcast.id == broadcast_id, Broadcast.account_id == viewer.account_id
        )
    ) or abort(404)


def lines(session: Session, broadcast: Broadcast, at: datetime) -> Sequence[Line]:
    """Return its cameras, each with the last talk there; two queries."""
    last = last_talks(session, broadcast.id)
    rows = session.execute(
        select(BroadcastCamera, Camera)
        .join(Camera, Camera.id == BroadcastCamera.camera_id)
        .where(BroadcastCamera.broadcast_id == broadcast.id)
        .order_by(Camera.grid_path, Camera.code)
    )
    return [_line(row, camera, last.get(camera.id), at) for row, camera in rows]


def _line(row: BroadcastCamera, camera: Camera, talk: Talk | None, at: datetime) -> Line:
    # What its worker has lost is over, though nobody has written that down yet.
    trouble = None if talk is None else talk.trouble or lost(talk, at)
    state = None if talk is None else TalkState.FAILED if trouble else talk.state
    return Line(
        camera_id=camera.id,
        code=camera.code,
        name=camera.name,
        grid_path=camera.grid_path,
        state=state,
        trouble=trouble,
        # Said again by itself from the list of talks it has gone after all.
        unsent=row.unsent if state in {None, TalkState.FAILED} else None,
        busy_with=row.busy_with,
    )


def tally(some: Sequence[Line]) -> Tally:
    """Count them; a camera where it failed and somebody else spoke the next time is busy."""
    sent = [line for line in some if line.unsent is None]
    return Tally(
        total=len(some),
        heard=sum(line.state is TalkState.HEARD for line in sent),
        underway=sum(line.is_open for line in sent),
        failed=sum(line.state is TalkState.FAILED for line in sent),
        busy=sum(line.unsent is Unsent.BUSY for line in some),
        gone=sum(line.unsent is Unsent.GONE for line in some),
    )


def fingerprint(some: Sequence[Line]) -> str:
    """Return a word that changes when any camera's line does."""
    told = "|".join(f"{one.code} {one.state} {one.trouble} {one.unsent}" for one in some)
    return f"{zlib.crc32(told.encode()):08x}"
