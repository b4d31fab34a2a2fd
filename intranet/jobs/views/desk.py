"""The station's desk: what waits today, who came in, and the lists that are nowhere else."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.models import Purpose
from intranet.jobs.operations import REMIND_DAYS
from intranet.jobs.queries import desk as queries
from intranet.jobs.queries.posts import ending
from intranet.jobs.queries.referrals import Place
from intranet.jobs.views.acting import WRITE, act, number_of, who
from intranet.jobs.views.choosing import at_desk, desks
from intranet.jobs.views.room import bp

SEE, MANAGE = Permission.JOBS_DESK_VIEW, Permission.JOBS_STATION_MANAGE
PURPOSES = {one.value for one in Purpose}


@bp.get("/jobs/desk")
def desk() -> Response:
    """Show what waits today."""
    return _desk()


@bp.get("/jobs/desk/visits")
def visits() -> Response:
    """List who came in today."""
    return _visits(at_desk(MANAGE))


@bp.post("/jobs/desk/visits")
def count_visit() -> ResponseReturnValue:
    """Count somebody who came in, once a press."""
    here, purpose = desks(require(MANAGE)), request.form.get("purpose", "")
    viewer, around = here.viewer, here.chosen
    if purpose not in PURPOSES:
        return _desk(422, DomainError("Choose what somebody came for"))
    if around is None or not allowed(viewer, MANAGE, Place(around.path)):
        return _desk(409, DomainError("Choose a community first"))
    said = {"grid_path": around.path, "purpose": Purpose(purpose), **who(viewer)}
    return act(
        viewer,
        lambda: operations.count_visit(db.session(), **said).id,
        lambda error: _desk(error.status, error),
        words=_("Counted."),
        to=url_for("jobs.desk"),
    )


@bp.post("/jobs/desk/visits/<int:visit_id>/undo")
def undo_visit(visit_id: int) -> ResponseReturnValue:
    """Take back that somebody was counted."""
    viewer = at_desk(MANAGE)
    found = queries.visit_or_404(db.session(), viewer, visit_id)
    return act(
        viewer,
        lambda: operations.undo_visit(db.session(), visit=found, **who(viewer)),
        lambda error: _visits(viewer, error.status, error),
        words=_("Taken back."),
        to=url_for("jobs.visits" if request.form.get("from") == "visits" else "jobs.desk"),
    )


@bp.get("/jobs/desk/ending")
def ending_posts() -> str:
    """List the posts that end within days, to be renewed."""
    after = request.args.get("after", "")
    found = ending(db.session(), at_desk(WRITE), day=clock.today(), after=after)
    return render_template(
        "jobs/ending.html",
        found=found,
        days=REMIND_DAYS,
        first_url=url_for("jobs.ending_posts") if after else "",
        next_url=url_for("jobs.ending_posts", after=found.after) if found.after else "",
    )


@bp.get("/jobs/desk/interviews")
def interviews() -> str:
    """List the interviews of today."""
    viewer, today = at_desk(SEE), clock.today()
    last = (request.args.get("referral", ""), request.args.get("fair", ""))
    found = queries.interviews(db.session(), viewer, day=today, after=last)
    return render_template(
        "jobs/interviews.html",
        found=found,
        today=today,
        first_url=url_for("jobs.interviews") if any(last) else "",
        next_url=_interviews_behind(found.after) if found.after else "",
    )


def _interviews_behind(after: tuple[str, str]) -> str:
    return url_for("jobs.interviews", referral=after[0], fair=after[1])


def _desk(status: int = 200, problem: DomainError | None = None) -> Response:
    now = clock.now()
    here = desks(require(SEE))
    found = queries.desk(db.session(), here.viewer, paths=here.paths, now=now)
    facts = {"desk": found, "here": here, "now": now, "days": REMIND_DAYS, "problem": problem}
    page = render_template("jobs/desk.html", **facts)
    return make_response(page, status)


def _visits(viewer: Viewer, status: int = 200, problem: DomainError | None = None) -> Response:
    session, today = db.session(), clock.today()
    before = number_of(request.args.get("before", ""))
    rows, more = queries.visit_list(session, viewer, day=today, before=before)
    page = render_template(
        "jobs/visits.html",
        rows=rows,
        first_url=url_for("jobs.visits") if before else "",
        next_url=url_for("jobs.visits", before=more) if more else "",
        visits=queries.visits(session, viewer, day=today),
        problem=problem,
        today=today,
    )
    return make_response(page, status)
