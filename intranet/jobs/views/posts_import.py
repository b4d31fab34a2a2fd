"""Many posts at once from a workbook: looked through first, made when that is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import IO, Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import htmx, once, sheets
from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.i18n import _, _n
from intranet.jobs import operations, queries
from intranet.jobs.forms import importing, saying
from intranet.jobs.forms.importing import ImportForm
from intranet.jobs.forms.posts import PostForm
from intranet.jobs.models import PayUnit
from intranet.jobs.operations import Finding
from intranet.jobs.queries import WholeCompany
from intranet.jobs.views.acting import WRITE, at_own_pages, company_for, who
from intranet.jobs.views.room import bp


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of a workbook: the post it would become, what is wrong with it, what was found."""

    number: str
    form: PostForm
    problems: list[str]
    findings: list[Finding]


@bp.get("/jobs/posts-template.xlsx")
def posts_template() -> Response:
    """Send the empty table, with one row as an example."""
    at_own_pages()
    rows = [_example()] if "example" in request.args else []
    name = _("Posts to bring in")
    table = sheets.Sheet(name, importing.header(), rows)
    return sheets.book_response(name, "posts", "xlsx", [table])


@bp.get("/jobs/companies/<int:company_id>/import")
def import_posts(company_id: int) -> Response:
    """Ask for a workbook."""
    _viewer, found = company_for(WRITE, company_id)
    return _page(found, ImportForm())


@bp.post("/jobs/companies/<int:company_id>/import")
def try_import(company_id: int) -> Response:
    """Look a workbook through and show what it would become; nothing is written."""
    _viewer, found = company_for(WRITE, company_id)
    form = ImportForm()
    try:
        with _sent() as stream:
            rows = importing.read_table(stream)
        return _page(found, form, planned=_plan(found, rows), kept=importing.pack(rows))
    except InputError as error:
        form.shows(error, "table")
        return _page(found, form, status=422)


@bp.post("/jobs/companies/<int:company_id>/import/confirm")
def confirm_import(company_id: int) -> ResponseReturnValue:
    """Make the posts that were looked through, once; rows with faults are left out."""
    viewer, found = company_for(WRITE, company_id)
    kept = request.form.get("rows", "")
    try:
        answer = once.submit(viewer, lambda: _make(viewer, found, importing.unpack(kept)))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(found, ImportForm(), problem=error, status=error.status)
    made = int(answer.object_id)
    flash(_n("%(num)d post made.", "%(num)d posts made.", made))
    return htmx.go(url_for("jobs.own_posts", company=company_id))


def _sent() -> IO[bytes]:
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise InputError("Choose a workbook", "table")
    return sent.stream


def _make(viewer: Viewer, found: WholeCompany, rows: list[dict[str, str]]) -> int:
    session, made = db.session(), 0
    for one in _plan(found, rows):
        if one.problems:
            continue
        post = operations.write_post(
            session, company=found.company, facts=one.form.facts, **who(viewer)
        )
        if "submit" in request.form:
            handed = {"version": post.version, "quiet": made > 0, **who(viewer)}
            operations.submit_post(session, post, **handed)
        made += 1
    if not made:
        raise DomainError("No row can be brought in as it is")
    return made


def _plan(found: WholeCompany, rows: list[dict[str, str]]) -> list[Planned]:
    """Return what each row would become; a post that is there already, or twice, is said."""
    session, company = db.session(), found.company
    codes = queries.occupation_codes(session, {row.get("occupation_code", "") for row in rows})
    skills = queries.skill_ids(session, importing.skill_names(rows))
    place = {name: getattr(company, name) for name in ("address", "latitude", "longitude")}
    there = queries.texts_of(session, company.id)
    planned = []
    for row in rows:
        number = row.get(importing.ROW, "")
        form = importing.form_of_row(row, codes=codes, skills=skills, place=place)
        problems = _problems(form)
        text = (form.title.data or "", form.duties.data or "")
        if text in there and not problems:
            problems = [_("The same post is there already")]
        there.add(text)
        looked = operations.check_wording(
            {"duties": "\n".join(row[name] for name in importing.COLUMNS if name in row)}
        )
        planned.append(Planned(number, form, problems, looked))
    return planned


def _problems(form: PostForm) -> list[str]:
    """Return what is wrong with a row, each with the column it is about."""
    if not any(one.errors for one in form):
        try:
            operations.check_facts(db.session(), form.facts)
        except InputError as error:
            if not form.shows(error):
                return [_(error.key, **error.params)]
    return [
        f"{one.label.text}{_(': ')}{' '.join(map(str, one.errors))}" for one in form if one.errors
    ]


def _pay_said(form: PostForm) -> str:
    """Return the pay as the post would say it; empty where it cannot be read."""
    if not form.pay_min_fen.data or not form.pay_max_fen.data or form.pay_unit.errors:
        return ""
    said = {name: form[name].data for name in ("pay_min_fen", "pay_max_fen")}
    return saying.pay_said(SimpleNamespace(**said, pay_unit=PayUnit(form.pay_unit.data)))


def _example() -> list[str]:
    said: dict[str, Any] = {
        "title": _("Cleaner of an office building"),
        "occupation_code": "4-09-08-01",
        "employment": _("Full-time"),
        "openings": 2,
        "duties": _("Cleans halls, stairs and washrooms of the building"),
        "conditions": _("Works with care; no experience needed"),
        "pay_min_fen": 3000,
        "pay_max_fen": 3500,
        "pay_unit": _("yuan a month"),
        "shift": _("Day shift"),
        "weekdays": "1-5",
        "from_minute": "08:30",
        "to_minute": "16:00",
        "has_insurance": _("Yes"),
        "valid_days": 30,
    }
    return [said.get(name, "") for name in importing.COLUMNS]


def _page(
    found: WholeCompany,
    form: ImportForm,
    *,
    planned: list[Planned] | None = None,
    kept: str = "",
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "jobs/post_import.html",
        found=found,
        form=form,
        planned=planned,
        pay_said=_pay_said,
        fine=sum(1 for one in planned or () if not one.problems),
        kept=kept,
        rows_max=importing.ROWS_MAX,
        problem=problem,
    )
    return make_response(page, status)
