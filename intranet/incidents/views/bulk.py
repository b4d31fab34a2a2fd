"""What is done to many incidents of a list at once: accept, dispatch, merge; all or none."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import URGENCY_LABELS, MoveForm, lead_first, read_assignees
from intranet.incidents.models import Incident, Urgency, Verb
from intranet.incidents.operations import Brings
from intranet.incidents.views.room import ENTER, bp
from intranet.people.forms import ROLE_LABELS

BULK_MAX = 50
PERMISSIONS = {
    Verb.ACCEPT: Permission.INCIDENTS_INCIDENT_ACCEPT,
    Verb.DISPATCH: Permission.INCIDENTS_INCIDENT_DISPATCH,
    Verb.MERGE: Permission.INCIDENTS_INCIDENT_ACCEPT,
}


@bp.post("/incidents/bulk")
def bulk() -> ResponseReturnValue:
    """Accept the chosen, or ask how they are to be dispatched or merged."""
    viewer = require(ENTER)
    verb = _verb(request.form.get("verb", ""))
    require(PERMISSIONS[verb])
    found, turns = _chosen(viewer, verb)
    if verb is not Verb.ACCEPT and "sure" not in request.form:
        return _ask(verb, found)
    try:
        if not found:
            raise InputError("Choose at least one incident")
        once.submit(viewer, lambda: _act(viewer, verb, found, turns))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _ask(verb, _chosen(viewer, verb)[0], problem=error)
    return htmx.go(_back())


def _act(viewer: Viewer, verb: Verb, found: Sequence[Incident], turns: dict[int, int]) -> object:
    at = clock.now()
    session = db.session()
    if verb is Verb.MERGE:
        into = request.form.get("into", "")
        targets = [one for one in found if str(one.id) == into]
        if not targets:
            raise InputError("Choose the one that stays", "into")
        operations.merge(
            session,
            actor=viewer,
            at=at,
            into=targets[0],
            others=[one for one in found if one is not targets[0]],
            turns=turns,
            address=audit.client_address(),
        )
        return targets[0].id
    brings = _brings()
    for one in sorted(found, key=lambda incident: incident.id):
        operations.perform(
            session,
            actor=viewer,
            at=at,
            incident=one,
            verb=verb,
            brings=brings,
            turn=turns[one.id],
            address=audit.client_address(),
        )
    return len(found)


def _brings() -> Brings:
    urgency = request.form.get("urgency", "")
    return Brings(
        words=request.form.get("words", ""),
        assignees=read_assignees(
            lead_first(request.form.getlist("assignees"), request.form.get("lead", ""))
        ),
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
    )


def _ask(verb: Verb, found: Sequence[Incident], problem: DomainError | None = None) -> Response:
    """Show the chosen and what else has to be said."""
    session = db.session()
    return make_response(
        render_template(
            "incidents/bulk.html",
            verb=verb,
            found=found,
            problem=problem,
            back=_back(),
            handlers=queries.handlers(session, found) if verb is Verb.DISPATCH else [],
            role_labels=ROLE_LABELS,
            urgencies=[("", _("As it is")), *((k.value, v) for k, v in URGENCY_LABELS.items())],
            form=MoveForm(request.form),
            into=request.form.get("into", ""),
            words=request.form.get("words", ""),
            places=grids.labels({one.grid_path for one in found}),
            matters={one.id: one.name for one in queries.categories(session, closed=True)},
        ),
        problem.status if problem else 200,
    )


def _chosen(viewer: Viewer, verb: Verb) -> tuple[Sequence[Incident], dict[int, int]]:
    """Return the incidents chosen that the viewer may do this to, and the turns seen."""
    turns: dict[int, int] = {}
    for value in request.form.getlist("one")[:BULK_MAX]:
        number, _colon, turn = value.partition(":")
        if number.isdecimal() and turn.isdecimal() and len(number) < 10 and len(turn) < 10:
            turns[int(number)] = int(turn)
    found = queries.some(db.session(), viewer, PERMISSIONS[verb], sorted(turns))
    return found, turns


def _verb(value: str) -> Verb:
    return next((verb for verb in PERMISSIONS if verb == value), Verb.ACCEPT)


def _back() -> str:
    """Return the list the choice was made in: a path of this room, nothing else."""
    back = request.form.get("back", "")
    return back if back.startswith("/incidents?") else "/incidents"
