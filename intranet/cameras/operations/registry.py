"""What may be done to the list of cameras, and the record of who watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from intranet import sealing
from intranet.cameras.models import Camera, CameraTest, StreamState, Viewing
from intranet.cameras.operations.trail import Known, note
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.media import networks
from intranet.media.door import Diagnosis, StreamReport, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from intranet.access import Viewer

CODE_MAX = 24
VIEWING_GAP = timedelta(seconds=45)
TESTS_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What a form says of a camera; an empty address keeps the one there is."""

    name: str
    grid_path: str
    latitude_wgs84: float | None
    longitude_wgs84: float | None
    host_party_id: int | None
    main_url: str
    sub_url: str
    wallclock: bool
    without_sub: bool = False  # take the sub-stream's address away
    talk_url: str = ""
    without_talk: bool = False  # the loudspeaker is reached where the pictures are


def add_camera(
    session: Session,
    *,
    actor: Viewer | None,
    code: str,
    facts: CameraFacts,
    allowed: tuple[networks.Network, ...],
    at: datetime,
    address: str = "",
) -> Camera:
    """Register a camera; raise InputError naming the field that is wrong."""
    code = code.strip().upper()
    if not code or len(code) > CODE_MAX or not all(c.isalnum() or c in "-_" for c in code):
        raise InputError("A code is letters, digits, dash; at most 24.", field="code")
    if session.scalar(select(Camera.id).where(Camera.code == code)) is not None:
        raise InputError("This code is taken.", field="code")
    if not facts.main_url:
        raise InputError("An address is needed.", field="main_url")
    camera = Camera(code=code, created_at=at)
    _fill(camera, facts, allowed)
    try:
        with session.begin_nested():
            session.add(camera)
    except IntegrityError:  # somebody was quicker between the look and the insert
        raise InputError("This code is taken.", field="code") from None
    note(session, actor, "cameras:camera:add", camera, at, address)
    return camera


def change_camera(
    session: Session,
    *,
    actor: Viewer,
    camera: Camera,
    facts: CameraFacts,
    allowed: tuple[networks.Network, ...],
    at: datetime,
    address: str = "",
) -> None:
    """Correct a camera; the worker connects anew when an address changed."""
    if camera.retired_at is not None:
        raise DomainError("This camera was taken down; put it up again first.")
    _fill(camera, facts, allowed)
    session.flush()
    addresses = any(
        (facts.main_url, facts.sub_url, facts.without_sub, facts.talk_url, facts.without_talk)
    )
    note(session, actor, "cameras:camera:change", camera, at, address, addresses_changed=addresses)


def set_host(
    session: Session,
    *,
    actor: Viewer,
    camera: Camera,
    party_id: int | None,
    at: datetime,
    address: str = "",
) -> None:
    """Write down who gives it power and broadband; the host may look through it, wherever he is.

    ``party_id`` is of a party the actor may see in the register; None for nobody.
    """
    if camera.host_party_id == party_id:
        raise DomainError("That is the host already.")
    before, camera.host_party_id = camera.host_party_id, party_id
    session.flush()
    note(session, actor, "cameras:camera:host", camera, at, address, before=before, after=party_id)


def retire(
    session: Session, *, actor: Viewer, camera: Camera, at: datetime, address: str = ""
) -> None:
    """Take a camera down: it is no longer watched nor recorded; its past stays."""
    if camera.retired_at is not None:
        raise DomainError("This camera was taken down already.")
    camera.retired_at = at
    session.flush()
    note(session, actor, "cameras:camera:retire", camera, at, address)


def restore(
    session: Session, *, actor: Viewer, camera: Camera, at: datetime, address: str = ""
) -> None:
    """Put a camera up again."""
    if camera.retired_at is None:
        raise DomainError("This camera is up.")
    camera.retired_at = None
    session.flush()
    note(session, actor, "cameras:camera:restore", camera, at, address)


def ask_test(session: Session, *, actor: Viewer, url: str, at: datetime) -> CameraTest:
    """Ask the media worker to look at an address."""
    try:
        networks.parse(url)
    except networks.AddressRefusedError:
        raise InputError(
            "The address must look like rtsp://user:password@192.168.8.21:554/path.",
            field="main_url",
        ) from None
    test = CameraTest(url_sealed=sealing.seal(url), asked_by=actor.account_id, asked_at=at)
    session.add(test)
    session.flush()
    return test


def finish_test(session: Session, *, test_id: int, found: Diagnosis, at: datetime) -> None:
    """Write down what a test found; the address is forgotten."""
    test = session.get(CameraTest, test_id)
    if test is None or test.done_at is not None:
        return
    test.done_at = at
    test.url_sealed = ""
    test.trouble = found.trouble
    test.codec, test.audio_codec = found.codec[:20], found.audio_codec[:20]
    test.width, test.height = found.width, found.height
    test.frames_per_second_milli = round(found.frames_per_second * 1000)
    test.notes = ",".join(note.value for note in found.notes)
    test.picture = found.picture or None
    session.flush()


