"""Wishes for work: whom to ring today, a new one, and one with all that came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db, reading
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms import matching as sentences
from intranet.jobs.forms.wishes import CallForm, VersionForm
from intranet.jobs.models import (
    WISH_MOVES,
    JobPost,
    Reached,
    Seeker,
    SkipReason,
    WishState,
    WishVerb,
)
from intranet.jobs.queries import matching, twins
from intranet.jobs.queries import wishes as queries
from intranet.jobs.queries.asking import asked_by
from intranet.jobs.queries.fairs import coming_for
from intranet.jobs.queries.wishes import Whole, WishFilter
from intranet.jobs.views.acting import number_of
from intranet.jobs.views.room import bp
from intranet.register.models import PersonalField

VIEW, MATCH = Permission.JOBS_WISH_VIEW, Permission.JOBS_WISH_MATCH
TABS = (WishState.OPEN, WishState.REFERRED, WishState.PLACED, WishState.PAUSED, WishState.CLOSED)
RING, TODAY = "ring", "today"


@bp.get("/jobs/wishes")
def wishes() -> str:
    """List the wishes of the viewer's grids: whom to ring today first."""
    viewer = require(VIEW)
    places = PlaceFilterForm.read(request.args, partial(grids.places, viewer, VIEW, FILTER_KINDS))
    state = request.args.get("state", RING)
    known = next((one for one in TABS if one.value == state), None)
    now, after = clock.now(), request.args.get("after", "")
    filed_on = clock.day_of(now) if state == TODAY else None
    state = state if known or filed_on else RING
    wanted = WishFilter(known, places.path, to_ring=state == RING, filed_on=filed_on)
    page = queries.wishes(
        db.session(),
        viewer,
        wanted,
        now=now,
        after=after,
    )
    return render_template(
        "jobs/wishes.html",
        rows=page.rows,
        counts=queries.counts(db.session(), viewer, now=now),
        state=state,
        tabs=(RING, TODAY, *(one.value for one in TABS)),
        next_url=_here(after=page.after) if page.after else "",
        first_url=_here(after=None) if after else "",
        twins=twins.twins(db.session(), viewer, [one.wish.seeker_id for one in page.rows]),
        places=places,
        now=now,
        here=_here,
    )


