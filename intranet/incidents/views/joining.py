"""The same reported already: offered while a report is made, to join it, follow it or go on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, current_app, make_response, render_template, request

from intranet import clock, drafts
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.grids.models import Grid
from intranet.i18n import beijing_date
from intranet.incidents import queries
from intranet.incidents.forms import ReportForm
from intranet.incidents.models import Category, Incident
from intranet.incidents.operations import Report, Wish
from intranet.incidents.queries import SIMILAR_MAX, Similar
from intranet.incidents.views.room import ENTER, bp
from intranet.incidents.views.whereabouts import Whereabouts, whereabouts

JOIN = "join:"
ALL_MAX = 500
TOKEN_LETTERS = 32


@bp.get("/incidents/similar")
def similar() -> Response:
    """Show what was reported nearby lately of the same kind, before it is sent again."""
    viewer = require(ENTER)
    form = ReportForm(request.args)
    is_staff = allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT)
    offered = offer(viewer, form, whereabouts(viewer, form, []))
    return make_response(render_template("incidents/_similar.html", is_staff=is_staff, **offered))


def offer(viewer: Viewer, form: ReportForm, where: Whereabouts, besides: int = 0) -> dict[str, Any]:
    """Return what is like the report as far as it is made, and what joins it to each."""
    category = queries.category_or_none(db.session(), form.category.data or "")
    place = (None, None) if where.away else where.place
    found = _told(_found(viewer, category, where.grid, place, besides=besides))
    joins = {one.id: JOIN + _token(viewer, one.id) for one in found if one.may_join}
    if besides and queries.has_merged(db.session(), besides):
        joins = {}  # others' reports go on with this one: it is sent as it is
    return {"found": found, "joins": joins, "today": beijing_date(clock.now())}


def _told(found: Sequence[Similar]) -> list[Similar]:
    """Return what is shown: of those out of sight one a day, for one reads like the other."""
    days: set[date] = set()
    told = []
    for one in found:
        if not one.is_visible and not one.own_number:
            day = one.reported_at.astimezone(clock.BEIJING).date()
            if day in days:
                continue
            days.add(day)
        told.append(one)
    return told[:SIMILAR_MAX]


def wished(viewer: Viewer, content: Report, besides: int = 0) -> Wish | None:
    """Return what this report is to be joined to: the one chosen of what is offered for it now.

    None where nothing was chosen. What is not offered is a wish for nothing, and says nothing of
    what there is.
    """
    wanted = request.form.get("send", "")
    if not wanted.startswith(JOIN):
        return None
    place = content.latitude_wgs84, content.longitude_wgs84
    for one in _found(viewer, content.category, content.grid, place, besides=besides):
        fits = hmac.compare_digest((JOIN + _token(viewer, one.id)).encode(), wanted.encode())
        if one.may_join and fits:
            return Wish(db.session.get(Incident, one.id))
    return Wish(None, may_ask=not drafts.is_draft())


def _found(
    viewer: Viewer,
    category: Category | None,
    grid: Grid | None,
    place: tuple[float | None, float | None],
    *,
    besides: int,
) -> Sequence[Similar]:
    if category is None or grid is None:
        return []
    return queries.similar(
        db.session(),
        viewer,
        category=category,
        grid=grid,
        latitude_wgs84=place[0],
        longitude_wgs84=place[1],
        at=clock.now(),
        besides=besides,
        most=ALL_MAX,
    )


def _token(viewer: Viewer, number: int) -> str:
    """Return what stands for an incident in the offer to one account: it tells nothing of it."""
    secret = current_app.config["SETTINGS"].secret_key.encode()
    named = f"join:{viewer.account_id}:{number}".encode()
    return hmac.new(secret, named, hashlib.sha256).hexdigest()[:TOKEN_LETTERS]
