"""Referrals as both sides see them: interview, offer, work begun and ended, follow-ups."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db, reading
from intranet.errors import DomainError
from intranet.forms import Form
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.referrals import (
    ActForm,
    EndForm,
    FollowForm,
    InterviewForm,
    LeaveForm,
    OfferForm,
    PlaceForm,
    UndoForm,
)
from intranet.jobs.models import ACTIVE, Placement, ReferralState
from intranet.jobs.queries import referrals as queries
from intranet.jobs.queries.referrals import WholeReferral
from intranet.jobs.views.room import bp
from intranet.jobs.views.wishes import unmasked
from intranet.register.models import PersonalField

HOME = Permission.PEOPLE_SELF_MANAGE
ANSWER, MATCH = Permission.JOBS_REFERRAL_ANSWER, Permission.JOBS_WISH_MATCH
TABS = tuple(ReferralState)
DUE = "due"
FORMS: dict[str, type[ActForm]] = {
    "invite": InterviewForm,
    "offer": OfferForm,
    "place": PlaceForm,
    "end": EndForm,
    "undo": UndoForm,
    "leave": LeaveForm,
}
ANSWERS: dict[str, Callable[..., object]] = {
    "invite": operations.invite,
    "offer": operations.offer,
    "place": operations.place,
    "end": operations.end_referral,
}


@bp.get("/jobs/referrals")
def referrals() -> str:
    """List referrals of the viewer's side, and whom to follow up."""
    viewer, day, session = require(HOME), clock.today(), db.session()
    state = request.args.get("state", "")
    known = next((one for one in TABS if one.value == state), None)
    due = queries.due_follow_ups(session, viewer, day=day)
    shown = known or (None if state == DUE or due else ReferralState.REFERRED)
    after = request.args.get("after", "")
    behind = int(after) if after.isdecimal() and len(after) < 10 else None
    rows, more = (
        queries.referrals(session, viewer, shown, day=day, after=behind) if shown else ([], None)
    )
    return render_template(
        "jobs/referrals.html",
        rows=rows,
        due=due,
        state=shown.value if shown else DUE,
        tabs=((DUE,) if allowed(viewer, MATCH) else ()) + tuple(one.value for one in TABS),
        counts=queries.referral_counts(session, viewer, day=day) | {DUE: len(due)},
        next_url=url_for("jobs.referrals", state=state, after=more) if more else "",
        today=day,
    )


@bp.get("/jobs/referrals/<int:referral_id>")
def referral(referral_id: int) -> Response:
    """Show one referral, with what the viewer's side may do."""
    viewer, whole = _seen(referral_id)
    return _page(viewer, whole)


@bp.post("/jobs/referrals/<int:referral_id>/<any(invite, offer, place, end):verb>")
def answer_referral(referral_id: int, verb: str) -> ResponseReturnValue:
    """Answer for the company: an interview, an offer, work begun, or that nothing came of it."""
    viewer, whole = _answering(referral_id)
    form = FORMS[verb](request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb=verb, status=422)
    return _act(viewer, whole, partial(ANSWERS[verb], **form.facts), form, verb)


@bp.post("/jobs/referrals/<int:referral_id>/undo")
def undo_place(referral_id: int) -> ResponseReturnValue:
    """Take back that the work was begun: it was a mistake."""
    viewer, whole = _answering(referral_id)
    form = UndoForm(request.form)
    act = partial(_on_placement, operations.undo_place, whole, **form.facts)
    return _act(viewer, whole, act, form, "undo")


@bp.post("/jobs/referrals/<int:referral_id>/leave")
def leave_work(referral_id: int) -> ResponseReturnValue:
    """Say that somebody works there no longer."""
    viewer, whole = _seen(referral_id)
    require(MATCH, whole.of_wish)
    form = LeaveForm(request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb="leave", status=422)
    act = partial(_on_placement, operations.leave, whole, **form.facts)
    return _act(viewer, whole, act, form, "leave")


@bp.post("/jobs/referrals/<int:referral_id>/follow/<int:days>")
def follow_up(referral_id: int, days: int) -> ResponseReturnValue:
    """Write down what was heard from somebody who was placed."""
    viewer, whole = _seen(referral_id)
    require(MATCH, whole.of_wish)
    due = next((one for one in whole.follow_ups if one.days == days), None)
    if due is None:
        abort(404)
    form = FollowForm(request.form)
    if not form.validate():
        return _page(viewer, whole, form=form, verb=f"follow-{days}", status=422)
    act = partial(_follow, due=due, answer=form.answer)
    return _act(viewer, whole, act, form, f"follow-{days}")


