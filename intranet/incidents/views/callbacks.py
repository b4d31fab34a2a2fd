"""Calling reporters back: the list, one call with what came of it, and the list as a file."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import apart, db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _, beijing_time
from intranet.incidents import operations, queries
from intranet.incidents.forms import (
    CALL_PHRASES,
    PILE_LABELS,
    SATISFACTION_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    CallFilterForm,
    CallForm,
    Outcome,
)
from intranet.incidents.models import FINISHED, CallBack, Satisfaction, State, Verb, numbered
from intranet.incidents.operations import Brings
from intranet.incidents.queries import CallFilter, CallRow, Case, Pile
from intranet.incidents.views import words
from intranet.incidents.views.facts import facts
from intranet.incidents.views.room import bp, case_for

CALL = Permission.INCIDENTS_CALLBACK_MAKE
DAYS_BACK = 30
SAMPLES = (10, 20, 50, 100)
VERBS = {
    Outcome.EVALUATED: Verb.EVALUATE,
    Outcome.HEARD: Verb.CALL_BACK,
    Outcome.UNREACHED: Verb.CALL_BACK,
    Outcome.UNSOLVED: Verb.REOPEN,
}


@bp.get("/incidents/callbacks")
def callbacks() -> ResponseReturnValue:
    """List whom to call, whom not to call any more, and who was called by whom."""
    viewer = require(CALL)
    wanted, form, narrowed = _read(viewer)
    if wanted.sample and not wanted.seed:  # drawn once: the page stays the same until drawn anew
        return htmx.go(_address(wanted, seed=_draw()))
    page = min(max(request.args.get("page", 1, type=int), 1), 500)
    rows = queries.calls(db.session(), viewer, wanted, page=page)
    counts = queries.call_counts(db.session(), viewer, wanted)
    shown, more = rows[: queries.PAGE_ROWS], len(rows) > queries.PAGE_ROWS
    return make_response(
        render_template(
            "incidents/callbacks.html",
            form=form,
            narrowed=narrowed,
            wanted=wanted,
            rows=shown,
            places=grids.labels({row.grid_path for row in shown}),
            tabs=[
                (
                    label,
                    _address(wanted, pile=pile.value),
                    pile is wanted.pile,
                    words.how_many(counts[pile]),
                )
                for pile, label in PILE_LABELS.items()
            ],
            exports={
                fmt: _address(wanted, endpoint="incidents.callbacks_export", fmt=fmt)
                for fmt in sheets.FORMATS
            },
            again=_address(wanted, seed=_draw()) if wanted.sample else "",
            here=_address(wanted, page=page if page > 1 else ""),
            newer=_address(wanted, page=page - 1) if page > 1 else "",
            older=_address(wanted, page=page + 1) if more else "",
        )
    )


@bp.get("/incidents/callbacks/export.<fmt>")
def callbacks_export(fmt: str) -> Response:
    """Download the list as filtered, contacts masked; that it was taken is written down."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer = require(CALL)
    wanted, _form, _narrowed = _read(viewer)
    rows = queries.calls(db.session(), viewer, wanted, page=None)
    places = grids.labels({row.grid_path for row in rows})
    now = clock.now()
    day = now.astimezone(BEIJING).strftime("%Y-%m-%d")
    name = _("Call-backs %(day)s", day=day)
    lines = [_cells(row, places) for row in rows]
    answer = sheets.sheet_response(name, f"call-backs-{day}", fmt, _header(), lines)
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="incidents:callbacks:export",
            at=now,
            object_kind="incident",
            object_id="",
            address=audit.client_address(),
            rows=len(rows),
        )
    return answer


@bp.get("/incidents/<number>/callback")
def callback(number: str) -> Response:
    """Show one incident to whoever calls its reporter."""
    viewer, case = case_for(CALL, number)
    return _page(viewer, case)


