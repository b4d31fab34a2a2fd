"""What staff let out of one incident through the open interface, and take back."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.incidents import operations, queries
from intranet.incidents.forms import MoveForm, ReleaseForm
from intranet.incidents.queries import Case
from intranet.incidents.views.facts import facts
from intranet.incidents.views.room import bp, case_for, category_choices

MODERATE = Permission.INCIDENTS_PHOTO_MODERATE


@bp.post("/incidents/<number>/outside")
def release(number: str) -> ResponseReturnValue:
    """Let words and perhaps photos out, or change what is out."""
    viewer, case = case_for(MODERATE, number)
    form = ReleaseForm(request.form)
    try:
        operations.release(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            words=form.words.data or "",
            has_photos=bool(form.has_photos.data),
            address=audit.client_address(),
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, queries.case_or_404(db.session(), viewer, number), error)
    return _page(viewer, case)


@bp.post("/incidents/<number>/outside/hold")
def hold_back(number: str) -> ResponseReturnValue:
    """Take it back."""
    viewer, case = case_for(MODERATE, number)
    operations.hold_back(
        db.session(),
        actor=viewer,
        at=clock.now(),
        incident=case.incident,
        address=audit.client_address(),
    )
    db.session.commit()
    return _page(viewer, case)


def _page(viewer: Viewer, case: Case, problem: DomainError | None = None) -> ResponseReturnValue:
    """Show the incident again, what was typed still in the form where it was refused."""
    page = facts(viewer, case)
    if problem is not None:
        page["released_words"] = request.form.get("words", "")
    return htmx.page_or_partial(
        "incidents/incident.html",
        "incidents/_facts.html",
        problem.status if problem else 200,
        form=MoveForm(categories=category_choices()),
        opened=None,
        done=problem is None,
        problem=problem,
        **page,
    )
