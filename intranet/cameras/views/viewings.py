"""Who watches: written down by the request that opens; that one goes on watching, beside the next.

The live picture waits for nobody who writes: where twenty begin to speak at once each waits for
the one before, and a picture behind them would stand still for seconds.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog
from flask import current_app

from intranet import audit, clock
from intranet.access import Viewer, current_viewer
from intranet.cameras import operations
from intranet.db import apart, db

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from intranet.cameras.queries import Standing

NOTED_EVERY_SECONDS = 15.0
# So long after the last note it is still the same viewing (operations: 45 s), with time to spare.
GOES_ON_SECONDS = 30.0
NOTED_MAX = 4096
GLANCE_SECONDS = 60.0

log = structlog.get_logger(__name__)
_lock = threading.Lock()
_noted: dict[tuple[int, int], float] = {}
_glances: dict[tuple[int, int], tuple[float, float]] = {}  # when, at a picture of when
# One thread: SQLite has one writer, and the order stays. It begins with the first submitted,
# which is in the processes that serve.
_beside = ThreadPoolExecutor(1, thread_name_prefix="viewings")


def note(camera: Standing) -> None:
    """Write down that who asks watches: once at the opening, then every 15 seconds."""
    viewer = current_viewer()
    assert viewer is not None
    key = (viewer.account_id, camera.id)
    now = clock.monotonic()
    with _lock:
        before = _noted.get(key)
        if before is not None and now - before < NOTED_EVERY_SECONDS:
            return
        if len(_noted) > NOTED_MAX:
            _noted.clear()
        _noted[key] = now
    address, at = audit.client_address(), clock.now()
    if before is not None and now - before < GOES_ON_SECONDS:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        _beside.submit(_prolong, app, viewer, camera, address, at)
        return
    db.session.close()  # give the read's connection back
    _write(viewer, camera, address, at)


def note_second_glance(camera: Standing, path: Path) -> None:
    """Who asks for a new picture within the minute watches, in whatever way it is done."""
    viewer = current_viewer()
    assert viewer is not None
    key = (viewer.account_id, camera.id)
    now = clock.monotonic()
    try:
        taken = path.stat().st_mtime
    except OSError:
        return
    with _lock:
        before = _glances.get(key)
        _glances[key] = (now, taken)
        if len(_glances) > NOTED_MAX:
            _glances.clear()
    if before is not None and now - before[0] < GLANCE_SECONDS and before[1] != taken:
        note(camera)


def settle() -> None:
    """Wait until all that was to be written down so far is."""
    _beside.submit(lambda: None).result()


def _prolong(app: Flask, viewer: Viewer, camera: Standing, address: str, at: datetime) -> None:
    try:
        with app.app_context():
            _write(viewer, camera, address, at)
    except Exception as error:  # noqa: BLE001 — it is forgotten, so the next request writes it
        log.warning("viewing_not_prolonged", camera=camera.code, kind=type(error).__name__)


def _write(viewer: Viewer, camera: Standing, address: str, at: datetime) -> None:
    try:
        with apart() as session:
            operations.note_viewing(session, viewer=viewer, camera=camera, address=address, at=at)
    except BaseException:
        with _lock:
            # Nothing was written down: the next request tries again, and waits for it.
            _noted.pop((viewer.account_id, camera.id), None)
        raise
