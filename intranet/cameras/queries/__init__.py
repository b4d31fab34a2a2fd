"""Looking up cameras within the viewer's scope; a camera's host sees his own wherever he is."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from flask import abort, current_app
from sqlalchemy import Table, and_, bindparam, case, false, func, or_, select

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.cameras.models import Camera, CameraTest, StreamState, Viewing
from intranet.db import Question, db, within
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.media import pulse
from intranet.media.door import State, StreamName, Trouble
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, scoped_session

PAGE = 120
STILL_BYTES_MAX = 8 * 1024 * 1024
# A worker that is awake tells of every camera every ten seconds; older words never arrived.
REPORT_AGE_MAX = timedelta(seconds=25)

FAR_METRES = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """One camera as a list shows it."""

    id: int
    code: str
    name: str
    grid_path: str
    state: State
    trouble: Trouble | None
    last_fragment_at: datetime | None
    codecs: str
    has_sub: bool
    retired: bool
    worker_silent: bool

    @property
    def is_live(self) -> bool:
        """Whether the worker says so, and said it lately."""
        return self.state is State.LIVE

    @property
    def said(self) -> str:
        """State and trouble as one word, to tell whether a page says something else."""
        silent = "silent" if self.worker_silent else ""
        return f"{self.state.value}.{self.trouble.value if self.trouble else silent}"


def _worker_heard(now: datetime) -> bool:
    """Whether the media worker gave a sign of life a moment ago: else nothing it said counts."""
    return pulse.is_heard(current_app.config["SETTINGS"].media_dir, now.timestamp())


def visible(viewer: Viewer | None) -> Any:
    """Return the condition "this viewer may look through the camera"."""
    if viewer is None:
        return false()
    scope = scope_condition(Camera.grid_path, viewer, Permission.CAMERAS_CAMERA_VIEW)
    if not viewer.party_ids:
        return scope
    return or_(scope, Camera.host_party_id.in_(viewer.party_ids))


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing camera as its players' requests need it; the policy knows its place and host."""

    id: int
    code: str
    grid_path: str
    host_party_id: int | None
    sub_place: str


# Asked for every part of every player, ten times a second and more.
_cameras = cast("Table", Camera.__table__)
_STANDING = Question(
    select(
        _cameras.c.id,
        _cameras.c.code,
        _cameras.c.grid_path,
        _cameras.c.host_party_id,
        _cameras.c.sub_place,
    ).where(_cameras.c.code == bindparam("code"), _cameras.c.retired_at.is_(None))
)


def standing_or_404(session: scoped_session[Any], viewer: Viewer, code: str) -> Standing:
    """Return a standing camera the viewer may look through; anything else is not found."""
    rows = _STANDING.ask(session, code=code)
    found = Standing(*rows[0]) if rows else abort(404)
    return found if allowed(viewer, Permission.CAMERAS_CAMERA_VIEW, found) else abort(404)


def camera_or_404(session: Session, viewer: Viewer | None, code: str) -> Camera:
    """Return a standing camera the viewer may look through; anything else is not found."""
    found = session.scalar(
        select(Camera).where(Camera.code == code, visible(viewer), Camera.retired_at.is_(None))
    )
    return found or abort(404)


def managed_camera_or_404(session: Session, viewer: Viewer, code: str) -> Camera:
    """Return a camera the viewer manages, taken down or not."""
    scope = scope_condition(Camera.grid_path, viewer, Permission.CAMERAS_CAMERA_MANAGE)
    found = session.scalar(select(Camera).where(Camera.code == code, scope))
    return found or abort(404)


def still(camera: Camera) -> tuple[bytes | None, datetime | None]:
    """Return the newest still, a JPEG, and when it was taken; nothing where there is none."""
    path = current_app.config["SETTINGS"].media_dir / camera.code / "still.jpg"
    try:
        with path.open("rb") as file:
            taken_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            return file.read(STILL_BYTES_MAX), taken_at
    except FileNotFoundError:
        return None, None


def still_taken_at(camera: Camera) -> datetime | None:
    """Return when the newest still was taken, or None where there is none."""
    path = current_app.config["SETTINGS"].media_dir / camera.code / "still.jpg"
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def cameras(
    session: Session,
    viewer: Viewer,
    now: datetime,
    *,
    text: str = "",
    grid_path: str = "",
    only_down: bool = False,
    retired: bool = False,
    codes: Sequence[str] = (),
    by_code: bool = False,
    limit: int = PAGE,
    offset: int = 0,
) -> list[Seen]:
    """Return cameras in order of grid and code, or of code alone: one query."""
    wanted = (
        select(
            Camera.id,
            Camera.code,
            Camera.name,
            Camera.grid_path,
            StreamState.state,
            StreamState.trouble,
            StreamState.last_fragment_at,
            StreamState.codecs,
            Camera.sub_url_sealed != "",
            Camera.retired_at,
            StreamState.at,
        )
        .outerjoin(
            StreamState,
            and_(StreamState.camera_id == Camera.id, StreamState.stream == StreamName.MAIN),
        )
        .where(visible(viewer))
    )
    wanted = wanted.where(
        Camera.retired_at.is_not(None) if retired else Camera.retired_at.is_(None)
    )
    if text:
        wanted = wanted.where(
            or_(
                Camera.code.contains(text.upper(), autoescape=True),
                Camera.name.contains(text, autoescape=True),
            )
        )
    if grid_path:
        wanted = wanted.where(within(Camera.grid_path, grid_path))
    if codes:
        wanted = wanted.where(Camera.code.in_(codes))
    heard = _worker_heard(now)
    if only_down and heard:
        wanted = wanted.where(_one_if(_live(now)) == 0)
    order = (Camera.code,) if by_code else (Camera.grid_path, Camera.code)
    rows = session.execute(wanted.order_by(*order).limit(limit).offset(offset))
    return [_seen(row, now, heard=heard) for row in rows]