@bp.post("/incidents/<number>/callback")
def record_call(number: str) -> ResponseReturnValue:
    """Write down what came of a call."""
    viewer, case = case_for(CALL, number)
    form = CallForm(request.form)
    if not form.validate():
        return _page(viewer, case, form=form, status=422)
    require(operations.TABLE[VERBS[Outcome(form.outcome.data)]].permission, case)
    try:
        once.submit(viewer, lambda: _record(viewer, case, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        found = queries.case_or_404(db.session(), viewer, number)
        return _page(viewer, found, form=form, problem=error, status=error.status)
    flash(_("Written down: %(number)s", number=numbered(case.incident.short_number)))
    return htmx.go(_back())


def _record(viewer: Viewer, case: Case, form: CallForm) -> object:
    outcome = Outcome(form.outcome.data)
    return operations.perform(
        db.session(),
        actor=viewer,
        at=clock.now(),
        incident=case.incident,
        verb=VERBS[outcome],
        brings=Brings(
            words=form.words.data or "",
            satisfaction=Satisfaction(form.satisfaction.data) if form.satisfaction.data else None,
            channel=operations.PHONE,
            reached=outcome is Outcome.HEARD,
            set_aside=bool(form.set_aside.data) and outcome is Outcome.UNREACHED,
        ),
        turn=form.turn.data,
        address=audit.client_address(),
    ).id


def _page(
    viewer: Viewer,
    case: Case,
    *,
    form: CallForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    found = case.incident
    outcomes = [
        outcome
        for outcome, verb in VERBS.items()
        if found.state in operations.TABLE[verb].sources
        and allowed(viewer, operations.TABLE[verb].permission, case)
        and not _is_barred(viewer, case, verb)
    ]
    return make_response(
        render_template(
            "incidents/callback.html",
            **(facts(viewer, case) | {"may_call": False}),
            form=form or CallForm(),
            problem=None if problem and form and form.shows(problem) else problem,
            outcomes=outcomes if found.state in FINISHED else [],
            chosen=form.outcome.data if form else "",
            calls=session.get(CallBack, (found.id, found.round)),
            comment=queries.comment_of(session, found) if found.satisfaction else "",
            party_id=_party(viewer, case),
            may_set_aside_after=operations.SET_ASIDE_AFTER,
            call_phrases=CALL_PHRASES,
            back=_back(),
        ),
        status,
    )


def _is_barred(viewer: Viewer, case: Case, verb: Verb) -> bool:
    move, me = operations.TABLE[verb], viewer.account_id
    attempt = operations.Try(move, case.incident, me, case.hands, clock.now(), by_phone=True)
    return operations.barred(attempt) is not None


def _party(viewer: Viewer, case: Case) -> int | None:
    """Return the reporter's place in the register, where their phone may be looked up."""
    if not allowed(viewer, Permission.REGISTER_PARTY_VIEW, case):
        return None
    return queries.reporter_party(db.session(), case.incident)


def _read(viewer: Viewer) -> tuple[CallFilter, CallFilterForm, PlaceFilterForm]:
    """Read what the address narrows the list to; nonsense narrows nothing."""
    form = CallFilterForm(request.args)
    form.sample.choices = [("", _("All")), *((str(n), str(n)) for n in SAMPLES)]
    form.validate()
    narrowed = PlaceFilterForm.read(request.args, partial(grids.places, viewer, CALL, FILTER_KINDS))
    today = clock.today()
    since = form.since.data or today - timedelta(days=DAYS_BACK)
    until = form.until.data or today
    pile, sample = request.args.get("pile", ""), form.sample.data or ""
    seed = request.args.get("seed", 0, type=int)
    return (
        CallFilter(
            since,
            until,
            pile=Pile(pile) if pile in set(Pile) else Pile.TO_CALL,
            grid_path=narrowed.path,
            sample=int(sample) if sample in {str(n) for n in SAMPLES} else 0,
            seed=min(max(seed, 0), 999_999),
        ),
        form,
        narrowed,
    )


def _address(
    wanted: CallFilter, endpoint: str = "incidents.callbacks", fmt: str = "", **more: Any
) -> str:
    given = {
        "pile": wanted.pile.value,
        "since": request.args.get("since", "")[:10],
        "until": request.args.get("until", "")[:10],
        "grid": wanted.grid_path,
        "sample": wanted.sample or "",
        "seed": wanted.seed if wanted.sample else "",
        **more,
    }
    query = urlencode({key: value for key, value in given.items() if value != ""})
    path = url_for(endpoint, fmt=fmt) if fmt else url_for(endpoint)
    return f"{path}?{query}"


def _draw() -> int:
    return 1 + secrets.randbelow(999_999)


def _back() -> str:
    """Return the list the call was chosen in: a path of this page, nothing else."""
    back = request.form.get("back", "") or request.args.get("back", "")
    return back if back.startswith("/incidents/callbacks?") else url_for("incidents.callbacks")


def _header() -> list[str]:
    return [
        _("Number"),
        _("State"),
        _("Urgency"),
        _("What it is about"),
        _("What is the matter?"),
        _("Micro-grid"),
        _("Case closed"),
        _("Reported by"),
        _("Evaluation"),
        _("What the reporter wrote"),
        _("Tries"),
        _("Last call"),
        _("Called by"),
        _("Reached"),
    ]


def _cells(row: CallRow, places: dict[str, Any]) -> list[object]:
    return [
        numbered(row.short_number),
        str(STATE_LABELS[State(row.state)]),
        str(URGENCY_LABELS[row.urgency]),
        row.category,
        row.description,
        places[row.grid_path].full,
        beijing_time(row.closed_at),
        row.masked or row.reporter,
        str(SATISFACTION_LABELS[row.satisfaction]) if row.satisfaction else "",
        row.comment,
        row.tries,
        beijing_time(row.last_at),
        row.last_by,
        beijing_time(row.reached_at),
    ]