@bp.get("/jobs/wishes/<int:wish_id>")
def wish(wish_id: int) -> Response:
    """Show one wish, with what may be done for it."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    return wish_page(viewer, queries.wish_or_404(db.session(), viewer, wish_id))


@bp.post("/jobs/wishes/<int:wish_id>/call")
def call_seeker(wish_id: int) -> ResponseReturnValue:
    """Write down that the seeker was rung or visited."""
    viewer, whole = _for(MATCH, wish_id)
    form = CallForm(request.form)
    if not form.validate():
        return wish_page(viewer, whole, call=form, status=422)
    act = partial(
        operations.contact,
        wish=whole.wish,
        reached=Reached(form.reached.data),
        words=form.words.data or "",
    )
    return _do(viewer, whole, act, said=_("It was noted."))


@bp.post("/jobs/wishes/<int:wish_id>/refer")
def refer_seeker(wish_id: int) -> ResponseReturnValue:
    """Send the seeker to a post, with the match as it is now kept beside it."""
    viewer, whole = _for(MATCH, wish_id)
    post = _post()
    act = partial(
        operations.refer,
        wish=whole.wish,
        post=post,
        seen=matching.match_of(db.session(), whole.wish, post, today=clock.today()),
        channel=whole.wish.channel,
        words=request.form.get("words", ""),
    )
    return _do(viewer, whole, act, said=_("The company was told; it answers within three days."))


@bp.post("/jobs/wishes/<int:wish_id>/skip")
def skip_match(wish_id: int) -> ResponseReturnValue:
    """Say that a post is not for this person, and why."""
    viewer, whole = _for(MATCH, wish_id)
    post = _post()
    why = next((one for one in SkipReason if one.value == request.form.get("reason")), None)
    if why is None:
        return wish_page(viewer, whole, problem=InputError("Say why", "reason"), status=422)
    seen = matching.match_of(db.session(), whole.wish, post, today=clock.today())
    act = partial(operations.skip, wish=whole.wish, post=post, seen=seen, reason=why)
    return _do(viewer, whole, act, said=_("It was noted."))


@bp.post("/jobs/wishes/<int:wish_id>/<any(pause, resume, close, reopen):verb>")
def move_wish(wish_id: int, verb: str) -> ResponseReturnValue:
    """Pause, go on with, end or reopen the search."""
    viewer, whole = _for(MATCH, wish_id)
    form = VersionForm(request.form)
    act = partial(
        operations.move_wish,
        wish=whole.wish,
        verb=WishVerb(verb),
        version=form.turn,
        words=form.words.data or "",
    )
    return _do(viewer, whole, act, said=_("It was noted."))


@bp.post("/jobs/wishes/<int:wish_id>/mine")
def take_wish(wish_id: int) -> ResponseReturnValue:
    """Look after a wish oneself from now on."""
    viewer, whole = _for(MATCH, wish_id)
    act = partial(operations.give_to, wish=whole.wish, member_id=viewer.account_id)
    return _do(viewer, whole, act, said=_("You look after it now."))


@bp.post("/jobs/wishes/<int:wish_id>/contact/<any(name, phone):field>")
def unmask_seeker(wish_id: int, field: str) -> ResponseReturnValue:
    """Show name or phone in clear for a reason, which is written down."""
    viewer, whole = _for(MATCH, wish_id)
    shown, problem = unmasked(viewer, whole.seeker, PersonalField(field))
    with reading():
        again = queries.wish_or_404(db.session(), viewer, wish_id)
        status = problem.status if problem else 200
        return wish_page(viewer, again, shown=shown, problem=problem, status=status)


def _post() -> JobPost:
    """Return the post that the form names; 404 for one that nobody may see."""
    number = request.form.get("post", "")
    found = (
        db.session.get(JobPost, int(number)) if number.isdecimal() and len(number) < 10 else None
    )
    if found is None or found.published_at is None:
        abort(404)
    return found


def unmasked(
    viewer: Viewer, seeker: Seeker, field: PersonalField
) -> tuple[dict[PersonalField, str], DomainError | None]:
    """Return the field in clear, or why it is not shown; committed, for it is written down."""
    try:
        value = operations.unmask_seeker(
            db.session(),
            seeker=seeker,
            field=field,
            reason=request.form.get("reason", ""),
            **_by(viewer),
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return {}, error
    return {field: value}, None


def _for(permission: Permission, wish_id: int) -> tuple[Viewer, Whole]:
    viewer = require(VIEW)
    whole = queries.wish_or_404(db.session(), viewer, wish_id)
    require(permission, whole)
    return viewer, whole


def _by(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _do(
    viewer: Viewer, whole: Whole, act: Callable[..., object], *, said: str
) -> ResponseReturnValue:
    """Do it once and lead back to the wish; a broken rule is shown with the wish as it stands."""
    wish_id = whole.wish.id
    try:
        once.submit(viewer, lambda: act(db.session(), **_by(viewer)))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.wish_or_404(db.session(), viewer, wish_id)
        call = CallForm(request.form)
        return wish_page(viewer, again, problem=error, call=call, status=error.status)
    flash(said)
    return htmx.go(_from_where(wish_id))


def wish_page(
    viewer: Viewer,
    whole: Whole,
    *,
    call: CallForm | None = None,
    shown: dict[PersonalField, str] | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    """Show one wish, with what may be done for it and what was refused."""
    session, now, number = db.session(), clock.now(), whole.seeker.id
    may_match = allowed(viewer, MATCH, whole)
    moves = [
        verb.value
        for verb, move in WISH_MOVES.items()
        if may_match
        and move.permission is not None
        and whole.wish.state in move.froms
        and whole.seeker.erased_at is None
    ]
    page = render_template(
        "jobs/wish.html",
        whole=whole,
        wish=whole.wish,
        call=call or CallForm(),
        shown=shown or {},
        problem=problem,
        moves=moves,
        may_match=may_match,
        light=queries.light(whole.wish, now),
        matches=matching.matches_for(session, whole.wish, today=clock.today()),
        twins=twins.twins(session, viewer, [number]).get(number, ()) if may_match else (),
        merges=twins.merges_of(session, number, now=now) if may_match else (),
        sentences=sentences,
        skip_reasons=tuple(SkipReason),
        seekers=None,
        asked=asked_by(session, number, now=now, held_too=may_match),
        referred={post.id for _referral, post in whole.referrals},
        today=clock.today(),
        fairs=coming_for(db.session(), whole.wish.grid_path, clock.today()),
    )
    return make_response(page, status)


def _from_where(wish_id: int) -> str:
    """Return where a decision was made: at the wish, or at a post's list of seekers."""
    post_id = number_of(request.form.get("post", ""))
    if request.form.get("back") == "seekers" and post_id:
        return url_for("jobs.post_seekers", post_id=post_id)
    return url_for("jobs.wish", wish_id=wish_id)


def _here(**changes: Any) -> str:
    """Return this list's address, changed; what is None is left out."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value}
    kept |= {"after": None} | changes if "state" in changes else changes
    return url_for("jobs.wishes", **{name: value for name, value in kept.items() if value})
