"""Patrols on the phone: what is due, the walk item by item, and its findings sent in one go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.answers import file_answer
from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.incidents import forms, operations, queries
from intranet.incidents.forms import GRAVITY_LABELS, MarkForm, options
from intranet.incidents.models import (
    Category,
    Found,
    Gravity,
    PatrolCheck,
    PatrolWalk,
    WalkState,
    numbered,
)
from intranet.incidents.operations import Marked, MarkedMeanwhile, Taken
from intranet.incidents.queries import Look, Round
from intranet.incidents.views.room import bp, category_choices
from intranet.incidents.views.uploads import store_apart

WALK = Permission.INCIDENTS_PATROL_WALK
PLAN = Permission.INCIDENTS_PATROL_PLAN


@bp.get("/incidents/patrols")
def patrols() -> Response:
    """Show what one may walk, the most urgent first."""
    return _list(require(WALK))


@bp.post("/incidents/patrols/<int:plan_id>/start")
def patrol_start(plan_id: int) -> ResponseReturnValue:
    """Begin a walk, or go on with the one under way."""
    viewer = require(WALK)
    session = db.session()
    plan = queries.plan_or_404(session, viewer, plan_id, WALK)
    try:
        walk = operations.start_walk(session, actor=viewer, at=clock.now(), plan=plan)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _list(viewer, error)
    return htmx.go(url_for("incidents.patrol_walk", walk_id=walk.id))


@bp.get("/incidents/patrols/walks/<int:walk_id>")
def patrol_walk(walk_id: int) -> Response:
    """Show a walk: to go on with, or as it ended."""
    viewer, walk = _walk(walk_id)
    return _page(viewer, walk)


@bp.post("/incidents/patrols/walks/<int:walk_id>/checks/<int:check_id>")
def patrol_mark(walk_id: int, check_id: int) -> ResponseReturnValue:
    """Note what was found at one item; it is kept at once."""
    viewer, walk = _walk(walk_id)
    check = db.session.get(PatrolCheck, check_id)
    if check is None or check.walk_id != walk.id:
        abort(404)
    form = MarkForm(request.form)
    problem = _mark(viewer, walk, check, form)
    if htmx.is_partial():
        return _row(viewer, walk, check, form, problem)
    if problem is None:
        return htmx.go(f"{url_for('incidents.patrol_walk', walk_id=walk.id)}#c{check.id}")
    return _page(viewer, walk, typed=(check.id, form, problem), status=problem.status)


@bp.post("/incidents/patrols/walks/<int:walk_id>/rest")
def patrol_rest(walk_id: int) -> ResponseReturnValue:
    """Mark everything not marked yet as fine."""
    viewer, walk = _walk(walk_id)

    def act() -> None:
        operations.mark_rest(db.session(), actor=viewer, at=clock.now(), walk=walk)

    return _press(viewer, walk, act, "#walk-end")


@bp.post("/incidents/patrols/walks/<int:walk_id>/give-up")
def patrol_give_up(walk_id: int) -> ResponseReturnValue:
    """End a walk without a result."""
    viewer, walk = _walk(walk_id)

    def act() -> None:
        operations.give_up(db.session(), actor=viewer, at=clock.now(), walk=walk)

    return _press(viewer, walk, act)


@bp.get("/incidents/patrols/walks/<int:walk_id>/finish")
def patrol_review(walk_id: int) -> ResponseReturnValue:
    """Show what is going to be sent."""
    viewer, walk = _walk(walk_id)
    if walk.state is not WalkState.OPEN:
        return htmx.go(url_for("incidents.patrol_walk", walk_id=walk.id))
    return _review(viewer, walk)


@bp.post("/incidents/patrols/walks/<int:walk_id>/finish")
def patrol_finish(walk_id: int) -> ResponseReturnValue:
    """Send all findings in one go, once."""
    viewer, walk = _walk(walk_id)
    seen = request.form.get("seen", 0, type=int)
    try:
        once.submit(viewer, lambda: _finish(viewer, walk, seen))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        db.session.refresh(walk)
        if walk.state is not WalkState.OPEN:
            return _page(viewer, walk, problem=error, status=error.status)
        return _review(viewer, walk, error)
    return htmx.go(url_for("incidents.patrol_walk", walk_id=walk.id, done="y"))


@bp.get("/incidents/patrols/walks/<int:walk_id>/photos/<int:photo_id>")
def patrol_photo(walk_id: int, photo_id: int) -> Response:
    """Send a picture that a walk holds."""
    _viewer, walk = _walk(walk_id)
    listed = operations.photos_of(db.session(), walk)
    found = next((one for one in listed if one.id == photo_id), None)
    if found is None:
        abort(404)
    small = request.args.get("size") == "small"
    return file_answer(found.thumbnail_key if small else found.file_key, found.media_type)


@bp.get("/incidents/patrols/walks/<int:walk_id>/paper")
def patrol_paper(walk_id: int) -> ResponseReturnValue:
    """Show the record of a walk to print."""
    viewer, walk = _walk(walk_id)
    facts = _facts(viewer, walk)
    return render_template("incidents/patrol_paper.html", now=clock.now(), **facts)


def _walk(walk_id: int) -> tuple[Viewer, PatrolWalk]:
    viewer = require(WALK)
    return viewer, queries.walk_or_404(db.session(), viewer, walk_id)


def _list(viewer: Viewer, problem: DomainError | None = None) -> Response:
    now = clock.now()
    found = queries.errands(db.session(), viewer, at=now)
    return make_response(
        render_template(
            "incidents/patrols.html",
            found=found,
            period=queries.this_period(found),
            places=grids.labels({one.plan.grid_path for one in found}),
            may_plan=allowed(viewer, PLAN),
            is_cut=len(found) >= queries.DUTIES_MAX,
            problem=problem,
            now=now,
            duty_labels=forms.DUTY_LABELS,
            duty_lights=forms.DUTY_LIGHTS,
            frequency_labels=forms.FREQUENCY_LABELS,
            period_labels=forms.PERIOD_LABELS,
        ),
        problem.status if problem else 200,
    )


def _mark(
    viewer: Viewer, walk: PatrolWalk, check: PatrolCheck, form: MarkForm
) -> DomainError | None:
    """Note it and commit; return why not."""
    files: list[Taken] = []
    try:
        if not form.validate():
            return InputError("Please look at what is marked")
        files = _pictures()
        _note(viewer, walk, check, form, files)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, MarkedMeanwhile) and files:
            # A picture contradicts nobody: it stays, whoever was faster.
            operations.lock_walk(db.session(), walk)
            operations.add_pictures(
                db.session(), actor=viewer, at=clock.now(), check=check, files=files
            )
            db.session.commit()
        form.shows(error)
        return error
    return None


def _pictures() -> list[Taken]:
    """Store what was sent, each with the digest of what the phone sent."""
    uploads = [one for one in request.files.getlist("photos") if one.filename]
    digests = []
    for upload in uploads:
        digests.append(hashlib.file_digest(upload.stream, "sha256").hexdigest())  # type: ignore[arg-type]
        upload.stream.seek(0)
    stored = store_apart(uploads)
    return [Taken(one, digest) for one, digest in zip(stored, digests, strict=True)]


def _note(
    viewer: Viewer,
    walk: PatrolWalk,
    check: PatrolCheck,
    form: MarkForm,
    files: Sequence[Taken],
) -> None:
    operations.mark(
        db.session(),
        actor=viewer,
        at=clock.now(),
        walk=walk,
        check=check,
        content=_content(viewer, walk, check, form),
        seen=form.seen.data or 0,
        files=files,
        drop=form.drop.data or 0,
    )


def _content(viewer: Viewer, walk: PatrolWalk, check: PatrolCheck, form: MarkForm) -> Marked:
    """Read a row; what it does not show stays as it was: a slip of the thumb loses no words."""
    given = form.result.data or form.was.data
    if given not in set(Found):
        raise InputError("Choose what you found", "result")
    session = db.session()
    kept = operations.latest_marks(session, walk).get(check.id)
    if kept is not None and "words" not in request.form:
        return Marked(
            Found(given),
            kept.words,
            kept.gravity,
            session.get(Category, kept.category_id),
            session.get(Grid, kept.grid_id) if kept.grid_id else None,
            kept.comment_on_id,
        )
    alike = form.alike.data or ""
    place = form.grid.data or ""
    return Marked(
        Found(given),
        form.words.data or "",
        Gravity(form.gravity.data) if form.gravity.data in set(Gravity) else Gravity.MINOR,
        queries.category_or_none(session, form.category.data or ""),
        session.get(Grid, int(place)) if place.isdecimal() and len(place) < 10 else None,
        _visible(viewer, walk, int(alike)) if alike.isdecimal() and len(alike) < 10 else None,
    )


def _visible(viewer: Viewer, walk: PatrolWalk, incident_id: int) -> int:
    """Return the incident chosen, if it was on offer."""
    session = db.session()
    offered = queries.alike(
        session, viewer, queries.round_of(session, viewer, walk), at=clock.now()
    )
    if incident_id not in {one.id for one in offered}:
        raise InputError("The incident chosen is over by now; report this one anew", "alike")
    return incident_id


def _finish(viewer: Viewer, walk: PatrolWalk, seen: int) -> int:
    operations.finish_walk(
        db.session(),
        actor=viewer,
        at=clock.now(),
        walk=walk,
        seen=seen,
        address=audit.client_address(),
    )
    return walk.id


def _press(
    viewer: Viewer, walk: PatrolWalk, act: Callable[[], None], anchor: str = ""
) -> ResponseReturnValue:
    try:
        act()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        db.session.refresh(walk)
        return _page(viewer, walk, problem=error, status=error.status)
    return htmx.go(f"{url_for('incidents.patrol_walk', walk_id=walk.id)}{anchor}")


def _facts(viewer: Viewer, walk: PatrolWalk) -> dict[str, Any]:
    session = db.session()
    round_ = queries.round_of(session, viewer, walk)
    is_open = walk.state is WalkState.OPEN
    place = grids.labels({walk.grid_path})[walk.grid_path]
    is_general = place.kind is GridKind.GENERAL
    return {
        "round": round_,
        "walk": walk,
        "place": place,
        "places": queries.walk_places(session, walk.grid_path) if is_general else [],
        "alike": queries.alike(session, viewer, round_, at=clock.now()) if is_open else [],
        "matters": category_choices() if is_open else [],
        "gravities": options(GRAVITY_LABELS),
        "settles": operations.may_settle(viewer, walk.grid_path),
        "minutes": _minutes(walk),
        "found_labels": forms.FOUND_LABELS,
        "found_icons": forms.FOUND_ICONS,
        "gravity_labels": GRAVITY_LABELS,
        "walk_labels": forms.WALK_LABELS,
        "outcome_labels": forms.OUTCOME_LABELS,
        "Found": Found,
    }


def _minutes(walk: PatrolWalk) -> int:
    ended = walk.ended_at or clock.now()
    return int((ended - walk.started_at).total_seconds() // 60)


def _page(
    viewer: Viewer,
    walk: PatrolWalk,
    *,
    problem: DomainError | None = None,
    typed: tuple[int, MarkForm, DomainError] | None = None,
    status: int = 200,
) -> Response:
    """Show the walk; for htmx only how far it has come."""
    is_open = walk.state is WalkState.OPEN
    page = "incidents/patrol_walk.html" if is_open else "incidents/patrol_record.html"
    # A walk that ended meanwhile has no rows to show it beside.
    problem = problem or (typed[2] if typed and not is_open else None)
    return htmx.page_or_partial(
        page,
        "incidents/_patrol_progress.html",
        status,
        problem=problem,
        typed=typed if is_open else None,
        done=request.args.get("done") == "y",
        **_facts(viewer, walk),
    )


def _row(
    viewer: Viewer,
    walk: PatrolWalk,
    check: PatrolCheck,
    form: MarkForm,
    problem: DomainError | None,
) -> Response:
    """Answer htmx with the one row; the page then asks how far the walk has come."""
    facts = _facts(viewer, walk)
    look = next(one for one in facts["round"].looks if one.check.id == check.id)
    typed = (check.id, form, problem) if problem else None
    answer = make_response(
        render_template("incidents/_patrol_check.html", look=look, typed=typed, **facts),
        problem.status if problem else 200,
    )
    return htmx.announce(answer, "walk-marked")


def _review(viewer: Viewer, walk: PatrolWalk, problem: DomainError | None = None) -> Response:
    facts = _facts(viewer, walk)
    round_: Round = facts["round"]
    findings = [one for one in round_.looks if one.result in {Found.HAZARD, Found.MENDED}]
    missing = [one for one in round_.looks if one.mark is None and not one.check.is_optional]
    return make_response(
        render_template(
            "incidents/patrol_review.html",
            findings=findings,
            missing=missing,
            sent=sum(_is_sent(one, facts) for one in findings),
            problem=problem,
            day=clock.now().astimezone(BEIJING),
            names={str(key): name for key, name in facts["places"]},
            numbers={one.id: numbered(one.short_number) for one in facts["alike"]},
            **facts,
        ),
        problem.status if problem else 200,
    )


def _is_sent(look: Look, facts: dict[str, Any]) -> bool:
    """Whether a finding makes an incident of its own."""
    if look.mark is None or look.result is Found.MENDED:
        return bool(facts["settles"])
    return look.mark.comment_on_id is None