def take_reports(session: Session, reports: Sequence[StreamReport]) -> None:
    """Store what the media worker says; cameras it no longer should know are passed over."""
    codes = {report.code for report in reports}
    cameras: dict[str, int] = {
        row[0]: row[1]
        for row in session.execute(select(Camera.code, Camera.id).where(Camera.code.in_(codes)))
    }
    known = {
        (state.camera_id, state.stream): state
        for state in session.scalars(
            select(StreamState).where(StreamState.camera_id.in_(cameras.values()))
        )
    }
    for report in reports:
        camera_id = cameras.get(report.code)
        if camera_id is None:
            continue
        row = known.get((camera_id, report.stream))
        if row is None:
            row = StreamState(camera_id=camera_id, stream=report.stream)
            session.add(row)
        _copy(report, row)
    session.flush()


def _copy(report: StreamReport, row: StreamState) -> None:
    row.state, row.trouble = report.state, report.trouble
    row.at = datetime.fromtimestamp(report.at, UTC)
    seen = report.last_fragment_at
    row.last_fragment_at = datetime.fromtimestamp(seen, UTC) if seen else None
    row.reconnects = report.reconnects
    row.codecs, row.width, row.height = report.codecs, report.width, report.height


def note_viewing(
    session: Session, *, viewer: Viewer, camera: Known, address: str, at: datetime
) -> Viewing:
    """Prolong the viewing under way, or begin one and write the opening into the audit trail."""
    current = session.scalar(
        select(Viewing)
        .where(
            Viewing.account_id == viewer.account_id,
            Viewing.camera_id == camera.id,
            Viewing.seen_at > at - VIEWING_GAP,
        )
        .order_by(Viewing.id.desc())
        .limit(1)
    )
    if current is not None:
        current.seen_at = max(current.seen_at, at)
        session.flush()
        return current
    role = ",".join(sorted(viewer.roles))
    viewing = Viewing(
        camera_id=camera.id, account_id=viewer.account_id, role=role, began_at=at, seen_at=at
    )
    session.add(viewing)
    session.flush()
    note(session, viewer, "cameras:live:open", camera, at, address, viewing=viewing.id)
    return viewing


def forget_tests(session: Session, *, at: datetime) -> int:
    """Delete tests nobody looks at any more; return how many."""
    old = session.scalars(select(CameraTest).where(CameraTest.asked_at < at - TESTS_KEPT)).all()
    for test in old:
        session.delete(test)
    session.flush()
    return len(old)


def renew_seals(session: Session) -> int:
    """Seal every address with the newest key; return how many cameras there are."""
    cameras = session.scalars(select(Camera)).all()
    for camera in cameras:
        camera.main_url_sealed = sealing.renew(camera.main_url_sealed)
        if camera.talk_url_sealed:
            camera.talk_url_sealed = sealing.renew(camera.talk_url_sealed)
        if camera.sub_url_sealed:
            camera.sub_url_sealed = sealing.renew(camera.sub_url_sealed)
    session.flush()
    return len(cameras)


def _fill(camera: Camera, facts: CameraFacts, allowed: tuple[networks.Network, ...]) -> None:
    if not facts.name.strip():
        raise InputError("A name is needed.", field="name")
    camera.name = facts.name.strip()
    camera.grid_path = facts.grid_path
    camera.latitude_wgs84 = facts.latitude_wgs84
    camera.longitude_wgs84 = facts.longitude_wgs84
    camera.host_party_id = facts.host_party_id
    camera.wallclock = facts.wallclock
    if facts.main_url:
        camera.main_place = _checked(facts.main_url, "main_url", allowed)
        camera.main_url_sealed = sealing.seal(facts.main_url)
    if facts.without_sub:
        camera.sub_place, camera.sub_url_sealed = "", ""
    elif facts.sub_url:
        camera.sub_place = _checked(facts.sub_url, "sub_url", allowed)
        camera.sub_url_sealed = sealing.seal(facts.sub_url)
    if facts.without_talk:
        camera.talk_url_sealed = ""
    elif facts.talk_url:
        _checked(facts.talk_url, "talk_url", allowed, networks.RTSP | networks.HTTP)
        camera.talk_url_sealed = sealing.seal(facts.talk_url)
    if facts.main_url or facts.talk_url or facts.without_talk:
        camera.talk_driver = None  # the way is looked for anew


def _checked(
    url: str,
    field: str,
    allowed: tuple[networks.Network, ...],
    schemes: frozenset[str] = networks.RTSP,
) -> str:
    try:
        place = networks.parse(url, schemes)
        networks.pinned(url, allowed, schemes)
    except networks.AddressRefusedError as error:
        if error.trouble is Trouble.OUTSIDE_NETWORKS:
            key = N_("This address lies outside the networks where cameras may be.")
        elif error.trouble is Trouble.UNREACHABLE:
            key = N_("The host name is not known; give the number, such as 192.168.8.21.")
        else:
            key = N_("The address must look like rtsp://user:password@192.168.8.21:554/path.")
        raise InputError(key, field=field) from None
    return place.shown
