"""I want this one: pressed on a post by whoever looks for work and has an account."""

from __future__ import annotations

from functools import partial

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Permission, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations, queries
from intranet.jobs.queries.asking import own_waiting
from intranet.jobs.views.acting import act, number_of, who
from intranet.jobs.views.posts_public import post_page
from intranet.jobs.views.room import bp


@bp.post("/jobs/<int:post_id>/ask")
def ask_for_post(post_id: int) -> ResponseReturnValue:
    """Ask for a post with a wish of one's own, once."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    found = queries.seen_or_404(db.session(), post_id)
    number = number_of(request.form.get("wish", ""))
    own = [one.wish for one in own_waiting(db.session(), viewer, post_id)]
    wish = next((one for one in own if one.id == number), None) or abort(404)
    given = {"wish": wish, "post": found.post, **who(viewer)}

    def refused(error: DomainError) -> Response:
        again = queries.seen_or_404(db.session(), post_id)
        return post_page(again, clock.today(), problem=error, status=error.status)

    return act(
        viewer,
        partial(operations.ask_for, db.session(), **given),
        refused,
        words=_("Told. Whoever looks after you rings within three days."),
        to=url_for("jobs.post", post_id=post_id),
    )
