"""Changing the tree: one form a page, each naming its operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, current_viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import operations, queries
from intranet.grids.forms import (
    KIND_LABELS,
    BoundaryForm,
    CloseForm,
    GridForm,
    PlaceForm,
    RenameForm,
    SplitForm,
    version_of,
)
from intranet.grids.models import PARENT_KIND, Grid, GridKind, read_boundary
from intranet.grids.operations import GridPlan
from intranet.grids.views.room import bp, grid_for
from intranet.i18n import _

EDIT = Permission.GRIDS_TREE_EDIT
SEE = Permission.GRIDS_TREE_VIEW


@bp.route("/grids/<code>/new", methods=["GET", "POST"])
def new(code: str) -> ResponseReturnValue:
    """Add a grid below this one."""
    viewer, parent = grid_for(EDIT, code, see=SEE)
    kinds = [kind for kind, above in PARENT_KIND.items() if above is parent.kind]
    wanted = request.args.get("kind")
    kind = next((one for one in kinds if one == wanted), kinds[0] if kinds else None)
    form = GridForm(request.form, kind=kind)
    if request.method == "GET" and kind is not None:
        form.code.data = queries.suggested_code(db.session(), parent, kind)
    form.kind.choices = [(one.value, str(KIND_LABELS[one])) for one in kinds]
    return _page(_("New grid"), parent, form, lambda: _create(viewer, parent, form))


def _standing(code: str) -> tuple[Viewer, Grid]:
    """Return a grid and who may move, split or close it: that is a matter of the one above it."""
    viewer, grid = grid_for(EDIT, code, see=SEE)
    for parent in queries.ancestors(grid)[-1:]:
        require(EDIT, parent)
    return viewer, grid


@bp.route("/grids/<code>/rename", methods=["GET", "POST"])
def rename(code: str) -> ResponseReturnValue:
    """Change a grid's name and number of households."""
    viewer, grid = grid_for(EDIT, code, see=SEE)
    form = RenameForm(request.form, obj=grid)
    return _page(_("Name and size"), grid, form, lambda: _rename(viewer, grid, form))


@bp.route("/grids/<code>/boundary", methods=["GET", "POST"])
def boundary(code: str) -> ResponseReturnValue:
    """Change a grid's boundary."""
    viewer, grid = grid_for(EDIT, code, see=SEE)
    form = BoundaryForm(request.form, boundary=grid.boundary_wgs84, version=grid.version)
    return _page(_("Boundary"), grid, form, lambda: _redraw(viewer, grid, form))


@bp.route("/grids/<code>/place", methods=["GET", "POST"])
def place(code: str) -> ResponseReturnValue:
    """Put a grid and all below it under another parent."""
    viewer, grid = _standing(code)
    above = PARENT_KIND[grid.kind]
    form = PlaceForm(request.form, version=grid.version)
    kinds = [above] if above else []
    parent = _parent_path(grid)
    form.parent.offer(queries.places(viewer, EDIT, kinds, without=parent, **form.parent.sent))
    return _page(_("Move under another grid"), grid, form, lambda: _place(viewer, grid, form))


@bp.route("/grids/<code>/close", methods=["GET", "POST"])
def close(code: str) -> ResponseReturnValue:
    """Close a grid for good."""
    viewer, grid = _standing(code)
    form = CloseForm(request.form, version=grid.version)
    sent = form.successor.sent
    form.successor.offer(queries.places(viewer, EDIT, [grid.kind], without=grid.path, **sent))
    return _page(_("Close the grid"), grid, form, lambda: _close(viewer, grid, form))


@bp.route("/grids/<code>/split", methods=["GET", "POST"])
def split(code: str) -> ResponseReturnValue:
    """Open several grids in place of one."""
    viewer, grid = _standing(code)
    form = SplitForm(request.form, version=grid.version)
    return _page(_("Split the grid"), grid, form, lambda: _split(viewer, grid, form))


def _create(viewer: Viewer, parent: Grid, form: GridForm) -> str:
    return operations.create_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        parent=parent,
        kind=GridKind(form.kind.data),
        plan=GridPlan(form.code.data or "", form.name.data or "", form.households.data or 0),
        address=audit.client_address(),
    ).code


def _rename(viewer: Viewer, grid: Grid, form: RenameForm) -> str:
    operations.rename_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        name=form.name.data or "",
        households=form.households.data or 0,
        version=version_of(form),
        address=audit.client_address(),
    )
    return grid.code


def _redraw(viewer: Viewer, grid: Grid, form: BoundaryForm) -> str:
    text = form.boundary.data or ""
    operations.redraw_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        boundary=read_boundary(text) if text else None,
        version=version_of(form),
        address=audit.client_address(),
    )
    return grid.code


def _place(viewer: Viewer, grid: Grid, form: PlaceForm) -> str:
    parent = queries.grid_by_path(db.session(), form.parent.data)
    if parent is None:
        raise InputError("Choose one of the list", "parent")
    operations.move_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        parent=parent,
        code=form.code.data or "",
        version=version_of(form),
        reason=form.reason.data or "",
        address=audit.client_address(),
    )
    return grid.code


def _close(viewer: Viewer, grid: Grid, form: CloseForm) -> str:
    successor = queries.grid_by_path(db.session(), form.successor.data or "")
    operations.close_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        reason=form.reason.data or "",
        version=version_of(form),
        successor=successor,
        address=audit.client_address(),
    )
    return grid.code


def _split(viewer: Viewer, grid: Grid, form: SplitForm) -> str:
    operations.split_grid(
        db.session(),
        actor=viewer,
        at=clock.now(),
        grid=grid,
        parts=[_part(line) for line in (form.parts.data or "").splitlines() if line.strip()],
        reason=form.reason.data or "",
        version=version_of(form),
        address=audit.client_address(),
    )
    return grid.code


def _part(line: str) -> GridPlan:
    """Read "code, name, households"; a Chinese comma will do as well."""
    cells = [cell.strip() for cell in line.replace("，", ",").split(",")]
    if len(cells) != 3 or not cells[2].isdecimal() or len(cells[2]) > 5:
        raise InputError("Write a line as: code, name, households", "parts")
    return GridPlan(cells[0].replace(".", "").upper(), cells[1], int(cells[2]))


def _page(title: str, grid: Grid, form: Any, act: Callable[[], str]) -> ResponseReturnValue:
    """Show the form, or do the act once and go to the grid's page."""
    problem: DomainError | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                answer = once.submit(current_viewer(), act)
                db.session.commit()
                return htmx.go(url_for("grids.grid", code=answer.object_id))
            except DomainError as error:
                db.session.rollback()
                problem, status = None if form.shows(error) else error, error.status
    if "version" in form and status == 409:
        # What was typed stays; sent again, it goes on top of the grid as it is now.
        form.version.data = grid.version
    page = render_template(
        "grids/form.html", title=title, grid=grid, form=form, problem=problem, post_url=request.path
    )
    return page, status


def _parent_path(grid: Grid) -> str:
    return grid.path[: -len(f"{grid.id}.")]
