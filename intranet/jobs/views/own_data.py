"""What a seeker agreed to and all that is kept: shown, handed over, erased when withdrawn."""

from __future__ import annotations

import json

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db, reading
from intranet.errors import DomainError, InputError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.kept import as_data
from intranet.jobs.queries import kept as queries
from intranet.jobs.queries.wishes import Whole, wish_or_404
from intranet.jobs.views.room import bp
from intranet.register.models import PersonalField


@bp.get("/jobs/wishes/<int:wish_id>/data")
def seeker_data(wish_id: int) -> Response:
    """Show what was agreed to, what is kept, and how it is taken along or withdrawn."""
    viewer, whole = _own_or_for(wish_id)
    return _page(viewer, whole)


@bp.post("/jobs/wishes/<int:wish_id>/data/withdraw")
def withdraw_consent(wish_id: int) -> ResponseReturnValue:
    """Withdraw consent: all that says who it is is erased, at once."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    if queries.withdrew(db.session(), viewer, wish_id):
        return _withdrawn(wish_id, is_own=True)
    _viewer, whole = _own_or_for(wish_id)
    is_own = _is_own(viewer, whole)
    if not request.form.get("sure"):
        problem = InputError("Tick that this cannot be brought back", "sure")
        return _page(viewer, whole, problem=problem, status=422)
    try:
        once.submit(viewer, lambda: _erase(viewer, whole))
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, wish_id, error)
    return _withdrawn(wish_id, is_own=is_own)


@bp.post("/jobs/wishes/<int:wish_id>/data/export")
def export_data(wish_id: int) -> ResponseReturnValue:
    """Hand over all that is kept, as a file or on paper; that it was is written down."""
    viewer, whole = _own_or_for(wish_id)
    try:
        contacts = operations.export_seeker(
            db.session(),
            actor=viewer,
            at=clock.now(),
            seeker=whole.seeker,
            reason=request.form.get("reason", ""),
            address=audit.client_address(),
        )
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, wish_id, error)
    with reading():
        again = wish_or_404(db.session(), viewer, wish_id)
        kept = queries.kept_of(db.session(), again.seeker, is_own=_is_own(viewer, again))
        return _on_paper(again, kept, contacts) if _wants_paper() else _as_file(kept, contacts)


def _withdrawn(wish_id: int, *, is_own: bool) -> Response:
    """Say that it is done; the person has no page here any more."""
    flash(_("Consent was withdrawn and everything about the person erased."))
    return htmx.go(url_for("jobs.new_wish") if is_own else url_for("jobs.wish", wish_id=wish_id))


def _own_or_for(wish_id: int) -> tuple[Viewer, Whole]:
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    whole = wish_or_404(db.session(), viewer, wish_id)
    require(Permission.JOBS_SEEKER_MANAGE, whole)
    return viewer, whole


def _is_own(viewer: Viewer, whole: Whole) -> bool:
    return whole.party_id is not None and whole.party_id == viewer.party_id


def _erase(viewer: Viewer, whole: Whole) -> int:
    # Somebody's own account erases what is surely its own.
    erase = operations.withdraw_seeker if _is_own(viewer, whole) else operations.erase_seeker
    erase(
        db.session(),
        actor=viewer,
        at=clock.now(),
        seeker=whole.seeker,
        address=audit.client_address(),
    )
    return whole.wish.id


def _wants_paper() -> bool:
    return request.form.get("form") == "paper"


def _as_file(kept: queries.Kept, contacts: dict[PersonalField, str]) -> Response:
    data = as_data(kept, contacts, clock.now())
    answer = make_response(json.dumps(data, ensure_ascii=False, indent=1))
    answer.mimetype = "application/json"
    name = f"seeker-{kept.seeker.id}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _on_paper(whole: Whole, kept: queries.Kept, contacts: dict[PersonalField, str]) -> Response:
    page = render_template(
        "jobs/seeker_paper.html", whole=whole, kept=kept, contacts=contacts, now=clock.now()
    )
    return make_response(page)


def _refuse(viewer: Viewer, wish_id: int, error: DomainError) -> Response:
    db.session.rollback()
    if queries.withdrew(db.session(), viewer, wish_id):
        return _withdrawn(wish_id, is_own=True)  # in another tab, at the same moment
    again = wish_or_404(db.session(), viewer, wish_id)
    return _page(viewer, again, problem=error, status=error.status)


def _page(
    viewer: Viewer, whole: Whole, *, problem: DomainError | None = None, status: int = 200
) -> Response:
    page = render_template(
        "jobs/seeker_data.html",
        whole=whole,
        wish=whole.wish,
        kept=queries.kept_of(db.session(), whole.seeker, is_own=_is_own(viewer, whole)),
        is_own=_is_own(viewer, whole),
        problem=problem,
        wrong=getattr(problem, "field", None),
    )
    return make_response(page, status)
