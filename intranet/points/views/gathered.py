"""One gathering that was entered, and its undoing as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.forms import Form
from intranet.i18n import _, _n
from intranet.points import operations, queries
from intranet.points.forms import AnswerForm, UndoingForm, WordsForm
from intranet.points.forms.ledger import CORRECTION_REASON_LABELS, choices_of
from intranet.points.models import Claim, ClaimState, CorrectionReason, Gathering
from intranet.points.views.room import bp

BOARD, CORRECT = Permission.POINTS_BOARD_VIEW, Permission.POINTS_ENTRY_CORRECT
OPEN = (ClaimState.SUBMITTED, ClaimState.PUBLICITY)


@bp.get("/points/gathering/<int:gathering_id>")
def gathered(gathering_id: int) -> Response:
    """Show what was entered for whom, and what became of each."""
    viewer = require(BOARD)
    return _page(viewer, queries.gathering_or_404(db.session(), viewer, gathering_id))


@bp.post("/points/gathering/<int:gathering_id>/undo")
def undo_gathering(gathering_id: int) -> ResponseReturnValue:
    """Take back what nobody has approved, and let go what is public."""
    viewer = require(BOARD)
    found = queries.gathering_or_404(db.session(), viewer, gathering_id)
    form = WordsForm(request.form)
    is_public = any(one.state is ClaimState.PUBLICITY for one in _claims(viewer, found))
    if is_public and not form.validate():
        return _page(viewer, found, form=form, status=422)
    return _act(viewer, found, form, partial(_undo, viewer, found, form), _taken_back)


@bp.post("/points/gathering/<int:gathering_id>/reverse")
def ask_undoing(gathering_id: int) -> ResponseReturnValue:
    """Ask that what is posted be reversed."""
    viewer = require(CORRECT)
    found = queries.gathering_or_404(db.session(), viewer, gathering_id)
    require(CORRECT, found)
    form = _asking()
    if not form.validate():
        return _page(viewer, found, form=form, status=422)
    return _act(viewer, found, form, partial(_ask, viewer, found, form), _asked)


@bp.post("/points/gathering/<int:gathering_id>/reverse/decide")
def decide_undoing(gathering_id: int) -> ResponseReturnValue:
    """Reverse what another asked for, or leave it as it is."""
    viewer = require(CORRECT)
    found = queries.gathering_or_404(db.session(), viewer, gathering_id)
    require(CORRECT, found)
    form = AnswerForm(request.form)
    if not form.validate():
        return _page(viewer, found, form=form, status=422)
    return _act(viewer, found, form, partial(_decide, viewer, found, form), _decided)


def _undo(viewer: Viewer, found: Gathering, form: WordsForm) -> int:
    return operations.undo_gathering(
        db.session(),
        gathering=found,
        claims=_claims(viewer, found),
        words=form.words.data or "",
        **_by(viewer),
    )


def _ask(viewer: Viewer, found: Gathering, form: UndoingForm) -> int:
    return operations.ask_undoing(
        db.session(),
        gathering=found,
        claims=_claims(viewer, found),
        reason=CorrectionReason(form.reason.data),
        words=form.words.data or "",
        **_by(viewer),
    )


def _decide(viewer: Viewer, found: Gathering, form: AnswerForm) -> str:
    if request.form.get("verb") == "confirm":
        done, left = operations.confirm_undoing(db.session(), gathering=found, **_by(viewer))
        return f"{done} {left}"
    operations.refuse_undoing(
        db.session(), gathering=found, answer=form.answer.data or "", **_by(viewer)
    )
    return ""


def _taken_back(count: str) -> None:
    flash(_n("%(num)d taken back.", "%(num)d taken back.", int(count)))


def _asked(count: str) -> None:
    flash(
        _n(
            "%(num)d entry waits for a second person.",
            "%(num)d entries wait for a second person.",
            int(count),
        )
    )


def _decided(answer: str) -> None:
    if not answer:
        flash(_("The entries stay as they are."))
        return
    done, left = map(int, answer.split())
    flash(_n("%(num)d entry was reversed.", "%(num)d entries were reversed.", done))
    if left:
        flash(
            _n(
                "%(num)d waits: its points are spent already.",
                "%(num)d wait: their points are spent already.",
                left,
            )
        )


def _act(
    viewer: Viewer,
    found: Gathering,
    form: Form,
    act: Callable[[], object],
    tell: Callable[[str], None],
) -> ResponseReturnValue:
    """Do it once and lead back to the gathering; sent twice it is answered as the first time."""
    gathering_id = found.id
    try:
        answer = once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.gathering_or_404(db.session(), viewer, gathering_id)
        beside = form.shows(error)
        return _page(viewer, again, None if beside else error, form=form, status=error.status)
    tell(answer.object_id)
    return htmx.go(url_for("points.gathered", gathering_id=gathering_id))


def _by(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _claims(viewer: Viewer, found: Gathering) -> Sequence[Claim]:
    return [row.claim for row in queries.claims_of(db.session(), viewer, found)]


def _asking() -> UndoingForm:
    form = UndoingForm(request.form)
    reasons = {
        reason: words
        for reason, words in CORRECTION_REASON_LABELS.items()
        if reason is not CorrectionReason.WRONG_AMOUNT
    }
    form.reason.choices = choices_of(reasons)
    return form


def _page(
    viewer: Viewer,
    found: Gathering,
    problem: DomainError | None = None,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    rows = queries.claims_of(db.session(), viewer, found)
    states = {row.claim.state for row in rows}
    corrects = allowed(viewer, CORRECT, found)
    asked = queries.asked_undoings(db.session(), found) if corrects else ()
    posted = sum(row.claim.state is ClaimState.POSTED for row in rows)
    page = render_template(
        "points/gathered.html",
        gathering=found,
        rows=rows,
        waits=sum(row.claim.state is ClaimState.SUBMITTED for row in rows),
        public=sum(row.claim.state is ClaimState.PUBLICITY for row in rows),
        disputed=sum(row.claim.state is ClaimState.DISPUTED for row in rows),
        posted=posted,
        may_undo=bool(states & set(OPEN)) and (found.made_by == viewer.account_id or corrects),
        may_ask=corrects and posted > sum(one.entries for one in asked),
        asked=asked,
        may_decide=any(one.asked_by != viewer.account_id for one in asked),
        undo=form if isinstance(form, WordsForm) else WordsForm(formdata=None),
        asking=form if isinstance(form, UndoingForm) else _asking(),
        decision=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        reasons=CORRECTION_REASON_LABELS,
        problem=problem,
    )
    return make_response(page, status)
