"""What a phone needs that keeps reports while there is no network: its worker, and answers."""

from __future__ import annotations

import json

from flask import Response, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from intranet import assets, drafts
from intranet.access import Viewer
from intranet.assets import asset
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.incidents.forms import ReportForm
from intranet.incidents.models import Incident
from intranet.incidents.views.room import bp


@bp.get("/sw.js")
def worker() -> BaseResponse:
    """Send the service worker; it names the files of this version, so a new version is seen."""
    kept = [asset(name) for name in drafts.SHELL_ASSETS]
    source = (assets.VENDOR / asset("sw.js").rpartition("/")[2]).read_text(encoding="utf-8")
    head = f"const KEPT = {json.dumps(kept)};\nimportScripts({json.dumps(asset('outbox.js'))});\n"
    answer = Response(head + source, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    # Each page that is kept registers it below its own address, and no other is touched.
    answer.headers["Service-Worker-Allowed"] = "/"
    answer.add_etag()
    return answer.make_conditional(request)


def refusal(viewer: Viewer, form: ReportForm, problem: DomainError | None, status: int) -> Response:
    """Tell a phone why its draft was not taken, and under which number it had been before."""
    place = None
    if isinstance(problem, InputError) and problem.field == "outside":
        keys = ("latitude", "longitude", "by")
        found = form.latitude.data, form.longitude.data, form.place_from.data
        place = dict(zip(keys, found, strict=True))
    answer = drafts.refusal(problem, form.errors.values(), status, place=place)
    known = db.session.scalar(
        select(Incident.number).where(Incident.report_key == drafts.key_of(viewer))
    )
    if known is not None and not isinstance(problem, drafts.OtherAccountError):
        drafts.taken(answer, known, url_for("incidents.incident", number=known))
    return answer
