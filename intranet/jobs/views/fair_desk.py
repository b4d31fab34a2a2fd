"""The station's side of a fair: booths, interviews, results, figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet import audit, clock, htmx, once, sheets
from intranet.access import Viewer
from intranet.db import apart, db
from intranet.errors import DomainError
from intranet.forms import Form
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.fairs import BoothForm, BoothPostsForm, ResultForm, SlotsForm
from intranet.jobs.models import Booth, Company, Fair, FairVerb, InterviewSlot
from intranet.jobs.queries import fair_people as people
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.acting import number_of, version_sent, who
from intranet.jobs.views.fairs import managed, moves_of
from intranet.jobs.views.room import bp

VERBS = tuple(one.value for one in FairVerb)


@bp.get("/jobs/fairs/<int:fair_id>/desk")
def fair_desk(fair_id: int) -> Response:
    """Show a fair to who runs it."""
    viewer, found = managed(fair_id)
    return _desk(viewer, found)


@bp.post(f"/jobs/fairs/<int:fair_id>/<any({', '.join(VERBS)}):verb>")
def move_fair(fair_id: int, verb: str) -> ResponseReturnValue:
    """Open the doors, close them, or call the fair off."""
    viewer, found = managed(fair_id)
    act = partial(operations.move_fair, verb=FairVerb(verb), version=version_sent())
    return _do(viewer, found, partial(act, fair=found), _desk_to(found), _desk)


@bp.post("/jobs/fairs/<int:fair_id>/booths")
def add_booth(fair_id: int) -> ResponseReturnValue:
    """Give a company a booth."""
    viewer, found = managed(fair_id)
    form = BoothForm(request.form)
    _offer_companies(found, form)
    page = partial(_desk, form=form)
    if not form.validate():
        return page(viewer, found, status=422)
    company = db.session.get(Company, number_of(form.company.data or ""))
    act = partial(operations.add_booth, fair=found, company=company, number=form.number.data)
    return _do(viewer, found, act, _desk_to(found), page)


@bp.get("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>")
def fair_booth(fair_id: int, booth_id: int) -> Response:
    """Show a booth: posts, interviews, results."""
    viewer, found = managed(fair_id)
    booth, _name = queries.booth_or_404(db.session(), found, booth_id)
    return _booth_page(viewer, found, booth_id=booth.id)


@bp.post("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>/posts")
def choose_posts(fair_id: int, booth_id: int) -> ResponseReturnValue:
    """Choose which posts a company brings."""
    viewer, found, booth = _at(fair_id, booth_id)
    form = BoothPostsForm(request.form)
    _offer_posts(booth, form)
    act = partial(operations.choose_posts, version=form.turn)
    return _on_booth(viewer, found, booth, form, lambda: partial(act, post_ids=form.ids))


@bp.post("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>/slots")
def add_slots(fair_id: int, booth_id: int) -> ResponseReturnValue:
    """Plan interviews at a booth."""
    viewer, found, booth = _at(fair_id, booth_id)
    form = SlotsForm(request.form)
    return _on_booth(viewer, found, booth, form, lambda: partial(operations.add_slots, **form.data))


@bp.post("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>/slots/<int:slot_id>/remove")
def remove_slot(fair_id: int, booth_id: int, slot_id: int) -> ResponseReturnValue:
    """Take an interview away that nobody is booked for."""
    viewer, found, booth = _at(fair_id, booth_id)
    slot = db.session.get(InterviewSlot, slot_id)
    if slot is None and once.was_answered(viewer):
        return htmx.go(_booth_to(found, booth))
    slot = queries.slot_or_404(db.session(), booth, slot_id)
    return _on_booth(viewer, found, booth, None, lambda: partial(operations.remove_slot, slot=slot))


@bp.post("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>/result")
def enter_result(fair_id: int, booth_id: int) -> ResponseReturnValue:
    """Write down what a company counted."""
    viewer, found, booth = _at(fair_id, booth_id)
    form = ResultForm(request.form)
    act = partial(operations.enter_result, version=form.turn)
    return _on_booth(viewer, found, booth, form, lambda: partial(act, result=form.result))


@bp.post("/jobs/fairs/<int:fair_id>/booths/<int:booth_id>/remove")
def remove_booth(fair_id: int, booth_id: int) -> ResponseReturnValue:
    """Take a booth away before anything happened at it."""
    viewer, found = managed(fair_id)
    if db.session.get(Booth, booth_id) is None and once.was_answered(viewer):
        return htmx.go(_desk_to(found))
    booth, _name = queries.booth_or_404(db.session(), found, booth_id)
    act = partial(operations.remove_booth, fair=found, booth=booth, version=version_sent())
    page = partial(_booth_page, booth_id=booth_id)
    return _do(viewer, found, act, _desk_to(found), page)


@bp.get("/jobs/fairs/<int:fair_id>/figures.xlsx")
def fair_figures(fair_id: int) -> Response:
    """Give the figures of a fair as a workbook; who took it stands on the trail."""
    viewer, found = managed(fair_id)
    tables = _tables(people.figures(db.session(), found))
    _note_export(viewer, found)
    return sheets.book_response(found.title, f"fair-{fair_id}", "xlsx", tables)


def _note_export(viewer: Viewer, fair: Fair) -> None:
    with apart() as session:
        audit.record(
            session,
            action="jobs:fair:export",
            object_kind="fair",
            object_id=fair.id,
            grid_path=fair.grid_path,
            **who(viewer),
        )


def _at(fair_id: int, booth_id: int) -> tuple[Viewer, Fair, Booth]:
    viewer, found = managed(fair_id)
    return viewer, found, queries.booth_or_404(db.session(), found, booth_id)[0]


def _do(
    viewer: Viewer,
    fair: Fair,
    act: Callable[..., Any],
    where: str,
    page: Callable[..., Response],
) -> ResponseReturnValue:
    """Do it once, commit and lead on; what is refused is shown on its page as it stands."""
    fair_id = fair.id

    def done() -> int:
        act(db.session(), **who(viewer))
        return fair_id

    try:
        once.submit(viewer, done)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.managed_fair_or_404(db.session(), viewer, fair_id)
        return page(viewer, again, problem=error, status=error.status)
    flash(_("It was noted."))
    return htmx.go(where)


def _on_booth(
    viewer: Viewer,
    fair: Fair,
    booth: Booth,
    form: Form | None,
    act: Callable[[], Callable[..., object]],
) -> ResponseReturnValue:
    page = partial(_booth_page, booth_id=booth.id, form=form)
    if form is not None and not form.validate():
        return page(viewer, fair, status=422)
    done = partial(act(), fair=fair, booth=booth)
    return _do(viewer, fair, done, _booth_to(fair, booth), page)


def _desk(
    viewer: Viewer,
    fair: Fair,
    *,
    form: BoothForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    problem = _beside(form, problem)
    form = form or BoothForm(formdata=None)
    _offer_companies(fair, form)
    page = render_template(
        "jobs/fair_desk.html",
        fair=fair,
        form=form,
        moves=moves_of(fair),
        rows=queries.booths(session, fair, day=clock.today()),
        figures=people.figures(session, fair),
        left=people.left_without(session, viewer, fair),
        problem=problem,
    )
    return make_response(page, status)


def _booth_page(
    viewer: Viewer,
    fair: Fair,
    *,
    booth_id: int,
    form: Form | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    del viewer
    session, problem = db.session(), _beside(form, problem)
    booth, name = queries.booth_or_404(session, fair, booth_id)
    posts = form if isinstance(form, BoothPostsForm) else BoothPostsForm(formdata=None)
    ticked = _offer_posts(booth, posts)
    if posts is not form:
        posts.posts.data = [str(one) for one in sorted(ticked)]
    slots = form if isinstance(form, SlotsForm) else SlotsForm(formdata=None, data=_usual(fair))
    result = form if isinstance(form, ResultForm) else ResultForm(formdata=None, obj=booth)
    for one in (posts, result):
        one.version.data, one.version.raw_data = booth.version, None
    page = render_template(
        "jobs/fair_booth.html",
        fair=fair,
        booth=booth,
        name=name,
        posts=posts,
        slots=slots,
        result=result,
        rows=queries.slots(session, fair, booth),
        problem=problem,
    )
    return make_response(page, status)


def _beside(form: Form | None, problem: DomainError | None) -> DomainError | None:
    """Put what is wrong beside its field; return what has none."""
    return None if form is not None and problem and form.shows(problem) else problem


def _usual(fair: Fair) -> dict[str, int]:
    return {"from_minute": fair.from_minute + 30, "minutes": 15, "places": 1, "rounds": 4}


def _offer_companies(fair: Fair, form: BoothForm) -> None:
    found = queries.companies_without_booth(db.session(), fair)
    form.company.choices = [("", _("Choose a company")), *((str(one), name) for one, name in found)]


def _offer_posts(booth: Booth, form: BoothPostsForm) -> set[int]:
    """Offer the live posts of a booth's company; return which of them are brought."""
    live, brought = queries.live_posts_of(db.session(), booth)
    form.posts.choices = [SelectChoice(str(one.id), one.title) for one in live]
    return brought & {one.id for one in live}