@dataclass(frozen=True, slots=True)
class Near:
    """One camera and how far it stands from a place; ``metres`` is empty where that is unknown."""

    code: str
    name: str
    metres: int | None
    latitude_wgs84: float | None
    longitude_wgs84: float | None
    has_still: bool
    grid_path: str


def near(
    session: Session,
    viewer: Viewer | None,
    *,
    latitude_wgs84: float | None,
    longitude_wgs84: float | None,
    metres: int,
    grid_path: str,
    limit: int,
) -> list[Near]:
    """Return the cameras the viewer may look through that stand near a place, nearest first.

    Where none stands within ``metres``, or the place is not known, those of the grid. One query.
    """
    here = Camera.grid_path == grid_path
    box = None
    if latitude_wgs84 is not None and longitude_wgs84 is not None:
        reach = metres / METRES_PER_DEGREE
        wide = reach / math.cos(math.radians(min(abs(latitude_wgs84), 85.0)))
        box = and_(
            Camera.latitude_wgs84.between(latitude_wgs84 - reach, latitude_wgs84 + reach),
            Camera.longitude_wgs84.between(longitude_wgs84 - wide, longitude_wgs84 + wide),
        )
    rows = session.execute(
        select(
            Camera.code,
            Camera.name,
            Camera.latitude_wgs84,
            Camera.longitude_wgs84,
            Camera.grid_path,
        )
        .where(
            visible(viewer), Camera.retired_at.is_(None), here if box is None else or_(box, here)
        )
        .order_by(Camera.code)
        .limit(PAGE)
    )
    folder = current_app.config["SETTINGS"].media_dir
    found = [
        Near(
            code=row[0],
            name=row[1],
            metres=_metres(row[2], row[3], latitude_wgs84, longitude_wgs84),
            latitude_wgs84=row[2],
            longitude_wgs84=row[3],
            has_still=(folder / row[0] / "still.jpg").is_file(),
            grid_path=row[4],
        )
        for row in rows
    ]
    within_reach = [one for one in found if one.metres is not None and one.metres <= metres]
    # A place put down far away, by a slip: those of the grid are not said to be near it.
    chosen = within_reach or [
        one if one.metres is None or one.metres <= FAR_METRES else replace(one, metres=None)
        for one in found
    ]
    return sorted(chosen, key=lambda one: (one.metres is None, one.metres or 0))[:limit]


def _metres(
    latitude: float | None, longitude: float | None, to_north: float | None, to_east: float | None
) -> int | None:
    """Return the distance on a local flat earth."""
    if latitude is None or longitude is None or to_north is None or to_east is None:
        return None
    north = (latitude - to_north) * METRES_PER_DEGREE
    east = (longitude - to_east) * METRES_PER_DEGREE
    return round(math.hypot(north, east * math.cos(math.radians(to_north))))


def _seen(row: Any, now: datetime, *, heard: bool) -> Seen:
    state, trouble = row[4] or State.STOPPED, row[5]
    if not heard or row[10] is None or now - row[10] > REPORT_AGE_MAX:
        # The worker itself is silent: what it said last is no news.
        state, trouble = State.STOPPED, None
    return Seen(
        id=row[0],
        code=row[1],
        name=row[2],
        grid_path=row[3],
        state=state,
        trouble=trouble,
        last_fragment_at=row[6],
        codecs=row[7] or "",
        has_sub=row[8],
        retired=bool(row[9]),
        worker_silent=not heard,
    )


def _live(now: datetime) -> Any:
    return and_(StreamState.state == State.LIVE, StreamState.at > now - REPORT_AGE_MAX)


def state_counts(viewer: Viewer, now: datetime) -> tuple[int, int]:
    """Return how many cameras in scope are live, and how many there are: one query."""
    row = db.session.execute(
        select(
            func.count(),
            # A boolean sum is spelled with CASE to mean the same on both engines.
            func.sum(_one_if(_live(now))),
        )
        .select_from(Camera)
        .outerjoin(
            StreamState,
            and_(StreamState.camera_id == Camera.id, StreamState.stream == StreamName.MAIN),
        )
        .where(visible(viewer), Camera.retired_at.is_(None))
    ).one()
    return int(row[1] or 0) if _worker_heard(now) else 0, int(row[0])


def _one_if(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def test_or_404(session: Session, viewer: Viewer, test_id: int) -> CameraTest:
    """Return a test this account asked for."""
    found = session.scalar(
        select(CameraTest).where(CameraTest.id == test_id, CameraTest.asked_by == viewer.account_id)
    )
    return found or abort(404)


@dataclass(frozen=True, slots=True)
class Watched:
    """One viewing; the name only for those who may know it."""

    name: str
    role: str
    began_at: datetime
    seconds: int


def viewings(
    session: Session, camera: Camera, *, with_names: bool, limit: int = 100
) -> list[Watched]:
    """Return who watched a camera, newest first."""
    rows = session.execute(
        select(Account.display_name, Viewing.role, Viewing.began_at, Viewing.seen_at)
        .join(Account, Account.id == Viewing.account_id)
        .where(Viewing.camera_id == camera.id)
        .order_by(Viewing.id.desc())
        .limit(limit)
    )
    return [
        Watched(
            row[0] if with_names else "", row[1], row[2], int((row[3] - row[2]).total_seconds())
        )
        for row in rows
    ]
