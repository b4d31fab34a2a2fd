"""What is done to many incidents of a list at once: accept, dispatch, merge; all or none.

When one of them was overtaken, or stands where this cannot be done, nothing is done: the page says
which and why, and offers the rest, so that nobody thinks forty were accepted when it was
thirty-nine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

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
from intranet.incidents.models import MOVES, Incident, Urgency, Verb
from intranet.incidents.operations import Brings
from intranet.incidents.views.room import ENTER, bp
from intranet.people.forms import ROLE_LABELS

BULK_MAX = 50
PERMISSIONS = {
    Verb.ACCEPT: Permission.INCIDENTS_INCIDENT_ACCEPT,
    Verb.DISPATCH: Permission.INCIDENTS_INCIDENT_DISPATCH,
    Verb.MERGE: Permission.INCIDENTS_INCIDENT_ACCEPT,
    Verb.UNMERGE: Permission.INCIDENTS_INCIDENT_ACCEPT,
}
ASKED_MORE = frozenset({Verb.DISPATCH, Verb.MERGE})  # what needs more than the choice


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen: those it can be done to, those set apart, and how many are out of reach.

    ``overtaken``: they have gone on since they were seen. ``elsewhere``: they stand as they were
    seen, in a state in which this cannot be done.
    """

    found: Sequence[Incident]
    turns: dict[int, int]
    overtaken: Sequence[Incident]
    elsewhere: Sequence[Incident]
    out_of_reach: int

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be done."""
        return not (self.overtaken or self.elsewhere or self.out_of_reach)


@bp.post("/incidents/bulk")
def bulk() -> ResponseReturnValue:
    """Accept the chosen, or ask how they are to be dispatched or merged."""
    viewer = require(ENTER)
    verb = _verb(request.form.get("verb", ""))
    require(PERMISSIONS[verb])
    if verb in ASKED_MORE and "sure" not in request.form:
        return _ask(verb, _chosen(viewer, verb))
    try:
        answer = once.submit(viewer, lambda: _act(viewer, verb, _chosen(viewer, verb)))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _ask(verb, _chosen(viewer, verb), problem=error)
    return htmx.go(_back(answer.object_id if verb is Verb.MERGE else ""))


def _act(viewer: Viewer, verb: Verb, chosen: Chosen) -> object:
    if chosen.overtaken or chosen.out_of_reach:
        raise DomainError("Nothing was done: not all of them are as you saw them")
    if chosen.elsewhere:
        raise DomainError("Nothing was done yet: with some of them it cannot be done now")
    if not chosen.found:
        raise InputError("Choose at least one incident")
    at, session, found, turns = clock.now(), db.session(), chosen.found, chosen.turns
    if verb is Verb.UNMERGE:
        for one in found:
            operations.unmerge(
                session, actor=viewer, at=at, incident=one, address=audit.client_address()
            )
        return len(found)
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
            words=request.form.get("words", ""),
            turns=turns,
            address=audit.client_address(),
        )
        return targets[0].number
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


def _ask(verb: Verb, chosen: Chosen, problem: DomainError | None = None) -> Response:
    """Show the chosen and what else has to be said; those that were overtaken apart."""
    session = db.session()
    found = chosen.found
    everything = [*found, *chosen.overtaken, *chosen.elsewhere]
    return make_response(
        render_template(
            "incidents/bulk.html",
            verb=verb,
            found=found,
            overtaken=[(one, operations.overtaken(session, one)) for one in chosen.overtaken],
            elsewhere=chosen.elsewhere,
            out_of_reach=chosen.out_of_reach,
            problem=problem,
            back=_back(),
            matter_count=len({one.category_id for one in found}),
            communities=len({one.community_path for one in found}),
            handlers=queries.handlers(session, found) if verb is Verb.DISPATCH else [],
            role_labels=ROLE_LABELS,
            urgencies=[("", _("As it is")), *((k.value, v) for k, v in URGENCY_LABELS.items())],
            form=MoveForm(request.form),
            into=request.form.get("into", ""),
            words=request.form.get("words", ""),
            places=grids.labels({one.grid_path for one in everything}),
            matters={one.id: one.name for one in queries.categories(session, closed=True)},
        ),
        problem.status if problem else 200,
    )


def _chosen(viewer: Viewer, verb: Verb) -> Chosen:
    """Return the incidents chosen, as they stand now beside as they were seen."""
    turns: dict[int, int] = {}
    for value in request.form.getlist("one")[:BULK_MAX]:
        number, _colon, turn = value.partition(":")
        if number.isdecimal() and turn.isdecimal() and len(number) < 10 and len(turn) < 10:
            turns[int(number)] = int(turn)
    some = queries.some(db.session(), viewer, PERMISSIONS[verb], sorted(turns))
    as_seen = [one for one in some if one.turn == turns[one.id]]
    # One being checked is nearly done: what is still to be done does not vanish in it by a list.
    found = [one for one in as_seen if one.state in MOVES[verb].sources]
    return Chosen(
        found,
        turns,
        [one for one in some if one not in as_seen],
        [one for one in as_seen if one not in found],
        len(turns) - len(some),
    )


def _verb(value: str) -> Verb:
    return next((verb for verb in PERMISSIONS if verb == value), Verb.ACCEPT)


def _back(merged: str = "") -> str:
    """Return the list the choice was made in: a path of this room, nothing else.

    After a merging the list says what became of what, and offers to take it back.
    """
    back = request.form.get("back", "")
    back = back if back.startswith("/incidents?") else "/incidents?tab=inbox"
    return f"{back}&{urlencode({'merged': merged})}" if merged else back
