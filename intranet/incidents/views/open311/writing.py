"""What a system with a key may send: reports, and updates to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from flask import Response, request

from intranet import audit, clock, once
from intranet.db import db
from intranet.errors import InputError
from intranet.grids.models import Grid
from intranet.incidents import operations, queries
from intranet.incidents.models import Client, Incident, Question, Source
from intranet.incidents.operations import DESCRIPTION_MAX, PLACE_MAX, Report, Status, Stored, Update
from intranet.incidents.queries import Wanted
from intranet.incidents.views.open311 import params
from intranet.incidents.views.open311.answers import answer
from intranet.incidents.views.open311.params import Refused
from intranet.incidents.views.open311.reading import FORMAT
from intranet.incidents.views.open311.room import BASE, address, api, refuse_for, scope
from intranet.incidents.views.uploads import UPLOADS_MAX, store_apart

NAME_MAX = 60
URL_MAX = 1000
UPDATE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")


@api.post(f"{BASE}/requests.{FORMAT}")
def create(form: str) -> Response:
    """Take a report, and answer with its number at once."""
    del form
    client = _client()
    # Before the transaction that names them: pictures take seconds to decode.
    files = store_apart([*request.files.getlist("media"), *request.files.getlist("media[]")])
    incident, notice = _once(client, lambda: _report(client, files).id), ""
    made = db.session.get_one(Incident, int(incident))
    for one in queries.requests(db.session(), Wanted(numbers=[made.number], limit=1)):
        notice = one.category.promise
    row = {
        "service_request_id": made.number,
        "service_notice": notice or None,
        "account_id": None,
    }
    return answer("service_requests", [row])


@api.post(f"{BASE}/servicerequestupdates.{FORMAT}")
def create_update(form: str) -> Response:
    """Take an update under the client's own number for it, once."""
    del form
    client = _client()
    update = _update()
    number = params.text("service_request_id")
    found = queries.request_of(db.session(), client, scope(), number)
    if found is None:
        raise Refused(404, InputError("service_request_id is unknown"))
    event_id = operations.take_update(
        db.session(),
        client=client,
        at=clock.now(),
        incident=found,
        update=update,
        address=audit.client_address(),
    )
    db.session.commit()
    return answer("service_request_updates", [{"update_id": str(event_id)}])


def _client() -> Client:
    """Return whose key the request brings; counts it first, whatever comes of it."""
    session = db.session()
    at = clock.now()
    key = params.text("api_key")
    client = operations.client_of_key(session, key) if key else None
    who, most = address(), operations.READS_PER_MINUTE
    if client is not None:
        who, most = f"client:{client.id}", client.per_minute
    wait = operations.ask(session, who=who, per_minute=most, at=at)
    session.commit()
    refuse_for(wait)
    if client is None:
        raise Refused(403, InputError("api_key is missing, unknown or revoked"))
    return client


def _once(client: Client, act: Callable[[], object]) -> str:
    """Do it once for the header Idempotency-Key; without one, as often as it is sent."""
    session = db.session()
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        made = str(act())
    else:
        digest = hashlib.sha256(key.encode()).hexdigest()
        made = once.run(
            session,
            key=f"open311:{client.id}:{digest}",
            account_id=None,
            endpoint="open311.create",
            body_hash=once.hash_of_request(),
            at=clock.now(),
            act=act,
        ).object_id
    session.commit()
    return made


def _report(client: Client, files: list[Stored]) -> Incident:
    session = db.session()
    path = _path(client)
    code = params.text("service_code")
    if not code:
        raise Refused(400, InputError("service_code is missing"))
    matters = queries.services(session, code, day=clock.today())
    if not matters:
        raise Refused(404, InputError("service_code is unknown"))
    category = matters[0].category
    answers, wrong = operations.check_answers(
        queries.questions(session, category.id), params.attributes()
    )
    problems = [*wrong, *_shape_problems()]
    if problems:
        raise Refused(400, *problems)
    grid, place = _where(path, files)
    at = clock.now()
    content = Report(
        grid=grid,
        category=category,
        source=Source.OPEN311,
        description=params.text("description"),
        place=params.text("address_string"),
        latitude_wgs84=place[0] if place else None,
        longitude_wgs84=place[1] if place else None,
        happened_at=_taken_at(files, at),
        caller_name=_who(),
        caller_phone=params.text("phone"),
    )
    return _take(client, at, content, answers, files)


