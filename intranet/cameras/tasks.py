"""The media worker's door into the database: short transactions, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from sqlalchemy import select

from intranet import clock, files, sealing
from intranet.cameras import operations
from intranet.cameras.models import Camera, CameraTest, Talk, TalkKind
from intranet.cameras.operations import spooling
from intranet.db import db, reading
from intranet.media.door import (
    Diagnosis,
    StreamName,
    StreamReport,
    StreamWanted,
    TalkReport,
    TalkWanted,
    TestWanted,
)

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)


class DatabaseDoor:
    """Implements intranet.media.door.Door."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def desired(self) -> Sequence[StreamWanted]:
        """Return the main stream of every camera, and the sub stream where there is one."""
        with self._app.app_context(), reading():
            rows = db.session.execute(
                select(
                    Camera.code, Camera.main_url_sealed, Camera.sub_url_sealed, Camera.wallclock
                ).where(Camera.retired_at.is_(None))
            ).all()
        wanted: list[StreamWanted] = []
        for code, main, sub, wallclock in rows:
            try:
                main_url, sub_url = sealing.unseal(main), sealing.unseal(sub) if sub else ""
            except sealing.SealBrokenError:
                log.warning("camera_seal_broken", camera=code)  # the others must not suffer
                continue
            wanted.append(StreamWanted(code, StreamName.MAIN, main_url, wallclock))
            if sub_url:
                wanted.append(StreamWanted(code, StreamName.SUB, sub_url, wallclock, always=False))
        return wanted

    def report(self, reports: Sequence[StreamReport]) -> None:
        """Store states."""
        with self._app.app_context():
            operations.take_reports(db.session(), reports)
            db.session.commit()

    def tests_wanted(self) -> Sequence[TestWanted]:
        """Return the oldest tests nobody has run."""
        with self._app.app_context(), reading():
            rows = db.session.execute(
                select(CameraTest.id, CameraTest.url_sealed)
                .where(CameraTest.done_at.is_(None))
                .order_by(CameraTest.id)
                .limit(3)
            ).all()
        return [TestWanted(row[0], _opened(row[1])) for row in rows]

    def talks_taken(self, most: int) -> Sequence[TalkWanted]:
        """Take what waits to be said, at most so many, with its sound opened."""
        with self._app.app_context():
            # Twice a second nothing waits: that is no reason to hold up whoever writes.
            with reading():
                waits = operations.anything_waits(db.session())
                db.session.rollback()
            if not waits:
                return []
            taken = operations.take_waiting(db.session(), at=clock.now(), most=most)
            wanted = [_talk_wanted(talk, camera) for talk, camera in taken]
            db.session.commit()
        return wanted

    def talk_told(self, report: TalkReport) -> None:
        """Store what became of something said, and the sound of what was spoken live."""
        media_dir = self._app.config["SETTINGS"].media_dir
        with self._app.app_context():
            talk = operations.talk_told(db.session(), report=report, at=clock.now())
            if talk is not None and talk.kind is TalkKind.LIVE and report.ended_at is not None:
                spooling.keep(media_dir, talk)
            db.session.commit()
            if talk is not None and talk.kind is TalkKind.LIVE and report.ended_at is not None:
                spooling.clear(media_dir, talk.id)

    def talks_cut_off(self) -> Sequence[TalkWanted]:
        """Note that what an earlier worker had taken was cut off; return where it was said."""
        media_dir = self._app.config["SETTINGS"].media_dir
        with self._app.app_context():
            ended = operations.talk_cut_off(db.session(), at=clock.now())
            live = [talk for talk, _camera in ended if talk.kind is TalkKind.LIVE]
            for talk in live:  # it lies in the clear, and can be said again
                spooling.keep(media_dir, talk)
            # Before its first packet the way that worked the last time is the best guess.
            lost = [
                TalkWanted(
                    talk.id, camera.code, _talk_url(camera), talk.driver or camera.talk_driver
                )
                for talk, camera in ended
            ]
            db.session.commit()
            for talk in live:
                spooling.clear(media_dir, talk.id)
        return lost

    def test_done(self, test_id: int, found: Diagnosis) -> None:
        """Store a test's result."""
        with self._app.app_context():
            operations.finish_test(db.session(), test_id=test_id, found=found, at=clock.now())
            operations.forget_tests(db.session(), at=clock.now())
            db.session.commit()


def _talk_wanted(talk: Talk, camera: Camera) -> TalkWanted:
    """Return it as the worker needs it; without address or sound it fails there, and says so."""
    clip = b""
    if talk.kind is not TalkKind.LIVE:
        try:
            clip = files.content(talk.file_key)
        except (OSError, ValueError, sealing.SealBrokenError) as error:
            # Also where the disk fails: the others that were taken with it are said.
            log.warning("talk_sound_unreadable", talk=talk.id, error=type(error).__name__)
            clip = b"lost"  # decodes as nothing: the page is told that the sound is bad
    url, driver = _talk_url(camera), camera.talk_driver
    return TalkWanted(talk.id, camera.code, url, driver, clip, talk.media_type)


def _talk_url(camera: Camera) -> str:
    return _opened(camera.talk_url_sealed or camera.main_url_sealed)


def _opened(sealed: str) -> str:
    """Return the address; "" when its seal is broken, which no test can do anything with."""
    try:
        return sealing.unseal(sealed)
    except sealing.SealBrokenError:
        return ""


def purge() -> None:
    """Forget tests nobody looks at any more, with their pictures and addresses."""
    operations.forget_tests(db.session(), at=clock.now())
    db.session.commit()


def forget_talks() -> int:
    """Let go of what was said longer ago than it is kept; return how many sounds."""
    days = current_app.config["SETTINGS"].talk_days
    keys = operations.forget_talks(db.session(), at=clock.now(), days=days) if days else []
    keys += operations.forget_phrases(db.session(), at=clock.now())
    db.session.commit()
    for key in keys:  # after the rows: a file without a row is swept, a row without a file is not
        files.delete(key)
    keep_lost()  # after what was freed: on a full disk it fails
    return len(keys)


def forget_broadcasts() -> int:
    """Let go of what nobody confirmed, and of sounds nobody will send again; return how many."""
    keys = operations.forget_broadcasts(db.session(), at=clock.now())
    db.session.commit()
    for key in keys:
        files.delete(key)
    return len(keys)


def keep_lost() -> None:
    """Seal the speech of talks no worker ended; it lies in the clear while it is on its way."""
    media_dir = current_app.config["SETTINGS"].media_dir
    for talk_id in spooling.left_lying(media_dir, clock.now()):
        talk = operations.ended_talk(db.session(), talk_id, at=clock.now())
        if talk is not None:
            spooling.keep(media_dir, talk)
        db.session.commit()
        spooling.clear(media_dir, talk_id)
    spooling.sweep(media_dir, clock.now())
