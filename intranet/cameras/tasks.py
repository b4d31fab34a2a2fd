"""The media worker's door into the database: short transactions, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from intranet import clock, sealing
from intranet.cameras import operations
from intranet.cameras.models import Camera, CameraTest
from intranet.db import db, reading
from intranet.media.door import Diagnosis, StreamName, StreamReport, StreamWanted, TestWanted

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

    def test_done(self, test_id: int, found: Diagnosis) -> None:
        """Store a test's result."""
        with self._app.app_context():
            operations.finish_test(db.session(), test_id=test_id, found=found, at=clock.now())
            operations.forget_tests(db.session(), at=clock.now())
            db.session.commit()


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
