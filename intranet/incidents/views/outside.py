"""What staff let out of one incident through the open interface, and take back."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer
from intranet.db import db, reading
from intranet.errors import DomainError
from intranet.incidents import operations, queries
from intranet.incidents.forms import MoveForm, ReleaseForm, read_shown
from intranet.incidents.operations import LetOut
from intranet.incidents.views.facts import facts
from intranet.incidents.views.room import bp, case_for, category_choices

MODERATE = Permission.INCIDENTS_PHOTO_MODERATE


@bp.post("/incidents/<number>/outside")
def release(number: str) -> ResponseReturnValue:
    """Let words and perhaps photos out, or change what is out."""
    viewer, case = case_for(MODERATE, number)
    form = ReleaseForm(request.form)
    shown = read_shown(request.form) if form.has_photos.data else []

    def act() -> object:
        operations.release(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            out=LetOut(form.words.data or "", shown, request.form.get("seen", "")),
            turn=_turn(form),
            address=audit.client_address(),
        )
        return case.incident.id

    return _do(viewer, number, act, form)


@bp.post("/incidents/<number>/outside/hold")
def hold_back(number: str) -> ResponseReturnValue:
    """Take it back."""
    viewer, case = case_for(MODERATE, number)
    form = ReleaseForm(request.form)

    def act() -> object:
        operations.hold_back(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            seen=request.form.get("seen", ""),
            turn=_turn(form),
            address=audit.client_address(),
        )
        return case.incident.id

    return _do(viewer, number, act)


def _turn(form: ReleaseForm) -> int:
    """Return the turn the page showed; a page that says none is out of date."""
    return form.turn.data if form.turn.data is not None else -1


def _do(
    viewer: Viewer, number: str, act: Callable[[], object], form: ReleaseForm | None = None
) -> ResponseReturnValue:
    problem = None
    try:
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = error
    with reading():
        return _page(viewer, number, problem, form)


def _page(
    viewer: Viewer, number: str, problem: DomainError | None, form: ReleaseForm | None
) -> ResponseReturnValue:
    """Show the incident again, what was typed still in the form where it was refused."""
    page = facts(viewer, queries.case_or_404(db.session(), viewer, number))
    beside = problem is not None and form is not None and form.shows(problem)
    if problem is not None and form is not None:
        page["release_form"] = form
    return htmx.page_or_partial(
        "incidents/incident.html",
        "incidents/_facts.html",
        problem.status if problem else 200,
        form=MoveForm(categories=category_choices()),
        opened=None,
        done=problem is None,
        problem=None,
        release_problem=None if beside else problem,
        **page,
    )
