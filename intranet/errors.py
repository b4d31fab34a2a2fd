"""What may go wrong in the open: broken rules, and the pages that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, g, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from intranet.access import current_viewer
from intranet.db import db, reading
from intranet.writers import WriteLockTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

log = structlog.get_logger(__name__)

# Rooms with a frame of their own, by what the names of their endpoints begin with.
_room_pages: dict[str, Callable[[dict[str, Any]], str]] = {}

SHOWN = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)


class DomainError(Exception):
    """A rule of the community was broken: answered with the current state, never a bug.

    ``key`` is an English message id that views translate; ``params`` fill its placeholders.
    ``status`` is 409 where the state of things forbids the act, 422 where the input does.
    """

    status = 409

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class InputError(DomainError):
    """What was typed cannot be taken; ``field`` says beside which field to show it."""

    status = 422

    def __init__(self, key: str, field: str | None = None, **params: Any) -> None:
        super().__init__(key, **params)
        self.field = field


def init_app(app: Flask) -> None:
    """Answer every error with a page or, to htmx, a fragment."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(StaleDataError, _changed_meanwhile)
    app.register_error_handler(WriteLockTimeout, _busy)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _bug)


def room_page(prefix: str, made: Callable[[dict[str, Any]], str]) -> None:
    """Let a room show errors of its endpoints in its own frame; ``made`` gets what is to be said.

    Where its page cannot be made, the one that stands alone is shown.
    """
    _room_pages[prefix] = made


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error.get_response()
    if code == 401:
        _rollback_quietly()
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    response = _answer(code if code in SHOWN else (400 if code < 500 else 500))
    headers = [(k, v) for k, v in error.get_headers() if k.lower() != "content-type"]
    return response[0], code, headers


def _domain_error(error: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    return _answer(error.status, message=error)


def _changed_meanwhile(error: StaleDataError) -> ResponseReturnValue:
    """Somebody else changed the row between our read and our write: the loser is told."""
    del error
    return _answer(409)


def _busy(error: Exception) -> ResponseReturnValue:
    log.error("database_unavailable", kind=type(error).__name__)
    body, code = _answer(503, alone=True)  # asking the database again would wait again
    return body, code, {"Retry-After": "3"}


def _bug(error: Exception) -> ResponseReturnValue:
    log.error(
        "unhandled_error", exc_info=error, kind=type(error).__name__, endpoint=request.endpoint
    )
    return _answer(500)


def _answer(
    code: int, message: DomainError | None = None, *, alone: bool = False
) -> tuple[str, int]:
    """Render after a roll-back: the page must not flush what the failed request left behind."""
    from intranet.htmx import is_partial

    _rollback_quietly()
    facts: dict[str, Any] = {
        "code": code,
        "message": message,
        "request_id": g.get("request_id", ""),
        "back": _way_back(),
    }
    if is_partial():
        return render_template("errors/_fragment.html", **facts), code
    page = None if alone else _in_the_house(facts)
    return page or render_template("errors/page.html", **facts), code


def _in_the_house(facts: dict[str, Any]) -> str | None:
    """Return the page with the house's bar for somebody logged in who is looking at it.

    None where that cannot be: for pictures and parts of films, and when what broke is what the
    bar needs. Then the page that stands alone is shown.
    """
    endpoint = request.endpoint or ""
    made = next((one for prefix, one in _room_pages.items() if endpoint.startswith(prefix)), None)
    if made is None and "text/html" not in request.headers.get("Accept", ""):
        return None
    try:
        with reading():
            if made is not None:
                return made(facts) if current_viewer() else None
            return render_template("errors/house.html", **facts) if current_viewer() else None
    except Exception as error:  # noqa: BLE001 — nothing stands behind the page of an error
        log.error("error_page_stands_alone", kind=type(error).__name__)  # noqa: TRY400 — told once
        return None
    finally:
        _rollback_quietly()


def _way_back() -> str:
    """Return the page of ours one came from; empty when there is none, or it is this one."""
    came = urlsplit(request.referrer or "")
    where = f"{came.path}?{came.query}" if came.query else came.path
    here = request.full_path.removesuffix("?")
    is_ours = came.netloc == request.host and where.startswith("/") and where[1:2] != "/"
    return where if is_ours and not (where == here and request.method == "GET") else ""


def _rollback_quietly() -> None:
    try:
        db.session.rollback()
    except OperationalError:
        # The database itself is gone; the page below needs none of it.
        db.session.registry.clear()
