"""One claim, what may be done with it, and the list of those that wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.answers import file_answer
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _, _n
from intranet.points import operations, queries
from intranet.points.forms import WordsForm
from intranet.points.models import Claim, ClaimState
from intranet.points.queries import ClaimFilter, Turn, Whole
from intranet.points.views.room import bp
from intranet.points.views.seen import after_of, claim_for, number_of

APPROVE, BOARD = Permission.POINTS_CLAIM_APPROVE, Permission.POINTS_BOARD_VIEW
LISTED = (ClaimState.SUBMITTED, ClaimState.DISPUTED, ClaimState.PUBLICITY, ClaimState.POSTED)
DECIDING = {
    "refuse": operations.refuse,
    "dismiss": operations.dismiss,
    "uphold": operations.uphold,
    "undo": operations.undo,
}


@bp.get("/points/claims")
def claims() -> Response:
    """List the claims of the viewer's grids: those that wait first."""
    return _list(require(APPROVE))


@bp.post("/points/claims")
def approve_many() -> ResponseReturnValue:
    """Approve the claims that were ticked; what cannot be is said, the others are done."""
    viewer = require(APPROVE)
    answer = once.submit(viewer, partial(_approve_ticked, viewer))
    db.session.commit()
    done, refused = json.loads(answer.object_id)
    problems = [(number, DomainError(key, **params)) for number, key, params in refused]
    if done:
        flash(_n("%(num)d claim approved.", "%(num)d claims approved.", done))
    return _list(viewer, problems) if problems else htmx.go(_here())


@bp.get("/points/claims/<int:claim_id>")
def claim(claim_id: int) -> Response:
    """Show one claim, with what the viewer may do about it."""
    viewer, whole = _seen(claim_id)
    return _page(viewer, whole)


@bp.get("/points/claims/<int:claim_id>/photos/<int:photo_id>")
def claim_photo(claim_id: int, photo_id: int) -> Response:
    """Send a photo to those who see more than what is public."""
    _viewer, whole = _seen(claim_id)
    found = next((one for one in whole.photos if one.id == photo_id), None)
    if found is None:
        abort(404)
    is_small = request.args.get("size") == "small"
    return file_answer(found.thumbnail_key if is_small else found.file_key, "image/jpeg")


@bp.post("/points/claims/<int:claim_id>/approve")
def approve_claim(claim_id: int) -> ResponseReturnValue:
    """Approve it: its points become public, and pending."""
    viewer, whole = claim_for(APPROVE, claim_id)
    form = WordsForm(request.form)
    return _act(
        viewer,
        whole,
        form,
        lambda claim: operations.approve(
            db.session(), claim=claim, version=form.turn, **_by(viewer)
        ),
        words=_("Approved; it is in publicity now."),
    )


@bp.post("/points/claims/<int:claim_id>/withdraw")
def withdraw_claim(claim_id: int) -> ResponseReturnValue:
    """Take it back before anybody has decided on it."""
    viewer, whole = _seen(claim_id)
    form = WordsForm(request.form)
    return _act(
        viewer,
        whole,
        form,
        lambda claim: operations.withdraw(
            db.session(), actor=viewer, at=clock.now(), claim=claim, version=form.turn
        ),
        words=_("You took it back."),
    )


@bp.post("/points/claims/<int:claim_id>/object")
def object_to_claim(claim_id: int) -> ResponseReturnValue:
    """Object to what is public; it waits until a third person has decided."""
    viewer, whole = _seen(claim_id)
    form = WordsForm(request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb="object", status=422)
    return _act(
        viewer,
        whole,
        form,
        lambda claim: operations.object_to(
            db.session(), actor=viewer, at=clock.now(), claim=claim, words=form.words.data or ""
        ),
        words=_("Your objection was noted; a third person decides on it."),
        verb="object",
    )


@bp.post("/points/claims/<int:claim_id>/<any(refuse, dismiss, uphold, undo):verb>")
def decide_claim(claim_id: int, verb: str) -> ResponseReturnValue:
    """Refuse, undo, or decide on an objection; each with words."""
    viewer, whole = claim_for(PERMISSIONS[verb], claim_id)
    form = WordsForm(request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb=verb, status=422)
    return _act(
        viewer,
        whole,
        form,
        lambda claim: DECIDING[verb](
            db.session(), claim=claim, version=form.turn, words=form.words.data or "", **_by(viewer)
        ),
        words=_("It was noted."),
        verb=verb,
    )


@bp.post("/points/claims/<int:claim_id>/amend")
def amend_claim(claim_id: int) -> ResponseReturnValue:
    """Find an objection partly right: other units are made public instead."""
    viewer, whole = claim_for(Permission.POINTS_OBJECTION_DECIDE, claim_id)
    form = WordsForm(request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb="amend", status=422)
    return _act(
        viewer,
        whole,
        form,
        lambda claim: operations.amend(
            db.session(),
            claim=claim,
            version=form.turn,
            units=form.units.data or 0,
            words=form.words.data or "",
            **_by(viewer),
        ),
        words=_("Another claim stands in its place, in publicity."),
        verb="amend",
    )


PERMISSIONS = {
    "refuse": APPROVE,
    "dismiss": Permission.POINTS_OBJECTION_DECIDE,
    "uphold": Permission.POINTS_OBJECTION_DECIDE,
    "undo": Permission.POINTS_ENTRY_CORRECT,
}


