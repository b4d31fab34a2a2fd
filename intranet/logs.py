"""Structured logs, one JSON object a line, with a request id and without secrets.

What goes in: endpoint, method, status, duration, account id. What never does: query strings,
bodies, names, addresses of cameras.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request

from intranet import clock

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

View = TypeVar("View", bound="Callable[..., Any]")
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)[^/@\s]*@", re.IGNORECASE)
_SECRET = re.compile(r"(?i)\b(password|passwd|secret|token|authorization)=\S+")
log = structlog.get_logger(__name__)


def configure(*, stream: Any = None) -> None:
    """Send everything, libraries' logs included, to one stream as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strip credentials from every text, wherever they came from."""
    del logger, method
    return {key: scrub(value) for key, value in event.items()}


def scrub(value: Any) -> Any:
    """Strip ``user:password@`` of addresses and ``password=…`` from a text; pass the rest on."""
    if not isinstance(value, str):
        return value
    return _SECRET.sub(r"\1=***", _USERINFO.sub(r"\1***@", value))


def init_app(app: Flask) -> None:
    """Give each request an id and log its end."""
    app.before_request(_begin)
    app.after_request(_end)


def quiet(view: View) -> View:
    """Mark a view that is asked many times a minute by each page: only its failures are logged."""
    view.is_quiet = True  # type: ignore[attr-defined]
    return view


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = clock.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    elapsed = clock.monotonic() - g.get("started", clock.monotonic())
    view = current_app.view_functions.get(request.endpoint or "")
    quiet = getattr(view, "is_quiet", False) or request.endpoint in {"static", "health.healthz"}
    if not (quiet and response.status_code < 400) and response.status_code not in {204, 206}:
        log.info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round(elapsed * 1000, 1),
            account=getattr(g.get("viewer"), "account_id", None),
        )
    return response
