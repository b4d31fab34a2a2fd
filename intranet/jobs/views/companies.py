"""Companies: the list, the form for a new one, and one company with what may be done with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from intranet import clock, htmx, once
from intranet.access import Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms.companies import (
    CompanyFilterForm,
    CompanyForm,
    HandlerForm,
    NewCompanyForm,
    ReasonForm,
    VerifyForm,
)
from intranet.jobs.models import CompanyState
from intranet.jobs.operations import NewParty
from intranet.jobs.queries import CompanyFilter, WholeCompany
from intranet.jobs.views.acting import VERIFY, VIEW, WRITE, company_for, number_of, who
from intranet.jobs.views.placing import picker
from intranet.jobs.views.room import bp
from intranet.register.models import Party, PartyKind
from intranet.register.operations import numbers

PLACES = (GridKind.MICRO, GridKind.DEDICATED)


@bp.get("/jobs/companies")
def companies() -> str:
    """List the companies of the viewer's grids."""
    viewer = require(VIEW)
    wanted, form = _wanted(viewer)
    after = number_of(request.args.get("after", ""))
    page = queries.companies(db.session(), viewer, wanted, after=after)
    return render_template(
        "jobs/companies.html",
        form=form,
        wanted=wanted,
        page=page,
        counts=queries.counts(db.session(), viewer),
        places=grids.labels({row.company.grid_path for row in page.rows}),
        here=_here,
        today=clock.today(),
        may_add=allowed(viewer, VERIFY),
    )


@bp.get("/jobs/companies/new")
def new_company() -> Response:
    """Show the form: a company of the register is searched and chosen, another is typed in."""
    viewer = require(VERIFY)
    chosen = request.args.get("party", "")
    return _new_page(viewer, NewCompanyForm(data={"party": number_of(chosen) or None}))


@bp.post("/jobs/companies/new")
def register_company() -> ResponseReturnValue:
    """Register a company, once."""
    viewer = require(VERIFY)
    form = NewCompanyForm(request.form)
    _offer(viewer, form)
    if form.press(request.form):
        return _new_page(viewer, form, pressed=True)
    if not form.validate():
        return _new_page(viewer, form, 422)
    try:
        answer = once.submit(viewer, lambda: _register(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_page(viewer, form, error.status, None if form.shows(error) else error)
    flash(_("Registered. Now its licence is to be seen."))
    return htmx.go(url_for("jobs.company", company_id=int(answer.object_id)))


@bp.get("/jobs/companies/<int:company_id>")
def company(company_id: int) -> Response:
    """Show one company: what was seen of it, who acts for it, its posts and its history."""
    viewer, _found = company_for(VIEW, company_id)
    return company_page(viewer, company_id)


def company_page(
    viewer: Viewer,
    company_id: int,
    *,
    form: CompanyForm | None = None,
    verifying: VerifyForm | None = None,
    authorising: HandlerForm | None = None,
    reasons: ReasonForm | None = None,
    problem: DomainError | None = None,
    pressed: bool = False,
    status: int = 200,
) -> Response:
    """Render a company as it stands, with what was typed and cannot be taken."""
    session = db.session()
    session.rollback()
    found = queries.company_or_404(session, viewer, company_id)
    row, today = found.company, clock.today()
    form = form or _kept(found.party, row)
    verifying = verifying or _seen_before(found, today)
    reasons = reasons or ReasonForm(formdata=None)
    for one in (form, verifying, reasons):
        # Who pressed the map, or corrects what was wrong, changes what they saw at first.
        if not (one.version.raw_data and (pressed or status == 422)):
            one.version.data, one.version.raw_data = row.version, None  # whatever was sent
    verifies = allowed(viewer, VERIFY, found)
    page = render_template(
        "jobs/company.html",
        found=found,
        company=row,
        form=form,
        verifying=verifying,
        authorising=authorising or HandlerForm(formdata=None, data={"letter_seen_on": today}),
        reasons=reasons,
        problem=problem,
        today=today,
        steps=queries.steps(session, row),
        posts=queries.posts_of(session, [row.id], before=number_of(request.args.get("before", ""))),
        place=grids.labels({row.grid_path})[row.grid_path],
        verifies=verifies,
        handler=row.handler_name if verifies else numbers.masked_name(row.handler_name),
        picker=picker(viewer, form, row.grid_path, pressed=pressed) if verifies else None,
        writes=allowed(viewer, WRITE, found) and row.state is not CompanyState.SUSPENDED,
    )
    return make_response(page, status)


def _wanted(viewer: Viewer) -> tuple[CompanyFilter, CompanyFilterForm]:
    given = MultiDict({"state": "", **request.args})
    form = CompanyFilterForm(given)
    form.grid.offer(grids.places(viewer, VIEW, FILTER_KINDS, **form.grid.sent))
    form.validate()
    state = form.state.data
    return CompanyFilter(
        text=form.q.data or "",
        state=CompanyState(state) if state and not form.state.errors else None,
        due=bool(form.due.data),
        grid_path="" if form.grid.errors else form.grid.data or "",
    ), form


def _here(**more: Any) -> str:
    names = ("q", "state", "due", "grid")
    kept = {name: request.args[name] for name in names if name in request.args}
    return url_for("jobs.companies", **{**kept, **more})


def _offer(viewer: Viewer, form: NewCompanyForm) -> None:
    form.grid_path.offer(grids.places(viewer, VERIFY, PLACES, **form.grid_path.sent))


def _register(viewer: Viewer, form: NewCompanyForm) -> int:
    session = db.session()
    party: Party | NewParty | None
    if form.party.data:
        party = queries.employer(session, viewer, form.party.data)
        if party is None:
            raise InputError("Choose one that was found", "party")
    else:
        if not form.grid_path.data:
            raise InputError("Choose one of the list", "grid_path")
        party = NewParty(
            PartyKind(form.kind.data),
            form.grid_path.data or "",
            form.public_name.data or "",
            form.credit_code.data or "",
        )
    made = operations.register_company(session, party=party, facts=form.facts, **who(viewer))
    return made.id


def _new_page(
    viewer: Viewer,
    form: NewCompanyForm,
    status: int = 200,
    problem: DomainError | None = None,
    *,
    pressed: bool = False,
) -> Response:
    _offer(viewer, form)
    text = request.args.get("q", "")[:60]
    session = db.session()
    chosen = queries.employer(session, viewer, form.party.data) if form.party.data else None
    path = chosen.grid_path if chosen else form.grid_path.offered
    page = render_template(
        "jobs/company_new.html",
        form=form,
        text=text,
        found=queries.employers(session, viewer, text),
        chosen=chosen,
        problem=problem,
        picker=picker(viewer, form, path, pressed=pressed),
    )
    return make_response(page, status)


def _seen_before(found: WholeCompany, today: date) -> VerifyForm:
    """Return the form as of today; who acts for the company is seen anew, whoever it was."""
    acting = [name for one, _user, name in found.handlers if not one.ends_on or one.ends_on > today]
    name = next(iter(acting), found.company.handler_name)
    seen = {"licence_seen_on": today, "handler_name": name}
    return VerifyForm(formdata=None, data=seen)


def _kept(party: Party, row: Any) -> CompanyForm:
    named = {"public_name": party.public_name, "credit_code": party.credit_code or ""}
    return CompanyForm(formdata=None, obj=row, data=named)
