"""Checklists: the list of them, and the page on which one is made, changed, copied or retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import FREQUENCY_LABELS, CopyForm, PlanForm
from intranet.incidents.models import Frequency, PatrolPlan
from intranet.incidents.operations import PLAN_KINDS, Checklist, Item
from intranet.incidents.views.room import bp, category_choices

PLAN = Permission.INCIDENTS_PATROL_PLAN
BLANK_ROWS, MORE_ROWS = 2, 5


@bp.get("/incidents/patrols/plans")
def patrol_plans() -> Response:
    """Show the checklists of one's area, in use or not."""
    viewer = require(PLAN)
    session = db.session()
    narrowed = PlaceFilterForm.read(
        request.args, lambda **sent: grids.places(viewer, PLAN, FILTER_KINDS, **sent)
    )
    retired = request.args.get("retired") == "y"
    rows = queries.plan_rows(session, viewer, grid_path=narrowed.path, retired=retired)
    return make_response(
        render_template(
            "incidents/patrol_plans.html",
            rows=rows,
            retired=retired,
            narrowed=narrowed,
            places=grids.labels({one.plan.grid_path for one in rows}),
            frequency_labels=FREQUENCY_LABELS,
            templates=operations.STANDARD_PLANS,
        )
    )


@bp.route("/incidents/patrols/plans/new", methods=["GET", "POST"])
def patrol_plan_new() -> ResponseReturnValue:
    """Make a checklist, from nothing or from one of the house's."""
    viewer = require(PLAN)
    form = _form(viewer)
    if request.method == "GET":
        _fill_from_standard(form, request.args.get("template", ""))
    return _edit(viewer, form, None, lambda: _add(viewer, form))


@bp.route("/incidents/patrols/plans/<int:plan_id>", methods=["GET", "POST"])
def patrol_plan(plan_id: int) -> ResponseReturnValue:
    """Change a checklist."""
    viewer, plan = _plan(plan_id)
    form = _form(viewer, plan)
    if request.method == "GET":
        _fill(form, plan)
    return _edit(viewer, form, plan, lambda: _change(viewer, plan, form))


@bp.post("/incidents/patrols/plans/<int:plan_id>/<any(retire, restore):verb>")
def patrol_plan_retire(plan_id: int, verb: str) -> ResponseReturnValue:
    """Take a checklist out of use, or back into it."""
    viewer, plan = _plan(plan_id)
    version = request.form.get("version", 0, type=int)
    back = verb == "restore"
    return _press(viewer, plan, lambda: _retire(viewer, plan, version, back=back))


@bp.post("/incidents/patrols/plans/<int:plan_id>/copy")
def patrol_plan_copy(plan_id: int) -> ResponseReturnValue:
    """Make the same checklist for another grid."""
    viewer, plan = _plan(plan_id)
    form = _copy_form(viewer, plan)
    if not form.validate():
        return _page(viewer, _filled(viewer, plan), plan, copying=form, status=422)
    return _press(viewer, plan, lambda: _copy(viewer, plan, form), copying=form)


def _plan(plan_id: int) -> tuple[Viewer, PatrolPlan]:
    viewer = require(PLAN)
    plan = queries.plan_or_404(db.session(), viewer, plan_id, PLAN)
    return viewer, plan


def _form(viewer: Viewer, plan: PatrolPlan | None = None) -> PlanForm:
    given = request.form if request.method == "POST" else None
    form = PlanForm(given, matters=category_choices())
    current = plan.grid_path if plan else ""
    if plan is not None:
        form.grid.data, form.grid.typed = current, ""
    sent = form.grid.sent if given is not None else {"code": request.args.get("grid", "")}
    form.grid.offer(grids.places(viewer, PLAN, PLAN_KINDS, current=current, **sent))
    return form


def _copy_form(viewer: Viewer, plan: PatrolPlan) -> CopyForm:
    form = CopyForm(request.form if request.endpoint == "incidents.patrol_plan_copy" else None)
    here = plan.grid_path
    form.grid.offer(grids.places(viewer, PLAN, PLAN_KINDS, without=here, **form.grid.sent))
    return form


def _fill(form: PlanForm, plan: PatrolPlan) -> None:
    form.name.data, form.frequency.data = plan.name, plan.frequency.value
    form.version.data = plan.version
    for item in queries.items_of(db.session(), plan):
        form.items.append_entry(
            {
                "position": item.position,
                "words": item.words,
                "place": item.place,
                "category": str(item.category_id),
                "is_optional": item.is_optional,
            }
        )
    _blank(form, BLANK_ROWS)


def _filled(viewer: Viewer, plan: PatrolPlan) -> PlanForm:
    """Return the form of a checklist as it stands, whatever was sent."""
    form = PlanForm(None, matters=category_choices())
    form.grid.data = plan.grid_path
    form.grid.offer(grids.places(viewer, PLAN, PLAN_KINDS, current=plan.grid_path))
    _fill(form, plan)
    return form


