"""Writing and changing a post; the occupation is searched with and without scripts."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import htmx, once
from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms.posts import PostForm, filled
from intranet.jobs.models import Company, JobPost
from intranet.jobs.queries import WholeCompany, WholePost
from intranet.jobs.views.acting import (
    WRITE,
    at_own_pages,
    company_for,
    number_of,
    own_post,
    who,
)
from intranet.jobs.views.placing import picker
from intranet.jobs.views.room import bp


@bp.get("/jobs/occupations")
def occupations() -> str:
    """Offer occupations for what was typed, below the field."""
    at_own_pages()
    form = PostForm(request.args)
    return render_template("jobs/_post_occupations.html", form=form, **_occupations(form))


@bp.get("/jobs/companies/<int:company_id>/posts/new")
def new_post(company_id: int) -> Response:
    """Show the form for a new post, empty or as a copy of another."""
    viewer, found = company_for(WRITE, company_id)
    copied = number_of(request.args.get("copy", ""))
    form = _copy(viewer, copied, company_id) if copied else _fresh(found.company)
    return _form_page(viewer, form, found)


@bp.post("/jobs/companies/<int:company_id>/posts/new")
def write_post(company_id: int) -> ResponseReturnValue:
    """Write a post, once; pressed beside the occupation, look for that only."""
    viewer, found = company_for(WRITE, company_id)
    form = _sent()
    if form.press(request.form):
        return _form_page(viewer, form, found, pressed=True)
    if "find" in request.form:
        return _form_page(viewer, form, found)
    if not form.validate():
        return _form_page(viewer, form, found, status=422)
    try:
        answer = once.submit(viewer, lambda: _write(viewer, found, form))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, form, found, None, error)
    return _written(int(answer.object_id))


@bp.get("/jobs/mine/<int:post_id>/edit")
def edit_post(post_id: int) -> Response:
    """Show the form of a post as it stands."""
    viewer, whole = own_post(post_id)
    facts = operations.facts_of(whole.post, whole.skills)
    form = PostForm(formdata=None, data=filled(facts, whole.post.version))
    return _form_page(viewer, form, whole.owner, whole.post)


@bp.post("/jobs/mine/<int:post_id>/edit")
def change_post(post_id: int) -> ResponseReturnValue:
    """Change a post; one that is seen is taken down and handed in again with it."""
    viewer, whole = own_post(post_id)
    form = _sent()
    if form.press(request.form):
        return _form_page(viewer, form, whole.owner, whole.post, pressed=True)
    if "find" in request.form:
        return _form_page(viewer, form, whole.owner, whole.post)
    if not form.validate():
        return _form_page(viewer, form, whole.owner, whole.post, status=422)
    try:
        once.submit(viewer, lambda: _change(viewer, whole, form))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, form, whole.owner, whole.post, error)
    return _written(post_id)


def _write(viewer: Viewer, found: WholeCompany, form: PostForm) -> int:
    session = db.session()
    made = operations.write_post(session, company=found.company, facts=form.facts, **who(viewer))
    if "submit" in request.form:
        operations.submit_post(session, made, version=made.version, **who(viewer))
    return made.id


def _change(viewer: Viewer, whole: WholePost, form: PostForm) -> str:
    change = operations.change_and_submit if "submit" in request.form else operations.change_post
    changed = {"facts": form.facts, "version": form.turn, **who(viewer)}
    change(db.session(), whole.post, **changed)
    return str(whole.post.id)


def _written(post_id: int) -> Response:
    handed = "submit" in request.form
    words = _("Handed in. Somebody of the station looks at it now.") if handed else _("Saved.")
    flash(words)
    return htmx.go(url_for("jobs.own_post_page", post_id=post_id))


def _fresh(company: Company) -> PostForm:
    """Return an empty form; the work is where the company is, unless somebody says otherwise."""
    place = {name: getattr(company, name) for name in ("address", "latitude", "longitude")}
    return PostForm(formdata=None, data=place)


def _copy(viewer: Viewer, post_id: int, company_id: int) -> PostForm:
    whole = queries.post_or_404(db.session(), viewer, post_id)
    facts = operations.facts_of(whole.post, whole.skills)
    given = filled(facts)
    if whole.owner.id != company_id:  # of another company: the place is not this one's
        given |= dict.fromkeys(("address", "latitude", "longitude"))
    return PostForm(formdata=None, data=given)


def _sent() -> PostForm:
    form = PostForm(request.form)
    form.offer(queries.skills(db.session()))
    return form


def _occupations(form: PostForm) -> dict[str, Any]:
    session, words = db.session(), form.occupation_words.data or ""
    found = queries.occupations(session, words)
    chosen = queries.occupation(session, form.occupation_code.data or "")
    return {"found": [one for one in found if one is not chosen], "chosen": chosen, "asked": words}


def _refused(
    viewer: Viewer,
    form: PostForm,
    owner: WholeCompany,
    post: JobPost | None,
    error: DomainError,
) -> Response:
    """Show the form with all that was typed, and the post's version as it is now."""
    db.session.rollback()
    if post is not None:
        db.session.refresh(post)
    problem = None if form.shows(error) else error
    return _form_page(viewer, form, owner, post, problem=problem, status=error.status)


def _form_page(
    viewer: Viewer,
    form: PostForm,
    owner: WholeCompany,
    post: JobPost | None = None,
    *,
    problem: DomainError | None = None,
    pressed: bool = False,
    status: int = 200,
) -> Response:
    form.offer(queries.skills(db.session()))
    if post is not None and status == 409:
        form.version.data, form.version.raw_data = post.version, None
    page = render_template(
        "jobs/post_form.html",
        form=form,
        owner=owner,
        post=post,
        problem=problem,
        is_open=post is None or post.state in operations.OPEN_TO_CHANGE,
        picker=picker(viewer, form, owner.company.grid_path, pressed=pressed),
        **_occupations(form),
    )
    return make_response(page, status)
