"""One post as everybody reads it, or that it is over and what is open instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Role, current_viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.jobs import queries
from intranet.jobs.forms import saying
from intranet.jobs.models import PostState
from intranet.jobs.queries import Shown, Wanted
from intranet.jobs.queries.asking import own_waiting
from intranet.jobs.queries.stations import stations_of
from intranet.jobs.views.board import line
from intranet.jobs.views.narrowing import address_of, read
from intranet.jobs.views.posting import as_script, job_posting
from intranet.jobs.views.room import bp

SIMILAR = 6


@bp.get("/jobs/<int:post_id>")
def post(post_id: int) -> ResponseReturnValue:
    """Show a post with all that the law wants said; 410 when it is over, with others like it."""
    return post_page(queries.seen_or_404(db.session(), post_id), clock.today())


def post_page(
    found: Shown, today: date, *, problem: DomainError | None = None, status: int = 200
) -> Response:
    """Show a post, with what was refused; a post that is over is gone."""
    session, post_id = db.session(), found.post.id
    if not found.is_live(today):
        return make_response(render_template("jobs/gone.html", **gone(found)), 410)
    wanted, viewer = read().wanted, current_viewer()
    is_seeker = viewer is not None and Role.RESIDENT in viewer.roles
    skills = queries.skills_of(session, post_id)
    above = queries.grids_above(session, found.post.grid_path)
    address = url_for("jobs.post", post_id=post_id, _external=True)
    page = render_template(
        "jobs/post.html",
        **line(found, wanted, today),
        **said(found),
        skills=skills,
        place=above[-1] if above else None,
        origin=wanted.origin,
        stations=stations_of(session, grids.community_path(found.post.grid_path)),
        posting=as_script(job_posting(found, skills, above, address)),
        kind_url=address_of(Wanted(code=found.post.occupation_code)),
        is_seeker=is_seeker,
        own_wishes=own_waiting(session, viewer, post_id),
        problem=problem,
    )
    return make_response(page, status)


def said(found: Shown) -> dict[str, Any]:
    """Return the facts of a post in the words of people."""
    post = found.post
    return {
        "hours": saying.hours_said(post),
        "given": saying.given_said(post),
        "experience": saying.experience_said(post),
    }


def gone(found: Shown) -> dict[str, Any]:
    """Return what the page of a post that is over says."""
    state = found.post.state
    return {
        "shown": found,
        "is_full": state is PostState.FILLED,
        "kind_url": address_of(Wanted(code=found.post.occupation_code)),
        "rows": similar(found),
    }


def similar(found: Shown) -> Sequence[dict[str, Any]]:
    """Return open posts of the same occupation, or of one ever wider, the newest first."""
    session, today, wanted = db.session(), clock.today(), read().wanted
    code, ids = found.post.occupation_code, list[int]()
    while code and len(ids) < SIMILAR:
        hits = queries.newest(session, Wanted(code=code), today=today, limit=SIMILAR + 1)
        known = set(ids) | {found.post.id}
        ids += [one.post_id for one in hits if one.post_id not in known]
        code = code.rpartition("-")[0]
    rows = queries.shown(session, ids[:SIMILAR], today=today)
    return [line(one, wanted, today) for one in rows]
