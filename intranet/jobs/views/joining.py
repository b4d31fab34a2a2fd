"""Two seekers who are one person: compared side by side, joined by hand, taken apart in a day."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.models import Seeker, SeekerMerge
from intranet.jobs.queries import kept
from intranet.jobs.queries.twins import twins
from intranet.jobs.queries.wishes import Whole, contacts_of, wish_or_404
from intranet.jobs.views.room import bp
from intranet.jobs.views.wishes import wish_page

MATCH = Permission.JOBS_WISH_MATCH


@bp.get("/jobs/wishes/<int:wish_id>/join/<int:seeker_id>")
def compare_seekers(wish_id: int, seeker_id: int) -> Response:
    """Show two side by side who may be the same person."""
    viewer, whole, other = _two(wish_id, seeker_id)
    return _page(viewer, whole, other)


@bp.post("/jobs/wishes/<int:wish_id>/join/<int:seeker_id>")
def join_seekers(wish_id: int, seeker_id: int) -> ResponseReturnValue:
    """Join them: the one that is kept was chosen, and which wish stays where both wait."""
    viewer, whole, other = _two(wish_id, seeker_id)
    kept_id = _number("kept")
    if kept_id not in {whole.seeker.id, other.id}:
        problem = InputError("Which one is kept?", "kept")
        return _page(viewer, whole, other, problem=problem, status=422)
    try:
        once.submit(viewer, lambda: _join(viewer, whole.seeker, other, kept_id))
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, wish_id, seeker_id, error)
    flash(_("They are one person now. It can be taken back for a day."))
    return htmx.go(url_for("jobs.wish", wish_id=wish_id))


@bp.post("/jobs/wishes/<int:wish_id>/apart/<int:merge_id>")
def part_seekers(wish_id: int, merge_id: int) -> ResponseReturnValue:
    """Take two apart again."""
    viewer, whole = _for(wish_id)
    merge = db.session.get(SeekerMerge, merge_id)
    if merge is None or whole.seeker.id not in {merge.into_id, merge.from_id}:
        abort(404)
    try:
        once.submit(viewer, lambda: _part(viewer, merge))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = wish_or_404(db.session(), viewer, wish_id)
        return wish_page(viewer, again, problem=error, status=error.status)
    flash(_("They are two persons again, each with what was theirs."))
    return htmx.go(url_for("jobs.wishes"))


def _for(wish_id: int) -> tuple[Viewer, Whole]:
    viewer = require(MATCH)
    whole = wish_or_404(db.session(), viewer, wish_id)
    require(MATCH, whole)
    return viewer, whole


def _two(wish_id: int, seeker_id: int) -> tuple[Viewer, Whole, Seeker]:
    """Return the wish's seeker and another of the viewer's grids; 404 where it is none of these."""
    viewer, whole = _for(wish_id)
    other = db.session.get(Seeker, seeker_id)
    if other is None or other.id == whole.seeker.id or not allowed(viewer, MATCH, other):
        abort(404)
    return viewer, whole, other


def _number(name: str) -> int | None:
    typed = request.form.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


def _named(whose: str) -> set[int]:
    """Return the wishes filed since then of which the form says that they are the one's."""
    return {
        int(name[len("since-") :])
        for name, said in request.form.items()
        if name.startswith("since-") and said == whose and name[len("since-") :].isdecimal()
    }


def _join(viewer: Viewer, one: Seeker, other: Seeker, kept_id: int) -> int:
    stays, goes = (one, other) if kept_id == one.id else (other, one)
    made = operations.merge_seekers(
        db.session(),
        actor=viewer,
        at=clock.now(),
        kept=stays,
        other=goes,
        keep_wish_id=_number("keep_wish"),
        address=audit.client_address(),
    )
    return made.id


def _part(viewer: Viewer, merge: SeekerMerge) -> int:
    operations.undo_merge(
        db.session(),
        actor=viewer,
        at=clock.now(),
        merge=merge,
        of_kept=_named("kept"),
        of_other=_named("other"),
        address=audit.client_address(),
    )
    return merge.id


def _refuse(viewer: Viewer, wish_id: int, seeker_id: int, error: DomainError) -> Response:
    db.session.rollback()
    again = wish_or_404(db.session(), viewer, wish_id)
    other = db.session.get_one(Seeker, seeker_id)
    return _page(viewer, again, other, problem=error, status=error.status)


def _page(
    viewer: Viewer,
    whole: Whole,
    other: Seeker,
    *,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    both = [kept.kept_of(session, one) for one in (whole.seeker, other)]
    waiting = [operations.waiting_wish(session, one.seeker.id) for one in both]
    registered = {one.seeker.id for one in both if one.seeker.party_id}
    why = twins(session, viewer, [whole.seeker.id]).get(whole.seeker.id, [])
    page = render_template(
        "jobs/seekers_two.html",
        whole=whole,
        both=both,
        waiting=waiting if all(waiting) else (),
        known=next(iter(registered)) if len(registered) == 1 else None,
        why=next((one for one in why if one.seeker_id == other.id), None),
        contacts=contacts_of(session, [one.seeker.id for one in both]),
        may_join=not any(one.seeker.erased_at or one.seeker.merged_into_id for one in both),
        problem=problem,
        wrong=getattr(problem, "field", None),
        chosen=request.form,
    )
    return make_response(page, status)
