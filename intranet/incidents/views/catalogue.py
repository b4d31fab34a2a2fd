"""The list of matters: what may be reported, and how it is dealt with."""

from __future__ import annotations

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from intranet import clock, htmx
from intranet.access import Permission, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.incidents import operations, queries
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE


@bp.get("/incidents/catalogue")
def catalogue() -> Response:
    """Show all matters by class."""
    require(MANAGE)
    return _page()


@bp.post("/incidents/catalogue/standard")
def install_standard() -> ResponseReturnValue:
    """Enter the standard list where there is none."""
    viewer = require(MANAGE)
    try:
        operations.install_standard(db.session(), actor=viewer, at=clock.now())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(error)
    return htmx.go(url_for("incidents.catalogue"))


def _page(problem: DomainError | None = None) -> Response:
    listed = queries.categories(db.session(), closed=True)
    classes = [
        (parent, [one for one in listed if one.parent_id == parent.id])
        for parent in listed
        if parent.parent_id is None
    ]
    return make_response(
        render_template("incidents/catalogue.html", classes=classes, problem=problem),
        problem.status if problem else 200,
    )
