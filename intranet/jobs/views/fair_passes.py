"""Passes: handed out by who looks after a wish, printed, and what came of each at the fair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.forms import Form
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.fairs import BookForm, PassForm, ReferForm
from intranet.jobs.forms.fields import clock_words
from intranet.jobs.models import Fair, InterviewSlot, JobPost, Seeker, SlotBooking
from intranet.jobs.queries import fair_people as people
from intranet.jobs.queries import fairs as queries
from intranet.jobs.queries.fair_people import WholePass
from intranet.jobs.views.acting import number_of, who
from intranet.jobs.views.codes import code_of
from intranet.jobs.views.fairs import managed
from intranet.jobs.views.room import bp
from intranet.register.operations import numbers

MATCH = Permission.JOBS_WISH_MATCH
PHONE_DIGITS = 11


@bp.get("/jobs/fairs/<int:fair_id>/passes")
def fair_passes(fair_id: int) -> Response:
    """List the passes of a fair's seekers, and hand out another."""
    viewer, found = require(MATCH), queries.fair_or_404(db.session(), fair_id)
    wish = number_of(request.args.get("wish", ""))
    return _list(viewer, found, PassForm(formdata=None, data={"wish": str(wish or "")}))


@bp.post("/jobs/fairs/<int:fair_id>/passes")
def give_pass(fair_id: int) -> ResponseReturnValue:
    """Hand a pass to who filed a wish."""
    viewer, found = require(MATCH), queries.fair_or_404(db.session(), fair_id)
    form = PassForm(request.form)
    if not form.validate():
        return _list(viewer, found, form, status=422)
    try:
        answer = once.submit(viewer, lambda: _give(viewer, found, form.wish.data or ""))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        return _list(viewer, found, form, problem=problem, status=error.status)
    return htmx.go(url_for("jobs.fair_pass", fair_id=fair_id, pass_id=int(answer.object_id)))


@bp.get("/jobs/fairs/<int:fair_id>/passes/<int:pass_id>")
def fair_pass(fair_id: int, pass_id: int) -> Response:
    """Show one pass: the slip to print, interviews, and what came of it."""
    viewer, fair, whole = _whole(fair_id, pass_id)
    return _page(viewer, fair, whole)


@bp.post("/jobs/fairs/<int:fair_id>/passes/<int:pass_id>/book")
def book_interview(fair_id: int, pass_id: int) -> ResponseReturnValue:
    """Book an interview for a seeker."""
    viewer, fair, whole = _run(fair_id, pass_id)
    form = BookForm(request.form)
    _offer_slots(fair, form)
    if not form.validate():
        return _page(viewer, fair, whole, form=form, status=422)
    slot = db.session.get(InterviewSlot, number_of(form.slot.data or ""))
    return _do(viewer, fair, whole, partial(operations.book, given=whole.given, slot=slot), form)


@bp.post("/jobs/fairs/<int:fair_id>/passes/<int:pass_id>/bookings/<int:booking_id>/cancel")
def cancel_interview(fair_id: int, pass_id: int, booking_id: int) -> ResponseReturnValue:
    """Give an interview's place back."""
    viewer, fair, whole = _run(fair_id, pass_id)
    booking = db.session.get(SlotBooking, booking_id)
    if booking is None or booking.pass_id != pass_id:
        abort(404)
    return _do(viewer, fair, whole, partial(operations.unbook, booking=booking))


@bp.post("/jobs/fairs/<int:fair_id>/passes/<int:pass_id>/refer")
def refer_at_fair(fair_id: int, pass_id: int) -> ResponseReturnValue:
    """Refer somebody who came to a post of the fair."""
    viewer, fair, whole = _run(fair_id, pass_id)
    form = ReferForm(request.form)
    _offer_posts(fair, form)
    if not form.validate():
        return _page(viewer, fair, whole, form=form, status=422)
    post = db.session.get(JobPost, number_of(form.post.data or ""))
    act = partial(operations.refer_at_fair, words=form.words.data or "")
    return _do(viewer, fair, whole, partial(act, given=whole.given, post=post), form)


def _give(viewer: Viewer, fair: Fair, typed: str) -> int:
    made = operations.give_pass(
        db.session(), fair=fair, seeker=_seeker(viewer, fair, typed), **who(viewer)
    )
    return made.id


