"""Playlists, parts and stills. Every request is asked for its permission anew.

Before a request waits for a part it gives its database connection back: a blocked playlist holds
a thread and nothing else.
"""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, abort, current_app, request, send_file

from intranet import clock
from intranet.access import current_viewer
from intranet.cameras import queries
from intranet.cameras.views import bp, viewings
from intranet.db import db
from intranet.logs import quiet
from intranet.media import index
from intranet.media.playlist import BadReload, NotLive, Tails, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from intranet.cameras.queries import Seen, Standing
    from intranet.config import Settings

WAIT_SECONDS = 3.0
RANGE_BYTES_MAX = 16 * 1024 * 1024
STREAMS = "any(main, sub)"

_lock = threading.Lock()
_tails: dict[Path, Tails] = {}
_waiters: dict[Path, threading.BoundedSemaphore] = {}


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _tails_here() -> Tails:
    folder = _settings().media_dir
    with _lock:
        return _tails.setdefault(folder, Tails(folder))


def _waiters_here() -> threading.BoundedSemaphore:
    settings = _settings()
    with _lock:
        fresh = threading.BoundedSemaphore(settings.live_waiters_max)
        return _waiters.setdefault(settings.media_dir, fresh)


def _open(code: str) -> Standing:
    """Return the camera if this visitor may look through it; 401 or 404 otherwise."""
    viewer = current_viewer()
    if viewer is None:
        abort(401)
    return queries.standing_or_404(db.session, viewer, code)


@bp.get("/cameras/<code>/live/index.m3u8")
@quiet
def playlist(code: str) -> Response:
    """Answer the live playlist, waiting for the part the player asks for."""
    camera = _open(code)
    stream = "sub" if request.args.get("stream") == "sub" and camera.sub_place else "main"
    plain = request.args.get("wall") == "1"
    wanted = _directives()
    viewings.note(camera)
    _demand(code, stream)
    db.session.remove()
    text = _playlist(code, stream, wanted, plain=plain)
    answer = Response(text, content_type="application/vnd.apple.mpegurl")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _playlist(code: str, stream: str, wanted: tuple[int | None, int | None], *, plain: bool) -> str:
    """Return the playlist once it has what is wanted; 503 when that does not come in time."""
    msn, part = wanted
    tail = _tails_here().get(code, stream)
    try:
        if msn is None or plain:
            window = tail.window()
        else:
            with _waiting():
                window = tail.wait_for(msn, part, WAIT_SECONDS)
                if not window.has(msn, part) and msn > window.last_msn:
                    abort(_later())
        return render(window, stream, parts=not plain)
    except BadReload:
        abort(400)
    except NotLive:
        abort(_later())


def _directives() -> tuple[int | None, int | None]:
    """Read _HLS_msn and _HLS_part (RFC 8216bis, 6.2.5.2); 400 for a part without a number."""
    texts = request.args.get("_HLS_msn"), request.args.get("_HLS_part")
    if texts[0] is None:
        if texts[1] is not None:
            abort(400)
        return None, None
    if not all(text is None or (text.isdecimal() and len(text) < 12) for text in texts):
        abort(400)
    return int(texts[0]), None if texts[1] is None else int(texts[1])


