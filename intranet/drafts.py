"""Forms that a phone keeps while there is no network and sends by itself: how they are answered.

The phone says ``X-Draft: 1`` and gets a number in ``X-Draft-Number`` with the address of what was
made, or JSON where a browser would get a page. A draft names its account: under another's login it
is refused, whatever the phone thinks. ``static/js/outbox.js`` is the other side.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import Flask, Response, current_app, jsonify, make_response, request

from intranet import clock, once
from intranet.access import Viewer
from intranet.errors import DomainError
from intranet.i18n import N_, _

# What the pages of these forms load: kept on the phone under hashed names.
SHELL_ASSETS = (
    "app.css", "htmx.js", "app.js", "sprite.svg", "outbox.js", "waiting.js", "report.js",
    "photos.js", "voice.js", "dom.js", "visit.js",
)  # fmt: skip
# A phone's clock may be wrong: a moment further back than this is none of the draft's.
MADE_BEFORE_MAX = timedelta(days=30)
VISIT_DAYS = 30  # a visit's draft is deleted from the phone after so long; outbox.js does
MADE_LATELY = timedelta(minutes=2)


class OtherAccountError(DomainError):
    """A draft was made under another account than the one that is logged in."""


def init_app(app: Flask) -> None:
    """Give every template ``draft_key(account_id)``."""
    app.jinja_env.globals["draft_key"] = draft_key


def draft_key(account_id: int) -> str:
    """Return the key that an account's drafts are sealed with on a phone: 256 bits, base64.

    Always the same one: it is not kept with what it opens, and comes back when the account does.
    """
    secret = current_app.config["SETTINGS"].secret_key.encode()
    made = hmac.new(secret, f"drafts:{account_id}".encode(), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


def is_draft() -> bool:
    """Whether a phone sends a draft by itself."""
    return request.headers.get("X-Draft") == "1"


def check_owner(viewer: Viewer, account: str | None) -> None:
    """Raise OtherAccountError for a draft of somebody else's."""
    if account and account != str(viewer.account_id):
        key = N_("This draft belongs to another account; it is sent after that one logs in")
        raise OtherAccountError(key)


def key_of(viewer: Viewer) -> str:
    """Return the key under which this submission is one thing for ever."""
    return f"{viewer.account_id}:{request.form.get(once.FIELD, '')}"


def taken(answer: Response, number: str, where: str = "") -> Response:
    """Tell a phone what its draft became; ``where`` is its address, if not the answer's own."""
    answer.headers["X-Draft-Number"] = number
    if where:
        answer.headers["HX-Redirect"] = where
    return answer


def refusal(
    problem: DomainError | None, errors: Iterable[Iterable[str]], status: int, **more: object
) -> Response:
    """Tell a phone why its draft was not taken, with what else its page is to know."""
    said = [_(problem.key, **problem.params)] if problem else []
    said += [one for some in errors for one in some]
    reason = " ".join(dict.fromkeys(str(one) for one in said))
    is_other = isinstance(problem, OtherAccountError)
    return make_response(jsonify(reason=reason, other=is_other, **more), status)


def made_at(typed: str | None) -> datetime | None:
    """Return when a draft was made on the phone, where that was a while ago and can be true."""
    try:
        made = datetime.fromisoformat(typed or "")
    except ValueError:
        return None
    if made.tzinfo is None:
        return None
    ago = clock.now() - made
    return made if MADE_LATELY < ago < MADE_BEFORE_MAX else None
