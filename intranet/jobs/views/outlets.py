"""Channels outside: kept by the office, tried, switched off and on; and what went where."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, current_app, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from intranet import clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import DEFAULT_LOCALE, _, community_name
from intranet.jobs import operations
from intranet.jobs.forms import outlets as labels
from intranet.jobs.forms.outlets import OutletForm, RobotForm
from intranet.jobs.models import Fault, Outlet, SendingState, Subject
from intranet.jobs.operations import Said
from intranet.jobs.queries import outlets as queries
from intranet.jobs.queries.outlets import SendingFilter, SendingRow
from intranet.jobs.views.acting import act, number_of, version_sent, who
from intranet.jobs.views.posters import code_of_post
from intranet.jobs.views.room import bp

MANAGE, SEND = Permission.JOBS_OUTLET_MANAGE, Permission.JOBS_OUTLET_SEND


@bp.get("/jobs/channels")
def outlets() -> Response:
    """List the channels with what went last, and the form for another."""
    return _page(require(SEND))


@bp.post("/jobs/channels")
def add_outlet() -> ResponseReturnValue:
    """Enter a channel, once."""
    viewer, form = require(MANAGE), OutletForm(request.form)
    _offer(viewer, form)
    if not form.validate():
        return _page(viewer, form, status=422)
    hosts = current_app.config["SETTINGS"].outlet_hosts
    facts = {**form.facts, "hosts": hosts, **who(viewer)}
    act = partial(operations.add_outlet, db.session(), **facts)
    return _do(viewer, act, _("The channel is entered. Try it now."), form)


@bp.get("/jobs/channels/<int:outlet_id>")
def outlet(outlet_id: int) -> Response:
    """Show the form that renames a channel or leads it to another robot."""
    _viewer, found = _kept(outlet_id)
    return _outlet_page(found, RobotForm(formdata=None, data={"name": found.name}))


@bp.post("/jobs/channels/<int:outlet_id>")
def change_outlet(outlet_id: int) -> ResponseReturnValue:
    """Rename a channel or lead it to another robot, once."""
    (viewer, found), form = _kept(outlet_id), RobotForm(request.form)
    if not form.validate():
        return _outlet_page(found, form, status=422)
    hosts = current_app.config["SETTINGS"].outlet_hosts
    facts = {"outlet": found, "version": form.turn, "hosts": hosts, **form.said, **who(viewer)}

    def refused(error: DomainError) -> Response:
        problem = None if form.shows(error) else error
        return _outlet_page(_kept(outlet_id)[1], form, problem=problem, status=error.status)

    change = partial(operations.change_outlet, db.session(), **facts)
    return act(viewer, change, refused, words=_("Saved."), to=url_for("jobs.outlets"))


@bp.post("/jobs/channels/<int:outlet_id>/<any(on, off):way>")
def switch_outlet(outlet_id: int, way: str) -> ResponseReturnValue:
    """Switch a channel on or off."""
    viewer, outlet = _kept(outlet_id)
    facts = {"outlet": outlet, "version": version_sent(), "is_on": way == "on", **who(viewer)}
    act = partial(operations.switch_outlet, db.session(), **facts)
    return _do(viewer, act, _("Switched on.") if way == "on" else _("Switched off."))


@bp.post("/jobs/channels/<int:outlet_id>/try")
def try_outlet(outlet_id: int) -> ResponseReturnValue:
    """Have a trial message sent."""
    viewer, outlet = _kept(outlet_id)
    facts = {"outlet": outlet, "said": _trial(outlet), **who(viewer)}
    act = partial(operations.try_outlet, db.session(), **facts)
    return _do(viewer, act, _("The trial message is on its way; look again in a minute."))


@bp.get("/jobs/channels/sent")
def sendings() -> str:
    """List what went where, the newest first."""
    viewer, session = require(SEND), db.session()
    rows, more = queries.sendings(
        session, viewer, _wanted(), before=number_of(request.args.get("before", "")) or None
    )
    return render_template(
        "jobs/sent.html",
        rows=rows,
        wanted=_wanted(),
        found=[one.outlet for one in queries.outlets(session, viewer)],
        states=labels.SENDING_STATE_LABELS,
        next_url=_here(before=more) if more else "",
        first_url=_here(before=None) if "before" in request.args else "",
        said=labels,
    )


@bp.get("/jobs/channels/sent/<int:sending_id>")
def sending(sending_id: int) -> Response:
    """Show one text: as it went, or as it is to be pasted by hand."""
    return _sending_page(queries.sending_or_404(db.session(), require(SEND), sending_id))


@bp.post("/jobs/channels/sent/<int:sending_id>/done")
def published_by_hand(sending_id: int) -> ResponseReturnValue:
    """Write down that somebody has published it by hand."""
    viewer = require(SEND)
    row = queries.sending_or_404(db.session(), viewer, sending_id)
    require(SEND, row.outlet)
    facts = {"sending": row.sending, **who(viewer)}
    try:
        once.submit(viewer, lambda: operations.published_by_hand(db.session(), **facts))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.sending_or_404(db.session(), viewer, sending_id)
        return _sending_page(again, error)
    flash(_("It was noted."))
    return htmx.go(url_for("jobs.sending", sending_id=sending_id))


def _wanted() -> SendingFilter:
    """Return how the address narrows the list; what is none narrows nothing."""
    asked = request.args
    numbers = {
        name: number_of(asked.get(short, "")) or None
        for name, short in (("outlet_id", "to"), ("post_id", "post"), ("fair_id", "fair"))
    }
    return SendingFilter(
        state=next((one for one in SendingState if one.value == asked.get("state")), None),
        subject=next((one for one in Subject if one.value == asked.get("what")), None),
        **numbers,
    )


def _here(**changes: Any) -> str:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value}
    kept |= changes
    return url_for("jobs.sendings", **{name: value for name, value in kept.items() if value})


def _kept(outlet_id: int) -> tuple[Viewer, Outlet]:
    viewer = require(MANAGE)
    found = queries.outlet_or_404(db.session(), viewer, outlet_id)
    return require(MANAGE, found), found


def _trial(outlet: Outlet) -> Said:
    with force_locale(DEFAULT_LOCALE):
        head = _(
            "Trial message of %(community)s: new jobs near home will be posted here.",
            community=community_name(),
        )
    return Said(Subject.TRIAL, outlet.name, head=head)


def _do(
    viewer: Viewer, act: Callable[[], Any], words: str, form: OutletForm | None = None
) -> ResponseReturnValue:
    """Do it once, commit and lead back to the list; what is refused is shown there."""

    def done() -> int:
        made = act()
        return made.id if made is not None else 0

    try:
        once.submit(viewer, done)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form is not None and form.shows(error) else error
        return _page(viewer, form, problem=problem, status=error.status)
    flash(words)
    return htmx.go(url_for("jobs.outlets"))


def _offer(viewer: Viewer, form: OutletForm) -> None:
    field = form.grid_path
    found = grids.places(viewer, MANAGE, (GridKind.COMMUNITY,), **field.sent)
    field.offer(found)
    if len(found.choices) == 1 and not field.typed:
        field.data = field.data or found.choices[0][0]


def _page(
    viewer: Viewer,
    form: OutletForm | None = None,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    may_manage = allowed(viewer, MANAGE)
    form = form or OutletForm(formdata=None)
    form.ask_again()
    if may_manage:
        _offer(viewer, form)
    page = render_template(
        "jobs/channels.html",
        rows=queries.outlets(db.session(), viewer),
        form=form,
        may_manage=may_manage,
        problem=problem,
        said=labels,
    )
    return make_response(page, status)


def _outlet_page(
    found: Outlet, form: RobotForm, *, problem: DomainError | None = None, status: int = 200
) -> Response:
    form.ask_again()
    form.version.data, form.version.raw_data = found.version, None
    kind = labels.OUTLET_KIND_LABELS[found.kind]
    page = render_template("jobs/channel.html", outlet=found, form=form, kind=kind, problem=problem)
    return make_response(page, status)


def _sending_page(row: SendingRow, problem: DomainError | None = None) -> Response:
    """Show a text: fixed where it has ended or is being sent, else as it stands now."""
    session, one = db.session(), row.sending
    is_by_hand = one.state is SendingState.BY_HAND
    is_fixed = one.ended_at is not None or one.state is SendingState.SENDING
    now = operations.text_now(session, one, row.outlet, day=clock.today())
    words = one.words if is_fixed else now.words
    listed = [
        (number, title, (is_said if is_fixed else number in now.posts) or not words)
        for number, title, is_said in queries.posts_of_sending(session, one.id)
    ]
    page = render_template(
        "jobs/sending.html",
        row=row,
        one=one,
        heading=labels.text_heading(one, row.outlet),
        words=words,
        gone="" if is_fixed else labels.GONE_LABELS.get(now.fault, ""),
        is_changed=not is_fixed and now.fault is Fault.CHANGED,
        posts=[
            (number, title, code_of_post(number) if is_by_hand and words else None)
            for number, title, is_in in listed
            if is_in
        ],
        left_out=[(number, title) for number, title, is_in in listed if not is_in],
        is_by_hand=is_by_hand,
        problem=problem,
        said=labels,
    )
    return make_response(page, problem.status if problem else 200)
