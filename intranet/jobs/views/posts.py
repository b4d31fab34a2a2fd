"""The own pages of whoever acts for a company: its posts by state, and one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.models import POST_MOVES, PostState, PostVerb
from intranet.jobs.queries import Mine, WholePost
from intranet.jobs.views.acting import act, at_own_pages, number_of, own_post, version_sent, who
from intranet.jobs.views.room import bp

VERBS: dict[str, Callable[..., None]] = {
    "submit": operations.submit_post,
    "withdraw": operations.withdraw_post,
    "renew": operations.renew_post,
}


@bp.get("/jobs/mine")
def own_posts() -> str:
    """List the posts of the companies one acts for, by state."""
    _viewer, own = at_own_pages()
    state, session = _state(), db.session()
    chosen = _chosen(own)
    before = number_of(request.args.get("before", ""))
    page = queries.posts_of(session, chosen, state=state, before=before)
    return render_template(
        "jobs/post_mine.html",
        companies=queries.named(session, own.company_ids),
        chosen=chosen,
        state=state,
        counts=queries.state_counts(session, chosen),
        page=page,
        today=clock.today(),
        soon=operations.REMIND_DAYS,
        is_renewable=operations.is_renewable,
        here=_here,
    )


@bp.get("/jobs/mine/<int:post_id>")
def own_post_page(post_id: int) -> Response:
    """Show one post to whoever writes it: how it stands, what was found, what may be done."""
    viewer, _whole = own_post(post_id)
    return _page(viewer, post_id)


@bp.post("/jobs/mine/<int:post_id>/<any(submit, withdraw, renew):verb>")
def move_post(post_id: int, verb: str) -> ResponseReturnValue:
    """Hand a post in, take it down or renew it, with one press."""
    viewer, whole = own_post(post_id)
    said = {
        "submit": _("Handed in. Somebody of the station looks at it now."),
        "withdraw": _("Taken down."),
        "renew": _("Renewed."),
    }
    versioned = {**who(viewer), "version": version_sent()}
    return act(
        viewer,
        lambda: VERBS[verb](db.session(), whole.post, **versioned),
        lambda error: _page(viewer, post_id, error),
        words=said[verb],
        to=url_for("jobs.own_post_page", post_id=post_id),
    )


def _page(viewer: Viewer, post_id: int, problem: DomainError | None = None) -> Response:
    session = db.session()
    session.rollback()
    whole = queries.post_or_404(session, viewer, post_id)
    page = render_template(
        "jobs/post_own.html",
        whole=whole,
        post=whole.post,
        findings=operations.findings_of(whole.post),
        said={(one.finding, one.matched) for one, _by in whole.overrides},
        may=_may(whole),
        problem=problem,
        today=clock.today(),
    )
    return make_response(page, problem.status if problem else 200)


def _may(whole: WholePost) -> set[str]:
    """Return what its author may do with a post as it stands."""
    post, day = whole.post, clock.today()
    moves = {verb for verb in VERBS if post.state in POST_MOVES[PostVerb(verb)].froms}
    if not operations.is_renewable(post, day):
        moves -= {"renew"}
    is_open = post.state in operations.OPEN_TO_CHANGE
    seen = {PostState.PUBLISHED, PostState.FILLED, PostState.SUBMITTED}
    return moves | ({"change"} if is_open else {"resubmit"} if post.state in seen else set())


def _state() -> PostState | None:
    asked = request.args.get("state", "")
    return PostState(asked) if asked in set(PostState) else None


def _chosen(own: Mine) -> list[int]:
    asked = number_of(request.args.get("company", ""))
    return [asked] if asked in own.company_ids else list(own.company_ids)


def _here(**more: Any) -> str:
    kept = {name: request.args[name] for name in ("company", "state") if name in request.args}
    return url_for("jobs.own_posts", **{**kept, **more})