def _seen(claim_id: int) -> tuple[Viewer, Whole]:
    viewer = require(BOARD)
    return viewer, queries.claim_or_404(db.session(), viewer, claim_id)


def _by(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _act(
    viewer: Viewer,
    whole: Whole,
    form: WordsForm,
    act: Callable[[Claim], object],
    *,
    words: str,
    verb: str = "",
) -> ResponseReturnValue:
    """Do it and lead back to the claim; a broken rule is shown with the claim as it stands."""
    claim_id = whole.claim.id
    try:
        once.submit(viewer, lambda: act(whole.claim))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.claim_or_404(db.session(), viewer, claim_id)
        beside = form.shows(error)
        return _page(
            viewer, again, None if beside else error, form=form, verb=verb, status=error.status
        )
    flash(words)
    return htmx.go(url_for("points.claim", claim_id=claim_id))


def _approve_ticked(viewer: Viewer) -> str:
    """Approve what was ticked; return as JSON how many, and number, key and words of the others.

    So the same form sent again is answered with the same.
    """
    operations.take_turn(db.session())  # once, before the savepoints that may give it back
    ticked = [number_of(one) for one in request.form.getlist("one")[: queries.PAGE]]
    done, refused = 0, []
    for claim_id in dict.fromkeys(one for one in ticked if one is not None):
        problem = _approve(viewer, claim_id)
        done += problem is None
        refused += [(claim_id, problem.key, problem.params)] if problem else []
    return json.dumps([done, refused])


def _approve(viewer: Viewer, claim_id: int) -> DomainError | None:
    """Approve one of several, each whole or not at all; return what forbids it, if anything."""
    whole = queries.claim_or_404(db.session(), viewer, claim_id)
    require(APPROVE, whole)
    try:
        with db.session.begin_nested():
            operations.approve(
                db.session(), claim=whole.claim, version=whole.claim.version, **_by(viewer)
            )
    except DomainError as error:
        return error
    return None


def _page(
    viewer: Viewer,
    whole: Whole,
    problem: DomainError | None = None,
    *,
    form: WordsForm | None = None,
    verb: str = "",
    status: int = 200,
) -> Response:
    claim, turn = whole.claim, _turn(viewer, whole)
    page = render_template(
        "points/claim.html",
        whole=whole,
        claim=claim,
        row=whole.row,
        rule=claim.rule,
        form=form or WordsForm(formdata=None),
        verb=verb,
        problem=problem,
        turn=turn,
        decides=allowed(viewer, Permission.POINTS_OBJECTION_DECIDE, whole),
        acts=_acts(viewer, whole, turn),
    )
    return make_response(page, status)


def _turn(viewer: Viewer, whole: Whole) -> Turn | None:
    """Return whose turn it is, for staff of its grids, while somebody's decision is waited for."""
    waits = whole.claim.state in {ClaimState.SUBMITTED, ClaimState.DISPUTED}
    is_staff = allowed(viewer, APPROVE, whole)
    return queries.turn(db.session(), viewer, whole.claim) if waits and is_staff else None


def _acts(viewer: Viewer, whole: Whole, turn: Turn | None) -> set[str]:
    """Return what the viewer may do about a claim as it stands."""
    session, claim, state = db.session(), whole.claim, whole.claim.state
    decides = allowed(viewer, Permission.POINTS_OBJECTION_DECIDE, whole)
    is_free = turn is not None and not turn.why_not
    may = {
        "approve": state is ClaimState.SUBMITTED and is_free,
        "withdraw": state is ClaimState.SUBMITTED
        and operations.may_withdraw(viewer, claim, claim.rule),
        "object": state is ClaimState.PUBLICITY and not whole.has_objected,
        "dismiss": state is ClaimState.DISPUTED and decides and is_free,
        "undo": state is ClaimState.PUBLICITY
        and allowed(viewer, Permission.POINTS_ENTRY_CORRECT, whole)
        and not operations.is_own(session, viewer, [claim]),
    }
    return {one for one, is_so in may.items() if is_so}


def _wanted() -> tuple[ClaimFilter, PlaceFilterForm]:
    viewer = require(APPROVE)
    form = PlaceFilterForm.read(
        request.args,
        lambda **sent: grids.places(viewer, APPROVE, FILTER_KINDS, **sent),
    )
    state = request.args.get("state", ClaimState.SUBMITTED.value)
    wanted = ClaimFilter(
        state=ClaimState(state) if state in set(LISTED) else ClaimState.SUBMITTED,
        grid_path=form.path,
        gathering=number_of(request.args.get("gathering", "")),
    )
    return wanted, form


def _here(**more: Any) -> str:
    kept = {
        name: request.args[name] for name in ("state", "grid", "gathering") if name in request.args
    }
    return url_for("points.claims", **{**kept, **more})


def _list(viewer: Viewer, problems: Any = ()) -> Response:
    wanted, form = _wanted()
    page = queries.claims(db.session(), viewer, wanted, after=after_of(request.args))
    found = queries.counts(db.session(), viewer)
    status = max((error.status for _claim, error in problems), default=200)
    html = render_template(
        "points/claims.html",
        wanted=wanted,
        form=form,
        rows=page.rows,
        counts=found,
        states=LISTED,
        here=_here,
        problems=problems,
        first_url=_here() if "after" in request.args else None,
        next_url=_here(after=page.after) if page.after else None,
    )
    return make_response(html, status)