def _fill_from_standard(form: PlanForm, key: str) -> None:
    standard = operations.standard_plan(key)
    listed = {one.name: str(one.id) for one in queries.categories(db.session()) if one.parent_id}
    if standard is not None:
        form.name.data, form.frequency.data = standard.name, standard.frequency.value
        for number, item in enumerate(standard.items, 1):
            form.items.append_entry(
                {
                    "position": number,
                    "words": item.words,
                    "place": item.place,
                    "category": listed.get(item.category, ""),
                    "is_optional": item.is_optional,
                }
            )
    _blank(form, BLANK_ROWS if standard else MORE_ROWS)


def _blank(form: PlanForm, rows: int) -> None:
    for _row in range(rows):
        if len(form.items) < (form.items.max_entries or 0):
            form.items.append_entry({"position": len(form.items) + 1})
    form.offer_matters()


def _edit(
    viewer: Viewer, form: PlanForm, plan: PatrolPlan | None, act: Callable[[], PatrolPlan]
) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(viewer, form, plan)
    if "more" in request.form:
        _blank(form, MORE_ROWS)
        return _page(viewer, form, plan)
    if not form.validate():
        return _page(viewer, form, plan, status=422)
    return _press(viewer, plan, act, form=form)


def _press(
    viewer: Viewer,
    plan: PatrolPlan | None,
    act: Callable[[], PatrolPlan],
    *,
    form: PlanForm | None = None,
    copying: CopyForm | None = None,
) -> ResponseReturnValue:
    """Do it once and lead to the checklist; a refusal shows the form with what was typed."""
    try:
        answer = once.submit(viewer, lambda: act().id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if plan is not None:
            db.session.refresh(plan)
        shown = form or copying
        beside = shown is not None and shown.shows(error)
        if form is not None and plan is not None and error.status == 409:
            form.version.data = plan.version
        return _page(
            viewer,
            form or _filled(viewer, plan or PatrolPlan()),
            plan,
            copying=copying,
            problem=None if beside else error,
            status=error.status,
        )
    return htmx.go(url_for("incidents.patrol_plan", plan_id=int(answer.object_id), done="y"))


def _content(form: PlanForm) -> Checklist:
    session = db.session()
    rows = [form.items[number].form for number in form.kept()]
    matters = {str(one.id): one for one in queries.categories(session) if one.parent_id}
    return Checklist(
        form.name.data or "",
        Frequency(form.frequency.data),
        [
            Item(
                row.words.data or "",
                row.place.data or "",
                matters.get(row.category.data or ""),
                bool(row.is_optional.data),
            )
            for row in rows
        ],
    )


def _add(viewer: Viewer, form: PlanForm) -> PatrolPlan:
    grid = grids.grid_by_path(db.session(), form.grid.data or "")
    assert grid is not None
    return operations.add_plan(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        content=_content(form),
        address=audit.client_address(),
    )


def _change(viewer: Viewer, plan: PatrolPlan, form: PlanForm) -> PatrolPlan:
    return operations.change_plan(
        db.session(),
        actor=viewer,
        at=clock.now(),
        plan=plan,
        version=form.version.data or 0,
        content=_content(form),
        address=audit.client_address(),
    )


def _retire(viewer: Viewer, plan: PatrolPlan, version: int, *, back: bool) -> PatrolPlan:
    return operations.retire_plan(
        db.session(),
        actor=viewer,
        at=clock.now(),
        plan=plan,
        version=version,
        back=back,
        address=audit.client_address(),
    )


def _copy(viewer: Viewer, plan: PatrolPlan, form: CopyForm) -> PatrolPlan:
    grid = grids.grid_by_path(db.session(), form.grid.data or "")
    assert grid is not None
    return operations.copy_plan(
        db.session(),
        actor=viewer,
        at=clock.now(),
        plan=plan,
        grid=grid,
        address=audit.client_address(),
    )


def _page(
    viewer: Viewer,
    form: PlanForm,
    plan: PatrolPlan | None,
    *,
    copying: CopyForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    facts: dict[str, Any] = {}
    if plan is not None:
        copied = copying or _copy_form(viewer, plan)
        facts = {"copying": copied, "place": grids.labels({plan.grid_path})[plan.grid_path]}
        facts["items"] = queries.items_of(db.session(), plan) if status == 409 else []
    return make_response(
        render_template(
            "incidents/patrol_plan.html",
            form=form,
            plan=plan,
            problem=problem,
            title=plan.name if plan else _("New checklist"),
            done=request.args.get("done") == "y" and status == 200,
            frequency_labels=FREQUENCY_LABELS,
            **facts,
        ),
        status,
    )
