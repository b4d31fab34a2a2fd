"""What the station does with a company: changes, verifies, stops it, lets others act for it."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.forms import Form
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms.companies import CompanyForm, HandlerForm, ReasonForm, VerifyForm
from intranet.jobs.queries import WholeCompany
from intranet.jobs.views.acting import VERIFY, act, company_for, version_sent, who
from intranet.jobs.views.companies import company_page
from intranet.jobs.views.room import bp


@bp.post("/jobs/companies/<int:company_id>")
def change_company(company_id: int) -> ResponseReturnValue:
    """Change what is said of a company."""
    viewer, found = company_for(VERIFY, company_id)
    form = CompanyForm(request.form)
    if form.press(request.form):
        return company_page(viewer, company_id, form=form, pressed=True)
    if not form.validate():
        return company_page(viewer, company_id, form=form, status=422)
    named = {"public_name": form.public_name.data, "credit_code": form.credit_code.data}
    changed = {"facts": form.facts, **named, **_versioned(viewer)}
    return act(
        viewer,
        lambda: operations.change_company(db.session(), found.company, **changed),
        _refused(viewer, found, form, "form"),
        words=_("Saved."),
        to=_page_of(found),
    )


@bp.post("/jobs/companies/<int:company_id>/verify")
def verify_company(company_id: int) -> ResponseReturnValue:
    """Note that licence and letter were seen."""
    viewer, found = company_for(VERIFY, company_id)
    form = VerifyForm(request.form)
    if not form.validate():
        return company_page(viewer, company_id, verifying=form, status=422)
    given = {"seen": form.seen, "words": form.words.data or "", **_versioned(viewer)}
    return act(
        viewer,
        lambda: operations.verify_company(db.session(), found.company, **given),
        _refused(viewer, found, form, "verifying"),
        words=_("Verified. Its posts can be reviewed and published now."),
        to=_page_of(found),
    )


@bp.post("/jobs/companies/<int:company_id>/suspend")
def suspend_company(company_id: int) -> ResponseReturnValue:
    """Stop a company, and take down all it offers."""
    viewer, found = company_for(VERIFY, company_id)
    form = ReasonForm(request.form)
    if not form.validate():
        return company_page(viewer, company_id, reasons=form, status=422)
    given = {"reason": form.reason.data or "", **_versioned(viewer)}
    return act(
        viewer,
        lambda: operations.suspend_company(db.session(), found.company, **given),
        _refused(viewer, found, form, "reasons"),
        words=_("Stopped. Nothing of it is seen any more."),
        to=_page_of(found),
    )


@bp.post("/jobs/companies/<int:company_id>/restore")
def restore_company(company_id: int) -> ResponseReturnValue:
    """Let a stopped company back; its licence is to be seen first."""
    viewer, found = company_for(VERIFY, company_id)
    return act(
        viewer,
        lambda: operations.restore_company(db.session(), found.company, **_versioned(viewer)),
        _refused(viewer, found),
        words=_("Let back. Its licence is to be seen before it offers anything."),
        to=_page_of(found),
    )


@bp.post("/jobs/companies/<int:company_id>/handlers")
def authorise_handler(company_id: int) -> ResponseReturnValue:
    """Let an account act for a company."""
    viewer, found = company_for(VERIFY, company_id)
    form = HandlerForm(request.form)
    if not form.validate():
        return company_page(viewer, company_id, authorising=form, status=422)
    given = {"letter_seen_on": form.letter_seen_on.data, **who(viewer)}
    given["username"] = form.username.data or ""
    return act(
        viewer,
        lambda: operations.authorise_handler(db.session(), found.company, **given),
        _refused(viewer, found, form, "authorising"),
        words=_("This account may write its posts now."),
        to=_page_of(found),
    )


@bp.post("/jobs/companies/<int:company_id>/handlers/<int:handler_id>/end")
def end_handler(company_id: int, handler_id: int) -> ResponseReturnValue:
    """Have an account act for a company no longer."""
    viewer, found = company_for(VERIFY, company_id)
    handler = queries.handler_or_404(db.session(), found.company, handler_id)
    return act(
        viewer,
        lambda: operations.end_handler(db.session(), found.company, handler, **who(viewer)),
        _refused(viewer, found),
        words=_("It acts for the company no longer."),
        to=_page_of(found),
    )


def _versioned(viewer: Viewer) -> dict[str, Any]:
    return {**who(viewer), "version": version_sent()}


def _page_of(found: WholeCompany) -> str:
    return url_for("jobs.company", company_id=found.id)


def _refused(viewer: Viewer, found: WholeCompany, form: Form | None = None, name: str = "") -> Any:
    """Return what shows a refusal: beside the field it names, or above the page as it stands."""
    company_id = found.id

    def show(error: DomainError) -> Response:
        problem = None if form is not None and form.shows(error) else error
        kept: dict[str, Any] = {name: form} if form is not None else {}
        return company_page(viewer, company_id, problem=problem, status=error.status, **kept)

    return show
