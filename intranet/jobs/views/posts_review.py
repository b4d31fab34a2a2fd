"""Posts to review: the queue, one with all the law wants seen, and what the reviewer decides."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.forms.companies import ReasonForm
from intranet.jobs.models import PostState, PostVerb
from intranet.jobs.queries import WholePost
from intranet.jobs.views.acting import REVIEW, act, number_of, reviewed_post, version_sent, who
from intranet.jobs.views.choosing import at_desk
from intranet.jobs.views.room import bp


@bp.get("/jobs/review")
def review_queue() -> str:
    """List the posts that wait for review, those that came first before."""
    viewer = at_desk(REVIEW)
    after = number_of(request.args.get("after", ""))
    page = queries.waiting(db.session(), viewer, after=after)
    return render_template(
        "jobs/post_queue.html",
        page=page,
        places=grids.labels({row.post.grid_path for row in page.rows}),
        first=url_for("jobs.review_queue") if after else None,
        older=url_for("jobs.review_queue", after=page.after) if page.after else None,
    )


@bp.get("/jobs/review/<int:post_id>")
def review(post_id: int) -> Response:
    """Show a post to its reviewer."""
    viewer, _whole = reviewed_post(post_id)
    return _page(viewer, post_id)


@bp.post("/jobs/review/<int:post_id>/publish")
def publish_post(post_id: int) -> ResponseReturnValue:
    """Publish it, or agree as the first of two."""
    viewer, whole = reviewed_post(post_id)
    versioned = {**who(viewer), "version": version_sent()}
    return act(
        viewer,
        lambda: operations.publish_post(db.session(), whole.post, **versioned),
        lambda error: _page(viewer, post_id, problem=error),
        words=_said(whole),
        to=url_for("jobs.review_queue"),
    )


@bp.post("/jobs/review/<int:post_id>/<any(return, remove):verb>")
def refuse_post(post_id: int, verb: str) -> ResponseReturnValue:
    """Send it back to its author, or take it down for good; both with a reason."""
    viewer, whole = reviewed_post(post_id)
    form = ReasonForm(request.form)
    if not form.validate():
        return _page(viewer, post_id, form=form, verb=verb, status=422)
    refuse = operations.return_post if verb == "return" else operations.remove_post
    given = {"reason": form.reason.data or "", "version": form.turn, **who(viewer)}
    return act(
        viewer,
        lambda: refuse(db.session(), whole.post, **given),
        lambda error: _page(viewer, post_id, form=form, verb=verb, problem=error),
        words=_("Sent back.") if verb == "return" else _("Taken down."),
        to=url_for("jobs.review_queue"),
    )


@bp.post("/jobs/review/<int:post_id>/override")
def override_finding(post_id: int) -> ResponseReturnValue:
    """Say why words that were found are right here."""
    viewer, whole = reviewed_post(post_id)
    form, verb = ReasonForm(request.form), _finding()
    if not form.validate():
        return _page(viewer, post_id, form=form, verb=verb, status=422)
    given: dict[str, Any] = {"reason": form.reason.data or "", **who(viewer)}
    given |= {name: request.form.get(name, "") for name in ("finding", "matched")}
    return act(
        viewer,
        lambda: operations.override_finding(db.session(), whole.post, **given),
        lambda error: _page(viewer, post_id, form=form, verb=verb, problem=error),
        words=_("Noted, with your name."),
        to=url_for("jobs.review", post_id=post_id),
    )


def _finding() -> str:
    return f"{request.form.get('finding', '')}:{request.form.get('matched', '')}"


def _said(whole: WholePost) -> str:
    """Return what is said once it is done: the first of two has not published anything."""
    is_first = whole.post.reviewed_by is None and operations.needs_two(db.session(), whole.post)
    if is_first:
        return str(_("Noted. A second person of the station publishes it."))
    return str(_("Published."))


def _page(
    viewer: Viewer,
    post_id: int,
    *,
    form: ReasonForm | None = None,
    verb: str = "",
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    session.rollback()
    whole = queries.for_review_or_404(session, viewer, post_id)
    if problem is not None:
        status = problem.status
        problem = None if form is not None and form.shows(problem) else problem
    page = render_template(
        "jobs/post_review.html",
        whole=whole,
        post=whole.post,
        form=form or ReasonForm(formdata=None),
        verb=verb,
        problem=problem,
        **_beside(viewer, whole),
    )
    return make_response(page, status)


def _beside(viewer: Viewer, whole: WholePost) -> dict[str, Any]:
    """Return what the reviewer is told beside the post."""
    session, post, now = db.session(), whole.post, clock.now()
    said = {(one.finding, one.matched): (one, by) for one, by in whole.overrides}
    findings = operations.findings_of(post)
    waits = post.state is PostState.SUBMITTED
    hindered = operations.why_not_review(session, post, whole.owner.company, actor=viewer, at=now)
    return {
        "findings": findings,
        "said": said,
        "open_blocks": [one for one in findings if one.blocks and one.key not in said],
        "alike": queries.resembling(session, post, at=now),
        "usual": queries.usual_pay(session, post),
        "two": operations.needs_two(session, post),
        "agreed_by": _agreed_by(whole) if post.reviewed_by and waits else "",
        "hindered": hindered if waits else [],
        "waits": waits,
        "may_remove": post.state in {PostState.SUBMITTED, PostState.PUBLISHED, PostState.FILLED},
        "today": clock.today(),
    }


def _agreed_by(whole: WholePost) -> str:
    """Return who agreed as the first of two, since the post was handed in."""
    return next((by for step, by in whole.steps if step.verb is PostVerb.PUBLISH), "")
