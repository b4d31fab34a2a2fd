"""Whether this process lives, whether the house is ready, and its figures for Prometheus."""

from __future__ import annotations

import fcntl
import functools
import hmac
import ipaddress
import math
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from intranet import clock
from intranet.db import db
from intranet.media import pulse

if TYPE_CHECKING:
    from prometheus_client import Histogram

    from intranet.config import Settings

bp = Blueprint("health", __name__)
DISK_LOW_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    good: bool
    words: str


@functools.cache
def _seconds() -> Histogram:
    # The library decides when it is imported whether processes share their figures: `intranet web`
    # must have named the folder before.
    from prometheus_client import Histogram

    return Histogram(
        "weiwang_request_seconds",
        "Duration of requests by endpoint and status class, waits of live playlists included",
        ("endpoint", "status"),
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    )


def init_app(app: Flask) -> None:
    """Add the routes and time every request."""
    app.register_blueprint(bp)
    # Made before the threads are: two first requests at once would each register it, and fail.
    _seconds()
    app.after_request(_observe)


def _observe(response: Response) -> Response:
    started = g.get("started")
    if started is not None:
        status = f"{response.status_code // 100}xx"
        endpoint = request.endpoint or "none"
        _seconds().labels(endpoint, status).observe(clock.monotonic() - started)
    return response


@bp.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """Answer "ok": the process is alive, and nothing more is claimed."""
    return "ok", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 when database, media worker and disk are in order, else 503 with what is not."""
    findings = report(current_app.config["SETTINGS"])
    body = {finding.name: finding.words for finding in findings}
    return jsonify(body), 200 if all(finding.good for finding in findings) else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Answer Prometheus, on loopback without a proxy or with the token."""
    if not _may_read_metrics(current_app.config["SETTINGS"]):
        abort(404)
    from prometheus_client import (
        CONTENT_TYPE_LATEST,
        CollectorRegistry,
        generate_latest,
        multiprocess,
    )

    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_seconds())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(settings: Settings) -> bool:
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), settings.metrics_token.encode()):
            return True
    # A proxy on this machine would make every visitor look like loopback.
    forwarded = {"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"}
    if any(name in request.headers for name in forwarded):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def report(settings: Settings) -> list[Finding]:
    """Look at the database, the media worker and the disks; never raises for what is amiss."""
    return [_database(), _media(settings), *_disks(settings)]


def _database() -> Finding:
    try:
        db.session.execute(text("SELECT 1")).scalar_one()
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        db.session.rollback()
        return Finding("database", good=False, words="does not answer, or was never upgraded")
    from intranet.schema import newest_migration

    newest = newest_migration()
    if found != newest:
        return Finding("database", good=False, words=f"is at {found}, this version needs {newest}")
    return Finding("database", good=True, words="answers, up to date")


def _media(settings: Settings) -> Finding:
    """Try the lock the media worker holds while it lives, then hear whether it still works."""
    path = settings.media_dir / "worker.lock"
    try:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return Finding("media", good=False, words="the media worker never ran")
    except BlockingIOError:
        return _pulse(settings)
    return Finding("media", good=False, words="the media worker does not run")


def _pulse(settings: Settings) -> Finding:
    age = pulse.age_seconds(settings.media_dir, clock.now().timestamp())
    if age <= pulse.SILENT_SECONDS:
        return Finding("media", good=True, words="the media worker runs")
    stands = "is starting" if math.isinf(age) else f"has stood still for {age:.0f} s"
    return Finding("media", good=False, words=f"the media worker {stands}")


def _disks(settings: Settings) -> list[Finding]:
    findings = []
    places = (
        ("disk", settings.data_dir),
        ("media_disk", settings.media_dir),
        ("files_disk", settings.files_dir),
    )
    for name, path in places:
        if not path.exists():
            continue
        free = shutil.disk_usage(path).free
        words = f"{free // 10**9} GB free"
        findings.append(Finding(name, good=free > DISK_LOW_BYTES, words=words))
    return findings
