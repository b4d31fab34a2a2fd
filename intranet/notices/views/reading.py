"""One's own notices, and the bell on every page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import make_response, render_template, request, url_for

from intranet import clock, htmx, i18n
from intranet.access import Permission, allowed, current_viewer, require
from intranet.db import db
from intranet.notices import operations, queries
from intranet.notices.views import bp

if TYPE_CHECKING:
    from flask import Response

    from intranet.notices.models import Notice


@bp.app_context_processor
def _bell() -> dict[str, Any]:
    return {"unread_notices": unread_notices}


def unread_notices() -> int | None:
    """Return what the bell shows, None for whom there is no bell: devices, and nobody."""
    viewer = current_viewer()
    if viewer is None or not allowed(viewer, Permission.NOTICES_NOTICE_VIEW):
        return None
    return queries.unread_count(viewer.account_id)


@bp.get("/notices")
def index() -> Response:
    """Show the viewer's notices by day, newest first; reading the list marks nothing."""
    viewer = require(Permission.NOTICES_NOTICE_VIEW)
    unread = request.args.get("unread", 0, type=int) == 1
    before = max(request.args.get("before", 0, type=int), 0)
    found = queries.notices_page(db.session(), viewer, unread=unread, before=before)
    page = render_template(
        "notices/index.html",
        days=[(day, list(some)) for day, some in groupby(found.notices, _day)],
        newest=found.notices[0].id if found.notices and not before else 0,
        found=found,
        before=before,
        unread=unread,
        said=queries.said,
        topics=queries.TOPIC_LABELS,
    )
    return make_response(page)


@bp.post("/notices/<int:notice_id>/open")
def open_notice(notice_id: int) -> Response:
    """Mark a notice read and go where it leads, which is a path of this house."""
    viewer = require(Permission.NOTICES_NOTICE_VIEW)
    notice = queries.notice_or_404(db.session(), viewer, notice_id)
    url = notice.url
    operations.mark_read(db.session(), notice=notice, at=clock.now())
    db.session.commit()
    return htmx.go(url)


@bp.post("/notices/read")
def read_all() -> Response:
    """Mark everything read that the page had shown the newest of."""
    viewer = require(Permission.NOTICES_NOTICE_VIEW)
    up_to = request.form.get("up_to", 0, type=int)
    operations.mark_all_read(
        db.session(),
        account_id=viewer.account_id,
        up_to=min(max(up_to, 0), queries.ID_MAX),
        at=clock.now(),
    )
    db.session.commit()
    return htmx.go(url_for("notices.index"))


def _day(notice: Notice) -> str:
    return i18n.beijing_date(notice.at)
