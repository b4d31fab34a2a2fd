"""Refuse writes that another site made the browser send: by headers, with no token to go stale.

Browsers send ``Sec-Fetch-Site`` to trustworthy origins only; on plain HTTP in an office network
``Origin`` carries the load (Fetch standard, "HTTP-network-or-cache fetch"). Neither header means
no browser, hence no ambient cookie to abuse.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, request

from intranet.db import SAFE_METHODS

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Check every unsafe request before anything reads the session."""
    app.before_request(check)


def check() -> None:
    """Answer 403 to a write that came from another site."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return
    else:
        origin = request.headers.get("Origin")
        if origin is None or _same_origin(origin):
            return
    log.warning("cross_site_write_refused", endpoint=request.endpoint)
    abort(403)


def _same_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc) == (request.scheme, request.host)
