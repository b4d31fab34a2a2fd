"""Covering parts of a photo, hiding a file or the description, and taking either back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, files, htmx, once
from intranet.access import Permission, Viewer, allowed
from intranet.db import db, reading
from intranet.errors import DomainError
from intranet.incidents import operations, queries
from intranet.incidents.forms import ModerateForm, read_boxes
from intranet.incidents.models import Attachment
from intranet.incidents.operations import By, Made
from intranet.incidents.queries import Case
from intranet.incidents.views.room import bp, case_for
from intranet.pictures import Box

MODERATE = Permission.INCIDENTS_PHOTO_MODERATE
RESTORE = Permission.INCIDENTS_PHOTO_RESTORE
EMPTY_ROWS = 3
FILE = "/incidents/<number>/photos/<int:attachment_id>"


@bp.get(f"{FILE}/moderate")
def moderate(number: str, attachment_id: int) -> Response:
    """Show one file large, to cover parts of it or hide it."""
    viewer, case = case_for(MODERATE, number)
    return _page(viewer, case, _file(case, attachment_id), ModerateForm())


@bp.post(f"{FILE}/redact")
def redact(number: str, attachment_id: int) -> ResponseReturnValue:
    """Burn the boxes drawn into a new photo, and seal the original."""
    viewer, case = case_for(MODERATE, number)
    boxes: list[Box] = []

    def make(key: str, sealed_key: str) -> Made | None:
        boxes.extend(read_boxes(request.form))
        return operations.cover(key, boxes, sealed=bool(sealed_key))

    def act(found: Attachment, by: By, version: int, made: Made | None) -> list[str]:
        return operations.redact(
            db.session(), by=by, attachment=found, version=version, boxes=len(boxes), made=made
        )

    return _do(viewer, case, attachment_id, act, make)


@bp.post(f"{FILE}/restore")
def restore(number: str, attachment_id: int) -> ResponseReturnValue:
    """Put the sealed original of a photo back."""
    viewer, case = case_for(RESTORE, number)

    def make(_key: str, sealed_key: str) -> Made | None:
        return operations.uncover(sealed_key)

    def act(found: Attachment, by: By, version: int, made: Made | None) -> list[str]:
        return operations.restore(db.session(), by=by, attachment=found, version=version, made=made)

    return _do(viewer, case, attachment_id, act, make)


@bp.post(f"{FILE}/<any(hide, show):verb>")
def hide(number: str, attachment_id: int, verb: str) -> ResponseReturnValue:
    """Hide a file from all but those who moderate, or show it again."""
    viewer, case = case_for(MODERATE, number)

    def act(found: Attachment, by: By, version: int, _made: Made | None) -> list[str]:
        operations.hide(
            db.session(), by=by, attachment=found, version=version, wanted=verb == "hide"
        )
        return []

    return _do(viewer, case, attachment_id, act)


@bp.get("/incidents/<number>/description")
def description(number: str) -> Response:
    """Ask why the description is to be hidden, or shown again."""
    _viewer, case = case_for(MODERATE, number)
    return _text_page(case, ModerateForm())


@bp.post("/incidents/<number>/description/<any(hide, show):verb>")
def hide_text(number: str, verb: str) -> ResponseReturnValue:
    """Hide the description, or show it again."""
    viewer, case = case_for(MODERATE, number)
    form = ModerateForm(request.form)
    by = By(viewer, clock.now(), form.reason.data or "", audit.client_address())

    def act() -> object:
        operations.hide_text(db.session(), by=by, incident=case.incident, wanted=verb == "hide")
        return case.incident.id

    try:
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        case = queries.case_or_404(db.session(), viewer, number)
        beside = form.shows(error)
        return _text_page(case, form, problem=None if beside else error, status=error.status)
    return _back(number)


def _do(
    viewer: Viewer,
    case: Case,
    attachment_id: int,
    act: Callable[[Attachment, By, int, Made | None], list[str]],
    make: Callable[[str, str], Made | None] | None = None,
) -> ResponseReturnValue:
    """Make files if any are to be made, then name them; ``make`` is given the photo's keys."""
    form, number = ModerateForm(request.form), case.incident.number
    made: Made | None = None
    superseded: list[str] = []
    by = By(viewer, clock.now(), form.reason.data or "", audit.client_address())
    found = _file(case, attachment_id)

    def once_only() -> object:
        superseded.extend(act(found, by, form.version.data or 0, made))
        return attachment_id

    try:
        if make is not None and found.media_type.startswith("image/"):
            made = _apart(viewer, found, make)
        once.submit(viewer, once_only)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        _sweep(made.keys if made else [])
        with reading():
            case = queries.case_or_404(db.session(), viewer, number)
            found = _file(case, attachment_id)
            problem = None if form.shows(error) else error
            return _page(viewer, case, found, form, problem=problem, status=error.status)
    _sweep([*superseded, *(made.keys if made else [])])
    return _back(number)


def _apart(
    viewer: Viewer, found: Attachment, make: Callable[[str, str], Made | None]
) -> Made | None:
    """Make files before the transaction that is to name them; nothing for what was answered.

    Ends what was read so far, and with it the writers' lock: a picture takes a second to decode.
    """
    keys = found.file_key, found.sealed_key
    if once.was_answered(viewer):
        return None
    db.session.commit()
    return make(*keys)


def _sweep(keys: list[str]) -> None:
    """Delete what no row names, once it is certain which rows do: after commit or rollback."""
    if not keys:
        return
    with reading():
        unnamed = operations.unnamed(db.session(), keys)
        db.session.rollback()
    for key in unnamed:
        files.delete(key)


def _file(case: Case, attachment_id: int) -> Attachment:
    listed = queries.attachments(db.session(), case.incident, hidden=True)
    return next((one for one in listed if one.id == attachment_id), None) or abort(404)


def _back(number: str) -> ResponseReturnValue:
    return htmx.go(url_for("incidents.incident", number=number, _anchor="photos-taken"))


def _page(
    viewer: Viewer,
    case: Case,
    found: Attachment,
    form: ModerateForm,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    typed = list(zip(*(request.form.getlist(name) for name in "xywh"), strict=False))
    return make_response(
        render_template(
            "incidents/moderate.html",
            case=case,
            incident=case.incident,
            file=found,
            form=form,
            problem=problem,
            boxes=[*(row for row in typed if any(row)), *[("", "", "", "")] * EMPTY_ROWS],
            may_restore=allowed(viewer, RESTORE, case),
        ),
        status,
    )


def _text_page(
    case: Case, form: ModerateForm, problem: DomainError | None = None, status: int = 200
) -> Response:
    return make_response(
        render_template(
            "incidents/description.html",
            case=case,
            incident=case.incident,
            form=form,
            problem=problem,
        ),
        status,
    )
