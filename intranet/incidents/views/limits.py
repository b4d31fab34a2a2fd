"""The time limits: for all matters, and where a class or a matter has its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _, _n
from intranet.incidents import operations, queries
from intranet.incidents.forms import ORIGIN_LABELS, LimitsForm, limit_words
from intranet.incidents.models import Category, Stage, Urgency
from intranet.incidents.operations import LimitBook, Origin, allowed_by
from intranet.incidents.views.recounts import progress, save_and_recount
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The limits of one urgency: the form, and of each stage what holds and where it is from."""

    urgency: Urgency
    form: LimitsForm
    holds: dict[Stage, tuple[str, str]]
    origins: dict[Stage, Any]
    own: frozenset[Stage]


@bp.get("/incidents/limits")
def limits() -> Response:
    """Show the limits of all matters, or of the one in the address."""
    require(MANAGE)
    return _page(_category(request.args.get("of", "")))


@bp.post("/incidents/limits")
def change_limits() -> ResponseReturnValue:
    """Set a table of limits, take away what was emptied, and count all open clocks anew."""
    viewer = require(MANAGE)
    category, urgency = _category(request.form.get("of", "")), _urgency()
    form = LimitsForm(request.form)
    if form.read() is None:
        return _page(category, urgency, form, status=422)
    try:
        changed = _change(viewer, category, urgency, form)
    except DomainError as error:
        db.session.rollback()
        kept = form if form.shows(error) else None
        return _page(category, urgency, kept, None if kept else error, error.status)
    save_and_recount()
    words = _n("%(num)d limit changed.", "%(num)d limits changed.", changed)
    flash(words if changed else _("Nothing was changed."))
    return htmx.go(url_for("incidents.limits", of=category.id if category else None))


def _change(viewer: Viewer, category: Category | None, urgency: Urgency, form: LimitsForm) -> int:
    wanted = form.read()
    assert wanted is not None
    return operations.change_limits(
        db.session(),
        actor=viewer,
        at=clock.now(),
        category=category,
        urgency=urgency,
        wanted=wanted,
        seen=form.seen(),
        address=audit.client_address(),
    )


def _page(
    category: Category | None,
    urgency: Urgency | None = None,
    form: LimitsForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    book = operations.read_limits(session)
    listed = queries.categories(session, closed=True)
    deviating = {key for key, _urgency_, _stage in book.own if key is not None}
    page = render_template(
        "incidents/limits.html",
        category=category,
        tables=[_table(book, category, one, form if one is urgency else None) for one in Urgency],
        choices=[one for one in listed if one.closed_on is None or one.id in deviating],
        deviating=[one for one in listed if one.id in deviating],
        problem=problem,
        **progress(),
    )
    return make_response(page, status)


def _table(
    book: LimitBook, category: Category | None, urgency: Urgency, form: LimitsForm | None
) -> LimitTable:
    key = category.id if category else None
    holding = {stage: book.holding(key, urgency, stage) for stage in Stage}
    mine = {Origin.OWN} if category else {Origin.HOUSE}
    rows = {stage: book.own.get((key, urgency, stage)) for stage in Stage}
    own = {stage: allowed_by(row) for stage, row in rows.items() if row is not None}
    if form is None:
        form = LimitsForm()
        form.fill(own, {stage: found for stage, (found, _origin) in holding.items()})
    return LimitTable(
        urgency,
        form,
        {stage: limit_words(found) for stage, (found, _origin) in holding.items()},
        {stage: ORIGIN_LABELS[origin] for stage, (_found, origin) in holding.items()},
        frozenset(stage for stage, (_found, origin) in holding.items() if origin in mine),
    )


def _category(number: str) -> Category | None:
    if not number:
        return None
    if not number.isdecimal() or len(number) > 9:
        abort(404)
    return queries.category_or_404(db.session(), int(number))


def _urgency() -> Urgency:
    sent = request.form.get("urgency", "")
    return Urgency(sent) if sent in set(Urgency) else Urgency.URGENT
