"""Structured logs, one JSON object a line, with a request id and without secrets.

What goes in: endpoint, method, status, duration, account id. What never does: query strings,
bodies, names, addresses of cameras.
"""

from __future__ import annotations

import functools
import itertools
import logging
import os
import re
import secrets
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from flask import Flask, Response, current_app, g, has_request_context, request

from intranet import clock

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

View = TypeVar("View", bound="Callable[..., Any]")
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)[^/@\s]*@", re.IGNORECASE)
_SECRET = re.compile(r"(?i)\b(password|passwd|secret|token|authorization)=\S+")
log = structlog.get_logger(__name__)
_count = itertools.count()


def configure(*, stream: Any = None) -> None:
    """Send everything, libraries' logs included, to one stream as JSON."""
    structlog.configure(
        processors=[
            _name_request,
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


def nameless(view: View) -> View:
    """Mark a view that promises nobody is named: its log says no account."""
    view.is_nameless = True  # type: ignore[attr-defined]
    return view


def _begin() -> None:
    g.request_id = f"{_process_mark(os.getpid())}{next(_count):08x}"
    g.started = clock.monotonic()


@functools.cache
def _process_mark(process: int) -> str:
    """Return eight random digits, this process's own: a number each would ask the system anew."""
    del process
    return secrets.token_hex(4)


def _name_request(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the id of the request in whose course something is logged."""
    del logger, method
    if has_request_context() and "request_id" in g:
        event["request_id"] = g.request_id
    return event


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    status = response.status_code
    if status in {204, 206}:
        return response
    view = current_app.view_functions.get(request.endpoint or "")
    quiet = getattr(view, "is_quiet", False) or request.endpoint in {"static", "health.healthz"}
    if not (quiet and status < 400):
        elapsed = clock.monotonic() - g.get("started", clock.monotonic())
        log.info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=status,
            milliseconds=round(elapsed * 1000, 1),
            account=None
            if getattr(view, "is_nameless", False)
            else getattr(g.get("viewer"), "account_id", None),
        )
    return response
