"""A meeting or clean-up day: those who were there are ticked on a tablet, and it is done."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.forms import PlaceFilterForm
from intranet.grids.models import GridKind
from intranet.i18n import _, _n
from intranet.points import operations, queries
from intranet.points.forms import GatheringForm
from intranet.points.models import Rule, Sign
from intranet.points.operations import Content
from intranet.points.queries import Home
from intranet.points.views.room import bp
from intranet.points.views.seen import number_of
from intranet.register.models import Party

ENTER = Permission.POINTS_CLAIM_ENTER
PLACES = (GridKind.COMMUNITY, GridKind.GENERAL, GridKind.MICRO, GridKind.DEDICATED)
NEAR = (GridKind.MICRO, GridKind.DEDICATED)
WHO_MAX = 10  # so many are named in a refusal


@bp.get("/points/gathering")
def gathering() -> Response:
    """Show the grid's people, to be ticked."""
    viewer = require(ENTER)
    form = GatheringForm(request.args if "rule" in request.args else None)
    form.happened_on.data = form.happened_on.data or clock.today()
    form.units.data = form.units.data or 1
    return _page(viewer, form)


@bp.post("/points/gathering")
def enter_gathering() -> ResponseReturnValue:
    """Enter a claim for everybody who was ticked."""
    viewer = require(ENTER)
    form = GatheringForm(request.form)
    _offer(viewer, form)
    looks = "show" in request.form  # at another list; nothing is entered yet
    if looks or not form.validate():
        return _page(viewer, form, status=200 if looks else 422)
    try:
        answer = once.submit(viewer, lambda: _enter(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, form, None if form.shows(error) else error, error.status)
    number, ticked, entered = map(int, answer.object_id.split())
    _tell(ticked, entered)
    return htmx.go(url_for("points.gathered", gathering_id=number))


def _tell(ticked: int, entered: int) -> None:
    flash(
        _n(
            "%(num)d entered; somebody else approves it.",
            "%(num)d entered; somebody else approves them.",
            entered,
        )
    )
    if ticked > entered:
        flash(
            _n(
                "%(num)d lives with somebody who was ticked: a home counts once.",
                "%(num)d live with somebody who was ticked: a home counts once.",
                ticked - entered,
            )
        )


def _enter(viewer: Viewer, form: GatheringForm) -> str:
    """Enter it; return its number, for how many it was ticked and for how many it was entered."""
    day = form.happened_on.data
    assert day is not None
    there = _present(viewer, form)
    if "again" not in request.form:
        operations.ask_if_alike(
            db.session(),
            party_ids=[one.id for one in there],
            code=form.rule.data or "",
            day=day,
            many=True,
        )
    content = Content(form.rule.data or "", form.units.data or 0, day, form.title.data or "")
    made = operations.gather(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid_path=_place(viewer).path,
        title=form.title.data or "",
        content=content,
        parties=there,
        address=audit.client_address(),
    )
    entered = len(queries.claims_of(db.session(), viewer, made))
    return f"{made.id} {len(there)} {entered}"


def _present(viewer: Viewer, form: GatheringForm) -> list[Party]:
    """Return those ticked; InputError where one of them is not on the list of rule and grid."""
    ticked = set(_ticked())
    there = [one.party for one in _there(viewer, form) if one.party.id in ticked]
    others = sorted(ticked - {one.id for one in there})
    if others:
        known = {one.party.id: one for one in queries.known_of(db.session(), viewer, others)}
        who = [f"{known[one].name} {one}" if one in known else str(one) for one in others]
        words = "%(num)s of those ticked are not of this grid, or the rule is not for them: %(who)s"
        raise InputError(words, "parties", num=len(others), who=_(", ").join(who[:WHO_MAX]))
    return there


def _ticked() -> list[int]:
    found = [number_of(one) for one in request.form.getlist("party")]
    return [one for one in dict.fromkeys(found) if one is not None]


def _place(viewer: Viewer) -> PlaceFilterForm:
    """Return where it was: the grid chosen, or else the first micro-grid of the viewer's."""
    form = PlaceFilterForm.read(
        request.values, lambda **sent: grids.places(viewer, ENTER, PLACES, **sent)
    )
    if not form.path:
        form.grid.data = next((one for one, _name in grids.choices(viewer, ENTER, NEAR)), "")
    return form


def _offer(viewer: Viewer, form: GatheringForm) -> Sequence[Rule]:
    path = _place(viewer).path
    found = queries.rules_on(db.session(), day=clock.today(), grid_paths=[path] if path else [])
    fits = [
        one for one in found if one.sign is Sign.EARN and not operations.is_seen_by_the_house(one)
    ]
    form.rule.choices = [(one.code, f"{one.title} +{one.points}") for one in fits]
    return fits


def _there(viewer: Viewer, form: GatheringForm) -> Sequence[Home]:
    rule = operations.newest_of(db.session(), form.rule.data or "")
    path = _place(viewer).path
    if rule is None or not path:
        return []
    return queries.those_of(db.session(), viewer, grid_path=path, kinds=rule.kind_set)


def _page(
    viewer: Viewer, form: GatheringForm, problem: DomainError | None = None, status: int = 200
) -> Response:
    rules = _offer(viewer, form)
    if rules and form.rule.data not in {one.code for one in rules}:
        form.rule.data = rules[0].code
    there, ticked = _there(viewer, form), set(_ticked())
    elsewhere = sorted(ticked - {one.party.id for one in there})
    return htmx.page_or_partial(
        "points/gathering.html",
        "points/_there.html",
        status,
        form=form,
        rules=rules,
        place=_place(viewer),
        there=there,
        ticked=ticked,
        elsewhere=elsewhere,
        known={one.party.id: one for one in queries.known_of(db.session(), viewer, elsewhere)},
        asks_again=isinstance(problem, operations.AlikeError) or "again" in request.form,
        is_cut=len(there) >= queries.PRESENT_MAX,
        lately=queries.gatherings(db.session(), viewer),
        problem=problem,
    )
