"""Who an incident is about: noted from the register, taken off again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.incidents import operations, queries
from intranet.incidents.models import PartyRole
from intranet.incidents.queries import Case
from intranet.incidents.views.room import bp, case_for
from intranet.register import queries as register

HANDLE = Permission.INCIDENTS_INCIDENT_HANDLE
SOUGHT_MAX = 40


@bp.get("/incidents/<number>/related")
def related(number: str) -> Response:
    """Look for a party within the viewer's register."""
    viewer, case = _case(number)
    return _page(viewer, case)


@bp.post("/incidents/<number>/related")
def relate(number: str) -> ResponseReturnValue:
    """Note what a party has to do with the incident."""
    viewer, case = _case(number)
    role = request.form.get("role", "")

    def act() -> object:
        operations.relate(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            party=queries.relatable(db.session(), viewer, request.form.get("party", "")),
            role=PartyRole(role) if role in set(PartyRole) else PartyRole.OTHER,
            address=audit.client_address(),
        )
        return case.incident.id

    return _try(viewer, case, act)


@bp.post("/incidents/<number>/related/<int:party_id>/remove")
def unrelate(number: str, party_id: int) -> ResponseReturnValue:
    """Take a party off again."""
    viewer, case = _case(number)

    def act() -> object:
        operations.unrelate(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            party_id=party_id,
            address=audit.client_address(),
        )
        return case.incident.id

    return _try(viewer, case, act)


def _case(number: str) -> tuple[Viewer, Case]:
    viewer, case = case_for(HANDLE, number)
    if not queries.may_relate(viewer, case):
        abort(403)
    return viewer, case


def _try(viewer: Viewer, case: Case, act: Callable[[], object]) -> ResponseReturnValue:
    try:
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        case = queries.case_or_404(db.session(), viewer, case.incident.number)
        return _page(viewer, case, error)
    return htmx.go(url_for("incidents.related", number=case.incident.number))


def _page(viewer: Viewer, case: Case, problem: DomainError | None = None) -> Response:
    session = db.session()
    sought = request.values.get("who", "").strip()[:SOUGHT_MAX]
    offered, more = register.offered(session, viewer, sought, limit=queries.OFFERED_MAX)
    people, elsewhere = queries.related(session, viewer, case.incident)
    return make_response(
        render_template(
            "incidents/related.html",
            case=case,
            incident=case.incident,
            related=people,
            related_elsewhere=elsewhere,
            sought=sought,
            offered=offered,
            more=more,
            places=grids.labels({one.grid_path for one in offered}),
            problem=problem,
            chosen=request.form.get("party", ""),
            role=request.form.get("role", ""),
        ),
        problem.status if problem else 200,
    )