@bp.post("/jobs/referrals/<int:referral_id>/contact/<any(name, phone):field>")
def unmask_referred(referral_id: int, field: str) -> ResponseReturnValue:
    """Show the referred seeker's name or phone in clear for a reason, which is written down."""
    viewer, whole = _answering(referral_id)
    if whole.referral.state is ReferralState.ENDED:
        ended = DomainError("This referral has ended; the name is no longer yours to see")
        return _page(viewer, whole, problem=ended, status=ended.status)
    shown, problem = unmasked(viewer, whole.seeker, PersonalField(field))
    with reading():
        again = _again(viewer, referral_id)
        status = problem.status if problem else 200
        return _page(viewer, again, shown=shown, problem=problem, status=status)


def _follow(session: Any, *, referral: Any, **facts: Any) -> None:
    del referral
    operations.follow_up(session, **facts)


def _on_placement(
    act: Callable[..., object], whole: WholeReferral, session: Any, **facts: Any
) -> None:
    facts.pop("referral")
    if whole.placement is None:
        raise DomainError("This work has ended already")
    act(session, placement=session.get_one(Placement, whole.placement.id), **facts)


def _seen(referral_id: int) -> tuple[Viewer, WholeReferral]:
    viewer = require(HOME)
    return viewer, _again(viewer, referral_id)


def _again(viewer: Viewer, referral_id: int) -> WholeReferral:
    return queries.referral_or_404(db.session(), viewer, referral_id, day=clock.today())


def _answering(referral_id: int) -> tuple[Viewer, WholeReferral]:
    viewer, whole = _seen(referral_id)
    require(ANSWER, whole.of_post)
    return viewer, whole


def _by(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _act(
    viewer: Viewer, whole: WholeReferral, act: Callable[..., object], form: Form, verb: str
) -> ResponseReturnValue:
    """Do it once and lead back; a broken rule is shown with the referral as it stands."""
    number = whole.referral.id

    def done() -> int:
        act(db.session(), referral=whole.referral, **_by(viewer))
        return number

    try:
        once.submit(viewer, done)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        again = _again(viewer, number)
        return _page(viewer, again, form=form, verb=verb, problem=problem, status=error.status)
    flash(_("It was noted."))
    return htmx.go(url_for("jobs.referral", referral_id=number))


def _page(
    viewer: Viewer,
    whole: WholeReferral,
    *,
    form: Form | None = None,
    verb: str = "",
    shown: dict[PersonalField, str] | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "jobs/referral.html",
        whole=whole,
        referral=whole.referral,
        post=whole.post,
        acts=_acts(viewer, whole),
        forms=_forms(whole, verb, form),
        follow=form if verb.startswith("follow") else FollowForm(),
        verb=verb,
        shown=shown or {},
        problem=problem,
        may_answer=allowed(viewer, ANSWER, whole.of_post),
        may_match=allowed(viewer, MATCH, whole.of_wish),
        today=clock.today(),
        now=clock.now(),
        latest=clock.today() + queries.AHEAD,
    )
    return make_response(page, status)


def _forms(whole: WholeReferral, verb: str, form: Form | None) -> dict[str, Form]:
    """Return an empty form for each act, and what was typed for the one at hand."""
    post = whole.post
    pay = {"pay": post.pay_min_fen, "pay_unit": post.pay_unit.value}
    made = {name: kind(data=pay if name == "place" else None) for name, kind in FORMS.items()}
    return made | ({verb: form} if form is not None and verb in made else {})


def _acts(viewer: Viewer, whole: WholeReferral) -> list[str]:
    state, acts = whole.referral.state, []
    if allowed(viewer, ANSWER, whole.of_post):
        if state in ACTIVE:
            acts += ["invite", "offer", "place", "end"]
        if state is ReferralState.OFFERED:
            acts.remove("offer")
            acts.remove("invite")
        if state is ReferralState.PLACED:
            acts.append("undo")
    if state is ReferralState.PLACED and allowed(viewer, MATCH, whole.of_wish):
        acts.append("leave")
    return acts