class _Waiting:
    """A place among those who wait; 503 when there is none, instead of a hung site."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            abort(_later())

    def __exit__(self, *_: object) -> None:
        self._places.release()


def _waiting() -> _Waiting:
    return _Waiting(_waiters_here())


def _later() -> Response:
    answer = Response("", 503, content_type="text/plain; charset=utf-8")
    answer.headers["Retry-After"] = "2"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get(f"/cameras/<code>/live/<{STREAMS}:stream>/init-<string(length=16):digest>.mp4")
@quiet
def init_segment(code: str, stream: str, digest: str) -> Response:
    """Answer an init segment by the hash of its bytes."""
    _open(code)
    if not all(sign in "0123456789abcdef" for sign in digest):
        abort(404)
    path = _settings().media_dir / code / stream / f"init-{digest}.mp4"
    return _file(path, "private, max-age=86400, immutable")


@bp.get(
    f"/cameras/<code>/live/<{STREAMS}:stream>/<string(length=8):day>-<string(length=6):moment>.mp4"
)
def media(code: str, stream: str, day: str, moment: str) -> Response:
    """Answer a byte range of a minute file; one that is about to be written is waited for."""
    camera = _open(code)
    if not (day.isdecimal() and moment.isdecimal()):
        abort(404)
    minute = index.Minute(_settings().media_dir / code / stream, day, moment)
    # Live is live: the past is the recordings room's, with a permission of its own.
    if not _is_recent(minute):
        abort(404)
    viewings.note(camera)
    db.session.remove()
    asked = request.range
    start, stop = asked.ranges[0] if asked is not None and len(asked.ranges) == 1 else (-1, None)
    # A growing file has no "whole": players ask for ranges, and anything else is no player.
    if asked is None or asked.units != "bytes" or start is None or start < 0:
        abort(416)
    return _range(code, stream, minute, start, stop)


def _is_recent(minute: index.Minute) -> bool:
    try:
        return time_since(minute.media_path) < timedelta(minutes=2).total_seconds()
    except OSError:
        return False


def time_since(path: Path) -> float:
    """Return the seconds since a file last grew."""
    return clock.now().timestamp() - path.stat().st_mtime


def _range(code: str, stream: str, minute: index.Minute, start: int, stop: int | None) -> Response:
    with _opened(minute.media_path) as file:
        size = os.fstat(file).st_size
        if start >= size:
            with _waiting():
                tail = _tails_here().get(code, stream)
                part = tail.wait_for_bytes(minute.name, start, WAIT_SECONDS)
            if part is None:
                return _past_the_end(size)
            stop = start + part.size if stop is None else min(stop, start + part.size)
        elif stop is None:
            stop = size
        wanted = min(stop - start, RANGE_BYTES_MAX)
        data = os.pread(file, wanted, start)
    if not data:
        return _past_the_end(size)
    answer = Response(data, 206, content_type="video/mp4")
    # The file grows: its whole length is not known (RFC 9110, 14.4).
    answer.headers["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/*"
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


def _past_the_end(size: int) -> Response:
    answer = Response("", 416)
    answer.headers["Content-Range"] = f"bytes */{size}"
    return answer


class _opened:  # noqa: N801 — a context manager read as a verb
    """A descriptor for reading; 404 when the file is gone."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            abort(404)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


@bp.get("/cameras/<code>/still.jpg")
@quiet
def still(code: str) -> Response:
    """Answer the last still.

    A wall of stills asks with ``t`` every few seconds: that is watching, it is written down, and
    it makes the worker renew the picture as often. A list shows the last one there is.
    """
    camera = _open(code)
    path = _settings().media_dir / code / "still.jpg"
    if "t" in request.args:
        _demand(camera.code, "still")
        viewings.note(camera)
    else:
        viewings.note_second_glance(camera, path)
    db.session.remove()
    return _file(path, "private, no-cache")


def with_still(seen: Iterable[Seen]) -> set[str]:
    """Return the codes of those cameras of which there is a still."""
    folder = _settings().media_dir
    return {one.code for one in seen if (folder / one.code / "still.jpg").is_file()}


def _file(path: Path, caching: str) -> Response:
    try:
        answer = send_file(path, conditional=True, etag=True)
    except FileNotFoundError:
        abort(404)
    answer.headers["Cache-Control"] = caching
    return answer


def _demand(code: str, what: str) -> None:
    """Leave word for the media worker that somebody watches; at most once in five seconds."""
    path = _settings().media_dir / "demand" / f"{code}.{what}"
    try:
        if time_since(path) < 5.0:
            return
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path)
