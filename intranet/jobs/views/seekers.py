"""The seekers for a post: who fits best and why, to be referred or passed over by a person."""

from __future__ import annotations

from flask import abort, render_template

from intranet import clock
from intranet.access import Permission, require
from intranet.db import db
from intranet.jobs import queries
from intranet.jobs.forms import matching as sentences
from intranet.jobs.models import SkipReason
from intranet.jobs.queries import matching
from intranet.jobs.queries.wishes import rows_of
from intranet.jobs.views.room import bp


@bp.get("/jobs/<int:post_id>/seekers")
def post_seekers(post_id: int) -> str:
    """Show the wishes of the viewer's grids that fit a post, with the reasons of each."""
    viewer, session = require(Permission.JOBS_WISH_MATCH), db.session()
    found = queries.seen_or_404(session, post_id)
    if not found.is_live(clock.today()):
        abort(410)
    matches = matching.seekers_for(session, viewer, found.post, today=clock.today())
    shown = [one.thing for one in (*matches.best, *matches.decided, *matches.gated)]
    return render_template(
        "jobs/seekers.html",
        post=found.post,
        shown=found,
        matches=matches,
        seekers={one.wish.id: one for one in rows_of(session, shown)},
        may_match=True,
        sentences=sentences,
        skip_reasons=tuple(SkipReason),
    )
