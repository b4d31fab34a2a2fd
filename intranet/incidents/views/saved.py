"""Filters a person keeps: saved from the list, looked after on a page of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock, htmx
from intranet.access import Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS
from intranet.incidents import operations, queries
from intranet.incidents.operations import NAME_MAX, SAVED_MAX
from intranet.incidents.views.narrowing import (
    address_of,
    filter_of,
    query_of,
    saved_filter_of,
)
from intranet.incidents.views.room import ENTER, VIEW, bp


@bp.get("/incidents/filters")
def filters() -> ResponseReturnValue:
    """Show the filters one keeps."""
    return _page(require(ENTER))


@bp.post("/incidents/filters")
def save_filter() -> ResponseReturnValue:
    """Keep the list's filter under a name."""
    viewer = require(ENTER)
    given = dict(parse_qsl(request.form.get("query", "")[:1000]))
    path = grids.places(viewer, VIEW, FILTER_KINDS, path=given.get("grid", "")).chosen
    wanted = filter_of(given, path)

    def act() -> None:
        operations.save_filter(
            db.session(),
            viewer=viewer,
            at=clock.now(),
            name=request.form.get("name", ""),
            query=query_of(replace(wanted, grid_path="")),
            grid_path=path,
            is_default=request.form.get("default") == "y",
        )

    return _do(viewer, act, address_of(wanted))


@bp.post("/incidents/filters/<int:saved_id>/<any(rename,default,remove,restore):verb>")
def change_filter(saved_id: int, verb: str) -> ResponseReturnValue:
    """Rename a filter, open the lists with it, take it away or bring it back."""
    viewer = require(ENTER)
    session = db.session()
    saved = queries.saved_or_404(session, viewer, saved_id)
    name = request.form.get("name", "")
    wanted = request.form.get("default") == "y"
    acts: dict[str, Callable[[], None]] = {
        "rename": lambda: operations.rename_filter(session, viewer=viewer, saved=saved, name=name),
        "default": lambda: operations.open_page_with(session, saved=saved, wanted=wanted),
        "remove": lambda: operations.remove_filter(session, saved=saved, at=clock.now()),
        "restore": lambda: operations.restore_filter(session, saved=saved),
    }
    return _do(viewer, acts[verb], url_for("incidents.filters"), saved_id)


def _do(
    viewer: Viewer, act: Callable[[], None], done_url: str, saved_id: int = 0
) -> ResponseReturnValue:
    try:
        act()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, error, saved_id)
    return htmx.go(done_url)


def _page(viewer: Viewer, problem: DomainError | None = None, wrong_id: int = 0) -> Response:
    kept = queries.saved_filters(db.session(), viewer)
    page = render_template(
        "incidents/filters.html",
        kept=[(one, address_of(saved_filter_of(one))) for one in kept if one.removed_at is None],
        removed=next((one for one in kept if one.removed_at is not None), None),
        problem=problem,
        wrong_id=wrong_id,
        typed=request.form.get("name", ""),
        query=request.form.get("query", ""),
        most=SAVED_MAX,
        name_max=NAME_MAX,
    )
    return make_response(page, problem.status if problem else 200)
