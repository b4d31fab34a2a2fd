"""Years' ends: begun, planned, looked at before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.goods import yuan
from intranet.points.forms.years import (
    CHECK_LABELS,
    CHECK_PAGES,
    DEED_LABELS,
    MEASURE_LABELS,
    SETTLEMENT_LABELS,
    AnswerForm,
    BeginForm,
    DeedForm,
    HonourForm,
    PlanForm,
)
from intranet.points.models import Goods, Measure, Settlement, SettlementState, TwoPersonAct
from intranet.points.operations import Check, Outlook, Standing, ToAward
from intranet.points.operations.settling import STATE_OF_ACT
from intranet.points.queries import years as read
from intranet.points.views.heads import verification
from intranet.points.views.room import bp
from intranet.register.forms import KIND_LABELS
from intranet.register.models import PartyKind

CLOSE = Permission.POINTS_YEAR_CLOSE
SHOWN_MAX = 300
LABELS: dict[str, Any] = {
    "kind_labels": KIND_LABELS,
    "measure_labels": MEASURE_LABELS,
    "settlement_labels": SETTLEMENT_LABELS,
    "check_labels": CHECK_LABELS,
    "check_pages": CHECK_PAGES,
    "deed_labels": DEED_LABELS,
    "yuan": yuan,
}


@bp.get("/points/years")
def years() -> Response:
    """List the years' ends, and offer to begin one."""
    viewer = require(CLOSE)
    newest = read.known_years(db.session())
    form = BeginForm(data={"year": newest[0].year if newest else clock.today().year})
    return _list(viewer, form)


@bp.post("/points/years")
def begin_year() -> ResponseReturnValue:
    """Begin a community's year's end."""
    viewer = require(CLOSE)
    form = BeginForm(request.form)
    _offer(viewer, form)
    if not form.validate():
        return _list(viewer, form, 422)
    try:
        made = _begin(viewer, form)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _list(viewer, form, error.status, None if form.shows(error) else error)
    return htmx.go(url_for("points.year", year_id=made.id))


@bp.get("/points/years/<int:year_id>")
def year(year_id: int) -> Response:
    """Show a year's end: how far it is, its plan, what may be done next."""
    viewer, found = settled(year_id)
    return page(viewer, found)


@bp.post("/points/years/<int:year_id>/plan")
def change_plan(year_id: int) -> ResponseReturnValue:
    """Change the days, the budget and when the points end."""
    viewer, found = settled(year_id)
    form = PlanForm(request.form)
    if not form.validate():
        return page(viewer, found, form=form, status=422)
    try:
        version = form.version.data if isinstance(form.version.data, int) else -1
        operations.change_plan(db.session(), found, plan=form.plan, version=version, **act(viewer))
    except DomainError as error:
        return refused(viewer, year_id, error, form=form)
    return done(found, _("Saved."))


@bp.post("/points/years/<int:year_id>/honours")
def add_honour(year_id: int) -> ResponseReturnValue:
    """Put an honour on the plan, once."""
    viewer, found = settled(year_id)
    form = HonourForm(request.form, goods=_goods(found))
    if not form.validate():
        return page(viewer, found, honour=form, status=422)

    def add() -> int:
        return operations.add_honour(db.session(), found, line=form.line, **act(viewer)).id

    try:
        once.submit(viewer, add)
    except DomainError as error:
        return refused(viewer, year_id, error, honour=form)
    return done(found, _("It is on the plan."))


@bp.post("/points/years/<int:year_id>/honours/<int:honour_id>/remove")
def remove_honour(year_id: int, honour_id: int) -> ResponseReturnValue:
    """Take an honour off the plan."""
    viewer, found = settled(year_id)
    honour = read.honour_or_404(db.session(), found, honour_id)
    try:
        operations.remove_honour(db.session(), found, honour=honour, **act(viewer))
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("It is off the plan."))


@bp.get("/points/years/<int:year_id>/check")
def year_check(year_id: int) -> str:
    """Show all that would happen, and what stands in the way; nothing is written."""
    viewer, found = settled(year_id)
    session = db.session()
    is_draft = found.state is SettlementState.DRAFT
    seen = operations.outlook(session, found)
    tables = {kind: read.tables(seen.parties, kind) for kind in operations.KINDS}
    ending = operations.ending(session, found)
    return render_template(
        "points/year_check.html",
        settlement=found,
        place=_place(found),
        checks=read.checks(session, found, at=clock.now()),
        seen=seen,
        several=_several(seen.awards),
        tables=tables,
        is_draft=is_draft,
        ending=ending,
        names=read.shown_names(session, viewer, _shown(seen, tables, ending), masked=True),
        **verification(found),
        **LABELS,
    )