def _seeker(viewer: Viewer, fair: Fair, typed: str) -> Seeker:
    """Return who is meant by the number of a wish or a phone. Raises InputError (``wish``)."""
    digits = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
    session, found = db.session(), None
    if len(digits) < PHONE_DIGITS:
        found = people.seeker_by(session, viewer, fair, wish_id=number_of(digits))
    else:
        try:
            phone = numbers.phone(typed)
        except InputError as error:
            raise InputError(error.key, "wish", **error.params) from error
        found = people.seeker_by(session, viewer, fair, phone=phone)
    if found is None:
        raise InputError("No wish of your grids has this number or phone", "wish")
    return found


def _whole(fair_id: int, pass_id: int) -> tuple[Viewer, Fair, WholePass]:
    viewer, fair = require(MATCH), queries.fair_or_404(db.session(), fair_id)
    whole = people.pass_or_404(db.session(), viewer, fair, pass_id)
    return require(MATCH, whole), fair, whole


def _run(fair_id: int, pass_id: int) -> tuple[Viewer, Fair, WholePass]:
    """Return a pass of a fair that the viewer runs: interviews and referrals are the station's."""
    viewer, fair = managed(fair_id)
    whole = people.pass_or_404(db.session(), viewer, fair, pass_id)
    return require(MATCH, whole), fair, whole


def _do(
    viewer: Viewer,
    fair: Fair,
    whole: WholePass,
    act: Callable[..., Any],
    form: Form | None = None,
) -> ResponseReturnValue:
    """Do it once, commit and lead back to the pass; what is refused is shown there."""
    fair_id, pass_id = fair.id, whole.given.id

    def done() -> int:
        act(db.session(), fair=fair, **who(viewer))
        return pass_id

    try:
        once.submit(viewer, done)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form is not None and form.shows(error) else error
        _viewer, again, now = _whole(fair_id, pass_id)
        return _page(viewer, again, now, form=form, problem=problem, status=error.status)
    flash(_("It was noted."))
    return htmx.go(url_for("jobs.fair_pass", fair_id=fair_id, pass_id=pass_id))


def _list(
    viewer: Viewer,
    fair: Fair,
    form: PassForm,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    after = number_of(request.args.get("after", ""))
    rows, more = people.passes(db.session(), viewer, fair, after=after)
    page = render_template(
        "jobs/fair_passes.html",
        fair=fair,
        form=form,
        rows=rows,
        next_url=url_for("jobs.fair_passes", fair_id=fair.id, after=more) if more else "",
        first_url=url_for("jobs.fair_passes", fair_id=fair.id) if after else "",
        may_manage=queries.manages(viewer, fair),
        problem=problem,
    )
    return make_response(page, status)


def _page(
    viewer: Viewer,
    fair: Fair,
    whole: WholePass,
    *,
    form: Form | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    book = form if isinstance(form, BookForm) else BookForm(formdata=None)
    refer = form if isinstance(form, ReferForm) else ReferForm(formdata=None)
    _offer_slots(fair, book)
    _offer_posts(fair, refer)
    given = whole.given
    door = url_for("jobs.fair_door", fair_id=fair.id, token=given.token, _external=True)
    page = render_template(
        "jobs/fair_pass.html",
        fair=fair,
        whole=whole,
        given=given,
        token=operations.shown_token(given.token),
        book=book,
        refer=refer,
        may_manage=queries.manages(viewer, fair),
        problem=problem,
        **code_of(door),
    )
    return make_response(page, status)


def _offer_slots(fair: Fair, form: BookForm) -> None:
    found = queries.slots(db.session(), fair)
    form.slot.choices = [("", _("Choose a time"))]
    form.slot.choices += [(str(one.slot.id), slot_words(one)) for one in found if one.left]


def slot_words(row: queries.SlotRow) -> str:
    """Return an interview as a choice says it."""
    return str(
        _(
            "%(time)s, booth %(number)s, %(company)s, %(left)s left",
            time=clock_words(row.slot.from_minute),
            number=row.booth.number,
            company=row.company,
            left=row.left,
        )
    )


def _offer_posts(fair: Fair, form: ReferForm) -> None:
    rows = queries.booths(db.session(), fair, day=clock.today())
    form.post.choices = [("", _("Choose a post"))]
    form.post.choices += [
        (str(one.post.id), f"{row.booth.number} {row.name} · {one.post.title}")
        for row in rows
        for one in row.posts
    ]