def _desk_to(fair: Fair) -> str:
    return url_for("jobs.fair_desk", fair_id=fair.id)


def _booth_to(fair: Fair, booth: Booth) -> str:
    return url_for("jobs.fair_booth", fair_id=fair.id, booth_id=booth.id)


def _tables(found: people.Figures) -> list[sheets.Sheet]:
    whole = [
        [_("Companies"), len(found.booths)],
        [_("Posts brought"), found.total("posts")],
        [_("Passes handed out"), found.passes],
        [_("Came with a pass"), found.checked_in],
        [_("Came without a pass"), found.walk_ins],
        [_("Interviews booked"), found.total("interviews")],
        [_("People spoken to"), found.total("visitors")],
        [_("Came to an understanding"), found.total("intentions")],
        [_("Offered work on the spot"), found.total("offers")],
        [_("Referrals from the fair"), found.total("referrals")],
        [_("Placed from the fair"), found.total("placements")],
    ]
    header = [
        _("Booth"),
        _("Company"),
        _("Posts brought"),
        _("Interviews booked"),
        _("People spoken to"),
        _("Came to an understanding"),
        _("Offered work on the spot"),
        _("Referrals from the fair"),
        _("Placed from the fair"),
    ]
    rows = [
        [
            one.number,
            one.company,
            one.posts,
            one.interviews,
            *("" if told is None else told for told in (one.visitors, one.intentions, one.offers)),
            one.referrals,
            one.placements,
        ]
        for one in found.booths
    ]
    return [
        sheets.Sheet(_("The whole fair"), [_("Figure"), _("Value")], whole),
        sheets.Sheet(_("By booth"), header, rows),
    ]
