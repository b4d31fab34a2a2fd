"""The door's own blueprint: no cookie counts, every error has the asked format, asking is counted.

A browser that another site made write is refused before anything here is reached (csrf.py); and
as no cookie is read, nobody's rights are behind a request but those of the key it brings.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from intranet import audit, clock
from intranet.db import SAFE_METHODS, apart, db
from intranet.errors import DomainError, InputError
from intranet.i18n import SPOKEN, _, _l
from intranet.incidents import operations, queries
from intranet.incidents.views.open311.answers import answer
from intranet.incidents.views.open311.params import Refused, text
from intranet.writers import WriteLockTimeout

log = structlog.get_logger(__name__)
api = Blueprint("open311", __name__, url_prefix="/open311")
BASE = "/v2"

WORDS = {
    400: _l("The request cannot be read"),
    403: _l("Requests of other sites' pages are refused"),
    404: _l("There is nothing at this address; /open311/discovery.xml lists what there is"),
    405: _l("This address takes no such request"),
    409: _l("Something else happened at the same moment; please send it again"),
    413: _l("What was sent is too large: at most 16 MB"),
    429: _l("Too many requests; please wait"),
    500: _l("Something went wrong here"),
    503: _l("The service is busy; please try again"),
}


@api.before_request
def _begin() -> None:
    """Speak as the header asks, and count reads; a write is counted by whose key it brings."""
    _choose_language()
    if request.method in SAFE_METHODS:
        with apart() as session:
            wait = operations.ask(
                session,
                who=address(),
                per_minute=operations.READS_PER_MINUTE,
                at=clock.now(),
            )
        refuse_for(wait)


def _choose_language() -> None:
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    request.environ[SPOKEN] = "en" if best == "en" else "zh_CN"


def address() -> str:
    """Return who asks without a key: a digest of the address, which cannot be turned back."""
    return f"address:{audit.client_digest()}"


def refuse_for(wait: int) -> None:
    """Refuse with 429 where somebody has to wait so many seconds."""
    if wait:
        raise Refused(429, headers={"Retry-After": str(wait)})


def scope() -> str:
    """Return the path of the jurisdiction asked for, "" for all; an unknown one is not found."""
    code = text("jurisdiction_id")
    if not code:
        return ""
    found = queries.jurisdiction(db.session(), code)
    if found is None:
        raise Refused(404, InputError("jurisdiction_id is unknown: it is a grid's code"))
    return found.path


@api.errorhandler(Exception)
def _refuse(error: Exception) -> Response:
    """Answer any error in the asked format; what failed is rolled back first."""
    try:
        db.session.rollback()
    except OperationalError:
        db.session.registry.clear()
    _choose_language()
    if isinstance(error, HTTPException) and (error.response or (error.code or 500) < 400):
        return error.get_response()  # type: ignore[return-value]
    status, headers, problems = _read(error)
    said = [_(one.key, **one.params) for one in problems] or [str(WORDS.get(status, WORDS[400]))]
    response = answer("errors", [{"code": status, "description": one} for one in said], status)
    response.headers.update(headers)
    return response


def _read(error: Exception) -> tuple[int, dict[str, str], list[DomainError]]:
    """Return status, headers and reasons: 400 where the specification has no other."""
    if isinstance(error, Refused):
        return error.status, error.headers, list(error.problems)
    if isinstance(error, DomainError):
        return 400 if isinstance(error, InputError) else error.status, {}, [error]
    if isinstance(error, HTTPException):
        keep = {"allow", "retry-after"}
        headers = {k: v for k, v in error.get_headers() if k.lower() in keep}
        return error.code or 500, headers, []
    if isinstance(error, StaleDataError):
        return 409, {}, []
    if isinstance(error, (WriteLockTimeout, OperationalError)):
        log.error("database_unavailable", kind=type(error).__name__)
        return 503, {"Retry-After": "3"}, []
    log.error(
        "unhandled_error", exc_info=error, kind=type(error).__name__, endpoint=request.endpoint
    )
    return 500, {}, []