def _several(awards: Sequence[ToAward]) -> dict[int, int]:
    """Return who would be given goods more than once, and how many times."""
    times = Counter(one.standing.earned.party_id for one in awards if one.honour.quantity)
    return {party_id: count for party_id, count in times.items() if count > 1}


def settled(year_id: int) -> tuple[Viewer, Settlement]:
    """Return the viewer and a year's end the viewer settles."""
    viewer = require(CLOSE)
    return viewer, read.settlement_or_404(db.session(), viewer, year_id)


def act(viewer: Viewer) -> dict[str, Any]:
    """Return who does it, when, and from where."""
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def done(found: Settlement, words: str) -> Response:
    """Commit, and show the year's end again."""
    db.session.commit()
    flash(words)
    return htmx.go(url_for("points.year", year_id=found.id))


def refused(
    viewer: Viewer,
    year_id: int,
    error: DomainError,
    *,
    form: PlanForm | None = None,
    honour: HonourForm | None = None,
    deed: DeedForm | None = None,
) -> Response:
    """Show the year's end as it is now, and why it was not done; nothing typed is lost."""
    db.session.rollback()
    found = read.settlement_or_404(db.session(), viewer, year_id)
    told = any(one is not None and one.shows(error) for one in (form, honour, deed))
    typed: dict[str, Any] = {"form": form, "honour": honour, "deed": deed}
    problem = None if told else error
    return page(viewer, found, **typed, problem=problem, status=error.status)


def page(
    viewer: Viewer,
    found: Settlement,
    *,
    form: PlanForm | None = None,
    honour: HonourForm | None = None,
    deed: DeedForm | None = None,
    answer: tuple[int, AnswerForm] | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    """Return the page of a year's end."""
    session = db.session()
    goods = _goods(found)
    form = form or PlanForm(obj=found)
    form.version.data, form.version.raw_data = found.version, None
    checks: list[Check] = list(getattr(problem, "checks", ()))
    said = read.objections(session, found)
    given = read.given(session, [found.id])
    shown = render_template(
        "points/year.html",
        settlement=found,
        place=_place(found),
        form=form,
        honour_form=honour or HonourForm(goods=goods, data={"rank_first": 1, "quantity": 1}),
        deed_form=deed or DeedForm(),
        answering=answer or (0, AnswerForm()),
        honours=(honours := operations.honours_of(session, found)),
        meeting=operations.overlapping(honours),
        goods={one.id: one for one in goods},
        said=said,
        given=given,
        names=read.shown_names(session, viewer, {one.party.id for one in given}, masked=True),
        agreed=read.consenting(session, [one.party.id for one in given]),
        people=read.names_of_accounts(
            session, (found.asked_by, found.signed_by, found.cosigned_by)
        ),
        states=list(SettlementState),
        deed=next((deed for deed, state in STATE_OF_ACT.items() if state is found.state), None),
        REOPEN=TwoPersonAct.REOPEN,
        is_own_ask=found.asked_by == viewer.account_id,
        period=read.period_of(session, found.year),
        **verification(found),
        blocking=[one for one in checks if one.count],
        problem=problem,
        **LABELS,
    )
    return make_response(shown, status)


def _shown(
    seen: Outlook, tables: dict[PartyKind, dict[Measure, list[Standing]]], ending: list[Any]
) -> set[int]:
    """Return whose names the dry run shows: not those of a whole city."""
    shown = {one.standing.earned.party_id for one in seen.awards}
    shown |= {one.party_id for one in ending[:SHOWN_MAX]}
    for by in tables.values():
        shown |= {row.earned.party_id for row in by[Measure.OVERALL][:SHOWN_MAX]}
    return shown


def _goods(found: Settlement) -> list[Goods]:
    rows = queries.shelf(db.session(), Goods.grid_path == found.grid_path, closed=True)
    return [row.goods for row in rows]


def _place(found: Settlement) -> Any:
    return grids.labels({found.grid_path})[found.grid_path]


def _begin(viewer: Viewer, form: BeginForm) -> Settlement:
    grid = grids.grid_by_path(db.session(), form.grid_path.data or "")
    assert grid is not None
    return operations.begin_settlement(
        db.session(), grid=grid, year=form.year.data or 0, **act(viewer)
    )


def _offer(viewer: Viewer, form: BeginForm) -> None:
    places = partial(grids.places, viewer, CLOSE, (GridKind.COMMUNITY,))
    form.grid_path.offer(places(**form.grid_path.sent))


def _list(
    viewer: Viewer, form: BeginForm, status: int = 200, problem: DomainError | None = None
) -> Response:
    _offer(viewer, form)
    rows = read.years_in_scope(db.session(), viewer)
    shown = render_template(
        "points/years.html",
        rows=rows,
        places=grids.labels({one.grid_path for one in rows}),
        form=form,
        problem=problem,
        **LABELS,
    )
    return make_response(shown, status)
