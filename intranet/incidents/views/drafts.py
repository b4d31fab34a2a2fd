"""What a phone needs that keeps reports while there is no network: its worker, a page, answers.

The phone says ``X-Draft: 1`` with what it sends by itself and gets JSON where a browser would get
a page. A draft names its account: under another's login it is refused, whatever the phone thinks.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask import Response, jsonify, make_response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from intranet import assets, clock, once
from intranet.access import Viewer
from intranet.assets import asset
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.i18n import N_, _
from intranet.incidents.forms import ReportForm
from intranet.incidents.models import Incident
from intranet.incidents.views.room import bp

# What the page of a report loads: kept on the phone under hashed names.
SHELL_ASSETS = (
    "app.css", "htmx.js", "app.js", "sprite.svg", "outbox.js", "waiting.js", "report.js",
    "photos.js", "voice.js", "dom.js",
)  # fmt: skip
# A phone's clock may be wrong: a moment further back than this is none of the report's.
MADE_BEFORE_MAX = timedelta(days=30)
MADE_LATELY = timedelta(minutes=2)


class OtherAccountError(DomainError):
    """A draft was made under another account than the one that is logged in."""


@bp.get("/sw.js")
def worker() -> BaseResponse:
    """Send the service worker; it names the files of this version, so a new version is seen."""
    kept = [asset(name) for name in SHELL_ASSETS]
    source = (assets.VENDOR / asset("sw.js").rpartition("/")[2]).read_text(encoding="utf-8")
    head = f"const KEPT = {json.dumps(kept)};\nimportScripts({json.dumps(asset('outbox.js'))});\n"
    answer = Response(head + source, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Service-Worker-Allowed"] = "/incidents"
    answer.add_etag()
    return answer.make_conditional(request)


def is_draft() -> bool:
    """Whether a phone sends a draft by itself."""
    return request.headers.get("X-Draft") == "1"


def check_owner(viewer: Viewer, form: ReportForm) -> None:
    """Raise OtherAccountError for a draft of somebody else's."""
    if form.account.data and form.account.data != str(viewer.account_id):
        key = N_("This draft belongs to another account; it is sent after that one logs in")
        raise OtherAccountError(key)


def report_key(viewer: Viewer) -> str:
    """Return the key under which this submission is one report for ever."""
    return f"{viewer.account_id}:{request.form.get(once.FIELD, '')}"


def refusal(viewer: Viewer, form: ReportForm, problem: DomainError | None, status: int) -> Response:
    """Tell a phone why its draft was not taken, and under which number it had been before."""
    said = [_(problem.key, **problem.params)] if problem else []
    said += [one for errors in form.errors.values() for one in errors]
    reason = " ".join(dict.fromkeys(str(one) for one in said))
    is_other = isinstance(problem, OtherAccountError)
    place = None
    if isinstance(problem, InputError) and problem.field == "outside":
        keys = ("latitude", "longitude", "by")
        found = form.latitude.data, form.longitude.data, form.place_from.data
        place = dict(zip(keys, found, strict=True))
    answer = make_response(jsonify(reason=reason, other=is_other, place=place), status)
    known = db.session.scalar(
        select(Incident.number).where(Incident.report_key == report_key(viewer))
    )
    if known is not None and not is_other:
        answer.headers["X-Incident-Number"] = known
    return answer


def made_at(form: ReportForm) -> datetime | None:
    """Return when a draft was made on the phone, where that was a while ago and can be true."""
    try:
        made = datetime.fromisoformat(form.made_at.data or "")
    except ValueError:
        return None
    if made.tzinfo is None:
        return None
    ago = clock.now() - made
    return made if MADE_LATELY < ago < MADE_BEFORE_MAX else None
