"""Complaints as the station has them: a line a post, and one post with what was said of it."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.complaints import AnswerForm
from intranet.jobs.models import Outcome
from intranet.jobs.queries import complaints as queries
from intranet.jobs.views.acting import REVIEW, act, number_of, who
from intranet.jobs.views.choosing import at_desk
from intranet.jobs.views.room import bp


@bp.get("/jobs/complaints")
def complaints() -> str:
    """List the posts that are complained of, or what was answered."""
    viewer, session = at_desk(REVIEW), db.session()
    is_past = request.args.get("state") == "answered"
    before = number_of(request.args.get("before", ""))
    after = request.args.get("after", "")
    answers, older = queries.answered(session, viewer, before=before) if is_past else ([], None)
    rows, more = ([], "") if is_past else queries.complaints(session, viewer, after=after)
    return render_template(
        "jobs/complaints.html",
        is_past=is_past,
        waiting=queries.waiting_posts(session, viewer),
        rows=rows,
        answers=answers,
        first_url=_list(is_past) if before or after else "",
        next_url=_list(is_past, before=older, after=more) if older or more else "",
    )


def _list(is_past: bool, **on: Any) -> str:
    kept = {name: value for name, value in on.items() if value}
    return url_for("jobs.complaints", state="answered" if is_past else None, **kept)


@bp.get("/jobs/complaints/<int:post_id>")
def complaint(post_id: int) -> Response:
    """Show a post with all that was said of it."""
    return _page(require(REVIEW), post_id)


@bp.post("/jobs/complaints/<int:post_id>")
def answer_complaints(post_id: int) -> ResponseReturnValue:
    """Answer what the page showed, once."""
    viewer = require(REVIEW)
    found = queries.complaints_or_404(db.session(), viewer, post_id)
    form = AnswerForm(request.form)
    if not form.validate():
        return _page(viewer, post_id, form=form, status=422)
    words, told = form.words.data or "", form.told.data or ""
    said = {"upto": form.newest, "words": words, "told": told, **who(viewer)}
    outcome, post = Outcome(form.outcome.data), found.whole.post
    return act(
        viewer,
        lambda: operations.answer_complaints(db.session(), post, outcome=outcome, **said).id,
        lambda error: _page(viewer, post_id, form=form, problem=error),
        words=_("Answered."),
        to=url_for("jobs.complaints"),
    )


@bp.post("/jobs/complaints/<int:post_id>/<int:complaint_id>/empty")
def empty_complaint(post_id: int, complaint_id: int) -> ResponseReturnValue:
    """Empty the words of a complaint that name somebody."""
    viewer, session = require(REVIEW), db.session()
    post = queries.complaints_or_404(session, viewer, post_id).whole.post
    found = queries.complaint_or_404(session, post_id, complaint_id)
    return act(
        viewer,
        lambda: operations.empty_complaint(session, found, post, **who(viewer)),
        lambda error: _page(viewer, post_id, problem=error),
        words=_("The words were emptied."),
        to=url_for("jobs.complaint", post_id=post_id),
    )


def _page(
    viewer: Viewer,
    post_id: int,
    *,
    form: AnswerForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    session.rollback()
    found = queries.complaints_or_404(session, viewer, post_id)
    if problem is not None:
        status = problem.status
        problem = None if form is not None and form.shows(problem) else problem
    form = form or AnswerForm(formdata=None)
    form.upto.data, form.upto.raw_data = found.upto, None  # what stands below, whatever was sent
    page = render_template(
        "jobs/complaint.html",
        found=found,
        whole=found.whole,
        post=found.whole.post,
        form=form,
        problem=problem,
        today=clock.today(),
    )
    return make_response(page, status)