def _take(
    client: Client,
    at: datetime,
    content: Report,
    answers: list[tuple[Question, str]],
    files: list[Stored],
) -> Incident:
    return operations.take_report(
        db.session(),
        client=client,
        at=at,
        content=content,
        answers=answers,
        media_urls=_media_urls(),
        files=files,
        address=audit.client_address(),
    )


def _path(client: Client) -> str:
    """Return where this client may report: its own part of the tree, within the jurisdiction."""
    path = scope()
    if path.startswith(client.grid_path):
        return path
    if client.grid_path.startswith(path):
        return client.grid_path
    raise Refused(404, InputError("jurisdiction_id is not one this key may report to"))


def _where(path: str, files: list[Stored]) -> tuple[Grid, tuple[float, float] | None]:
    """Return the grid, and the coordinates: as said, else as the first photo that knows.

    A place outside the client's part of the tree is refused: nobody here could go there.
    """
    session = db.session()
    place, code = params.place(), params.text("address_id")
    words = params.text("address_string")
    if place is None and not code and not words:
        known = (one for one in files if one.latitude_wgs84 is not None)
        photo = next(known, None)
        if photo is None or photo.latitude_wgs84 is None or photo.longitude_wgs84 is None:
            raise InputError("A place is missing: lat and long, address_id or address_string")
        place = photo.latitude_wgs84, photo.longitude_wgs84
    if place is not None:
        found = queries.grid_of_place(session, path, *place)
        if found is None:
            raise InputError("The place lies outside the community")
        return found, place
    if code:
        found = queries.grid_of_code(session, path, code)
        if found is None:
            raise InputError("address_id is unknown: it is a grid's code")
        return found, None
    found = queries.only_community(session, path)
    if found is None:
        raise InputError("address_string alone does not say which community; add address_id")
    return found, None


def _shape_problems() -> list[InputError]:
    """Return everything else that is wrong, so that a client learns it all at once."""
    found = [
        InputError("%(name)s has at most %(most)d characters", name, name=name, most=most)
        for name, most in (
            ("description", DESCRIPTION_MAX),
            ("address_string", PLACE_MAX),
            ("first_name", NAME_MAX),
            ("last_name", NAME_MAX),
            ("email", URL_MAX),
        )
        if len(params.text(name)) > most
    ]
    email = params.text("email")
    if email and not EMAIL.fullmatch(email):
        found.append(InputError("email is no address"))
    urls = _media_urls()
    if len(urls) > UPLOADS_MAX or not all(map(_is_url, urls)):
        found.append(InputError("media_url is an address beginning with http"))
    return found


def _media_urls() -> list[str]:
    return [one for one in (url.strip() for url in request.form.getlist("media_url")) if one]


def _is_url(url: str) -> bool:
    """Whether it is an address of a picture; it is never fetched from here."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and len(url) <= URL_MAX
        and url.isprintable()
        and " " not in url
    )


def _who() -> str:
    """Return who reports, in the order their script has: 王秀英, Ada Lovelace; then the e-mail."""
    first, last = params.text("first_name"), params.text("last_name")
    name = f"{first} {last}" if f"{first}{last}".isascii() else f"{last}{first}"
    return f"{name} {params.text('email')}".strip()


def _taken_at(files: list[Stored], at: datetime) -> datetime | None:
    return next((one.taken_at for one in files if one.taken_at and one.taken_at <= at), None)


def _update() -> Update:
    wrong = []
    update_id, status = params.text("update_id"), params.text("status").upper()
    if not UPDATE_ID.fullmatch(update_id):
        wrong.append(InputError("update_id has 1 to 64 letters, digits or _ . : -"))
    if status not in set(Status):
        wrong.append(InputError("status is one of %(all)s", all=", ".join(Status)))
    if not params.text("service_request_id"):
        wrong.append(InputError("service_request_id is missing"))
    if len(params.text("description")) > DESCRIPTION_MAX // 2:
        name, most = "description", DESCRIPTION_MAX // 2
        wrong.append(
            InputError("%(name)s has at most %(most)d characters", name, name=name, most=most)
        )
    params.moment("updated_datetime")
    if wrong:
        raise Refused(400, *wrong)
    return Update(update_id, Status(status), params.text("description"))
