"""What anybody may read, without a key."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Response, abort, current_app, request, url_for
from werkzeug.exceptions import MethodNotAllowed

from intranet import clock
from intranet.answers import file_answer
from intranet.db import db
from intranet.errors import InputError
from intranet.i18n import _
from intranet.incidents import queries
from intranet.incidents.queries import ROWS_MAX, Told, Wanted
from intranet.incidents.views.open311 import params, shapes
from intranet.incidents.views.open311.answers import answer
from intranet.incidents.views.open311.params import Refused
from intranet.incidents.views.open311.room import BASE, api, scope

FORMAT = "<any(xml, json):form>"
CHANGESET = "2026-11-24T00:00:00Z"  # when what is offered here last changed
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
STATUS = {"open": True, "closed": False}


@api.get(f"/discovery.{FORMAT}", defaults={"base": ""})
@api.get(f"{BASE}/discovery.{FORMAT}", defaults={"base": BASE})
def discovery(form: str, base: str) -> Response:
    """Say what is offered where; both formats must be."""
    del form, base
    house = request.url_root.rstrip("/")
    return answer(
        "discovery",
        {
            "changeset": CHANGESET,
            "contact": _("The community's office; see %(url)s", url=house),
            "key_service": _(
                "An administrator of the community makes keys at %(url)s",
                url=house + url_for("incidents.keys"),
            ),
            "endpoints": [
                {
                    "specification": "http://wiki.open311.org/GeoReport_v2",
                    # Some clients put the next word right behind it: it ends in a slash.
                    "url": f"{house}{api.url_prefix}{BASE}/",
                    "changeset": CHANGESET,
                    "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        },
    )


@api.get(f"{BASE}/services.{FORMAT}")
def services(form: str) -> Response:
    """List what may be reported."""
    del form
    scope()
    return answer(
        "services",
        [shapes.service(one) for one in queries.services(db.session(), day=clock.today())],
    )


@api.get(f"{BASE}/services/<code>.{FORMAT}")
def definition(code: str, form: str) -> Response:
    """Say what else is asked of a matter; nothing, of one without questions."""
    del form
    scope()
    found = queries.services(db.session(), code, day=clock.today())
    if not found:
        raise Refused(404, InputError("service_code is unknown"))
    asked = queries.questions(db.session(), found[0].category.id)
    return answer("service_definition", shapes.definition(code, asked))


@api.get(f"{BASE}/requests.{FORMAT}")
def requests(form: str) -> Response:
    """List incidents: 90 days or 1000 of them."""
    del form
    found = queries.requests(db.session(), _wanted())
    return answer("service_requests", _shaped(found))


@api.get(f"{BASE}/requests/<number>.{FORMAT}")
def one_request(number: str, form: str) -> Response:
    """Show one incident, as a list of one."""
    del form
    found = queries.requests(db.session(), Wanted(path=scope(), numbers=[number], limit=1))
    if not found:
        raise Refused(404, InputError("service_request_id is unknown"))
    return answer("service_requests", _shaped(found))


@api.get(f"{BASE}/tokens/<token>.{FORMAT}")
def tokens(token: str, form: str) -> Response:
    """Say that there is no such token: every report is answered with its number at once."""
    del token, form
    scope()
    raise Refused(404, InputError("token is unknown: requests here have their id at once"))


@api.get(f"{BASE}/servicerequestupdates.{FORMAT}")
def updates(form: str) -> Response:
    """List public steps in the order they were made: 90 days or 1000 of them."""
    del form
    since, until = params.span()
    limit, offset = params.page()
    numbers = params.listed("service_request_id")
    wanted = Wanted(scope(), numbers, (), since, until, limit=limit, offset=offset)
    found = queries.steps(db.session(), wanted)
    return answer(
        "service_request_updates", [shapes.update(event, number) for event, number in found]
    )


@api.get(f"{BASE}/media/<token>/<int:attachment_id>.jpg")
def photo(token: str, attachment_id: int) -> Response:
    """Send a photo staff let out, at the address given out with it."""
    found = queries.public_photo(db.session(), token, attachment_id)
    if found is None:
        raise Refused(404)
    return file_answer(found.file_key, found.media_type)


@api.route("/", methods=METHODS, defaults={"rest": ""})
@api.route("/<path:rest>", methods=METHODS)
def nowhere(rest: str) -> Response:
    """Refuse what is no address here, or not this way, in the asked format."""
    del rest
    urls = current_app.url_map.bind("")

    def leads(method: str) -> bool:
        endpoint, _values = urls.match(request.path, method=method)
        return bool(endpoint != request.endpoint)

    ways = [method for method in ("GET", "POST") if leads(method)]
    if ways:
        raise MethodNotAllowed(ways)
    abort(404)


def _wanted() -> Wanted:
    numbers = params.listed("service_request_id")
    path = scope()
    if numbers:
        return Wanted(path=path, numbers=numbers, limit=ROWS_MAX)
    codes = params.listed("service_code")
    if set(codes) - queries.known_codes(db.session(), codes):
        raise Refused(404, InputError("service_code is unknown"))
    asked = {one.lower() for one in params.listed("status")}
    if asked - set(STATUS):
        raise Refused(400, InputError("status is open, closed or both"))
    since, until = params.span()
    limit, offset = params.page()
    is_open = STATUS[asked.pop()] if len(asked) == 1 else None
    return Wanted(path, (), codes, since, until, is_open, limit, offset)


def _shaped(found: list[Told]) -> list[dict[str, Any]]:
    """Return the incidents as spelled; with ``extensions=true`` also answers and steps."""
    shaped = [shapes.service_request(one) for one in found]
    if not params.flag("extensions") or not found:
        return shaped
    session = db.session()
    ids = [one.incident.id for one in found]
    chosen = {
        key: [shapes.chosen(question, given.value) for given, question in group]
        for key, group in groupby(
            queries.answers(session, ids, lists_only=True), lambda pair: pair[0].incident_id
        )
    }
    notes: dict[int, list[dict[str, Any]]] = {key: [] for key in ids}
    most = Wanted(limit=ROWS_MAX * 20)
    for event, _number in queries.steps(session, most, incident_ids=ids):
        notes[event.incident_id].append(shapes.note(event))
    for one, row in zip(found, shaped, strict=True):
        row["attributes"] = chosen.get(one.incident.id, [])
        row["extended_attributes"] = shapes.more(one)
        row["notes"] = notes[one.incident.id]
    return shaped
