"""One entry with everything that is attested, and its correction by two persons."""

from __future__ import annotations

from functools import partial

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.points import operations, queries
from intranet.points.forms.ledger import (
    CORRECTION_REASON_LABELS,
    PHASE_LABELS,
    CorrectionForm,
    DecisionForm,
    choices_of,
)
from intranet.points.models import Correction, CorrectionReason, Entry
from intranet.points.queries import LedgerPage
from intranet.points.views.ledger import words_of
from intranet.points.views.narrowing import VIEW
from intranet.points.views.plain import account_words, note_of, source_of
from intranet.points.views.room import bp

CORRECT = Permission.POINTS_ENTRY_CORRECT


@bp.get("/points/entries/<int:number>")
def entry(number: int) -> Response:
    """Show an entry."""
    viewer = require(VIEW)
    return _page(viewer, queries.entry_or_404(db.session(), viewer, number), _form())


@bp.post("/points/entries/<int:number>/correct")
def correct(number: int) -> ResponseReturnValue:
    """Ask for a correction."""
    viewer = require(CORRECT)
    found, form = _permitted(queries.entry_or_404(db.session(), viewer, number)), _form()
    if not form.validate():
        return _page(viewer, found, form, status=422)
    try:
        once.submit(viewer, partial(_ask, viewer, found, form))
        db.session.commit()
    except DomainError as broken:
        return _refused(viewer, number, broken, form=form)
    return htmx.go(url_for("points.entry", number=number))


@bp.post("/points/corrections/<int:number>/decide")
def decide_correction(number: int) -> ResponseReturnValue:
    """Confirm a correction, or leave the entry as it is."""
    viewer = require(CORRECT)
    asked = queries.correction_or_404(db.session(), viewer, number)
    form, wrong_id = DecisionForm(request.form), asked.entry_id
    found = _permitted(queries.entry_or_404(db.session(), viewer, wrong_id))
    if not form.validate():
        return _page(viewer, found, _form(), decision=form, status=422)
    try:
        once.submit(viewer, partial(_decide, viewer, asked, form))
        db.session.commit()
    except DomainError as broken:
        return _refused(viewer, wrong_id, broken, decision=form)
    return htmx.go(url_for("points.entry", number=wrong_id))


def _permitted(found: Entry) -> Entry:
    """Return the entry if it may be corrected by who asks: wherever a part of it belongs."""
    for place in queries.places_of(db.session(), found):
        require(CORRECT, place)
    return found


def _form() -> CorrectionForm:
    form = CorrectionForm(request.form)
    form.reason.choices = choices_of(CORRECTION_REASON_LABELS)
    return form


def _ask(viewer: Viewer, found: Entry, form: CorrectionForm) -> int:
    made = operations.ask_correction(
        db.session(),
        entry=found,
        reason=CorrectionReason(form.reason.data),
        words=form.words.data or "",
        amount=form.amount.data,
        actor=viewer,
        at=clock.now(),
        address=audit.client_address(),
    )
    return made.id


def _decide(viewer: Viewer, asked: Correction, form: DecisionForm) -> int:
    session, at, address = db.session(), clock.now(), audit.client_address()
    if request.form.get("verb") == "confirm":
        operations.confirm_correction(session, asked=asked, actor=viewer, at=at, address=address)
    else:
        operations.refuse_correction(
            session,
            asked=asked,
            answer=form.answer.data or "",
            actor=viewer,
            at=at,
            address=address,
        )
    return asked.id


def _refused(
    viewer: Viewer,
    number: int,
    broken: DomainError,
    *,
    form: CorrectionForm | None = None,
    decision: DecisionForm | None = None,
) -> Response:
    """Show the entry as it is now, and beside it what was refused and why."""
    db.session.rollback()
    found = queries.entry_or_404(db.session(), viewer, number)
    shown = (form or decision or _form()).shows(broken)
    return _page(
        viewer,
        found,
        form or _form(),
        decision=decision,
        broken=None if shown else broken,
        status=broken.status,
    )


def _page(
    viewer: Viewer,
    found: Entry,
    form: CorrectionForm,
    *,
    decision: DecisionForm | None = None,
    broken: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    whole = queries.whole(session, viewer, found)
    is_home = operations.lives_there(session, viewer, found)
    places = queries.places_of(session, found)
    may = all(allowed(viewer, CORRECT, place) for place in places)
    facts = words_of(viewer, LedgerPage([whole.item], ""))
    return make_response(
        render_template(
            "points/entry.html",
            **facts,
            whole=whole,
            item=whole.item,
            rules=queries.rule_titles(session),
            phase_labels=PHASE_LABELS,
            source=source_of(viewer, found.event),
            note=note_of(found),
            account_words=account_words,
            form=form,
            decision=decision or DecisionForm(),
            broken=broken,
            may_ask=may and not is_home and queries.may_be_corrected(whole),
            may_decide=may and whole.asked is not None,
            is_home=is_home,
            is_own=whole.asked is not None and whole.asked.correction.asked_by == viewer.account_id,
            one_amount=queries.is_of_one_amount(whole),
        ),
        status,
    )
