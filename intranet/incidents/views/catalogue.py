"""The list of matters: what may be reported, and how it is dealt with."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once, sheets
from intranet.access import Permission, Viewer, require
from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _, _n
from intranet.incidents import operations, queries
from intranet.incidents.forms import (
    URGENCY_LABELS,
    ClassForm,
    CloseMatterForm,
    NewClassForm,
    NewMatterForm,
    form_of,
)
from intranet.incidents.models import Category, Urgency
from intranet.incidents.queries import Listed, MatterFilter, MatterRow
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE


@bp.get("/incidents/catalogue")
def catalogue() -> Response:
    """Show the matters by class, as filtered."""
    require(MANAGE)
    return _page()


@bp.post("/incidents/catalogue/standard")
def install_standard() -> ResponseReturnValue:
    """Enter the standard list where there is none."""
    viewer = require(MANAGE)
    try:
        operations.install_standard(db.session(), actor=viewer, at=clock.now())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(error)
    return htmx.go(url_for("incidents.catalogue"))


@bp.get("/incidents/catalogue/export.<fmt>")
def export_catalogue(fmt: str) -> Response:
    """Download the matters as filtered."""
    require(MANAGE)
    if fmt not in sheets.FORMATS:
        abort(404)
    day = clock.now().astimezone(BEIJING).strftime("%Y-%m-%d")
    classes = queries.matter_classes(db.session(), _filter(), today=clock.today())
    rows = [_cells(row, one.head) for one in classes for row in one.below]
    name = _("List of matters %(day)s", day=day)
    return sheets.sheet_response(name, f"matters-{day}", fmt, _header(), rows)


@bp.get("/incidents/catalogue/new")
def new_matter() -> Response:
    """Show the form for a matter below ``parent``, or for a class."""
    require(MANAGE)
    return _new_page(_parent(request.args.get("parent", "")))


@bp.post("/incidents/catalogue/new")
def add_matter() -> ResponseReturnValue:
    """Admit a matter or a class."""
    viewer = require(MANAGE)
    parent = _parent(request.form.get("parent", ""))
    form = NewMatterForm(request.form) if parent else NewClassForm(request.form)
    if not form.validate():
        return _new_page(parent, form, 422)
    try:
        answer = once.submit(viewer, lambda: _admit(viewer, parent, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_page(parent, form, error.status, None if form.shows(error) else error)
    flash(_("It is on the list."))
    return htmx.go(url_for("incidents.matter", category_id=int(answer.object_id)))


@bp.get("/incidents/catalogue/<int:category_id>")
def matter(category_id: int) -> Response:
    """Show one matter or class, to be changed, closed or opened again."""
    require(MANAGE)
    return _matter_page(category_id)


@bp.post("/incidents/catalogue/<int:category_id>")
def change_matter(category_id: int) -> ResponseReturnValue:
    """Change a matter's texts and ways."""
    viewer = require(MANAGE)
    category = queries.category_or_404(db.session(), category_id)
    form = form_of(category, request.form)
    if not form.validate():
        return _matter_page(category_id, form, status=422)
    try:
        operations.change_category(
            db.session(), category=category, matter=form.matter, **_act(viewer, form)
        )
    except DomainError as error:
        kept = form if form.shows(error) else None
        return _matter_page(category_id, kept, None if kept else error, error.status)
    return _done(category_id, _("Saved."))


@bp.post("/incidents/catalogue/<int:category_id>/close")
def close_matter(category_id: int) -> ResponseReturnValue:
    """Take a matter off the list from a day; what is open of it goes on."""
    viewer = require(MANAGE)
    category = queries.category_or_404(db.session(), category_id)
    form = CloseMatterForm(request.form)
    if not form.validate():
        return _matter_page(category_id, closing=form, status=422)
    try:
        still = operations.close_category(
            db.session(), category=category, closed_on=form.closed_on.data, **_act(viewer, form)
        )
    except DomainError as error:
        shown = form if form.shows(error) else None
        return _matter_page(category_id, None, None if shown else error, error.status, shown)
    words = _n(
        "Off the list; %(num)d open incident goes on.",
        "Off the list; %(num)d open incidents go on.",
        still,
    )
    return _done(category_id, words)


@bp.post("/incidents/catalogue/<int:category_id>/reopen")
def reopen_matter(category_id: int) -> ResponseReturnValue:
    """Put a matter on the list again."""
    viewer = require(MANAGE)
    category = queries.category_or_404(db.session(), category_id)
    form = ClassForm(request.form)
    try:
        operations.reopen_category(db.session(), category=category, **_act(viewer, form))
    except DomainError as error:
        return _matter_page(category_id, error=error, status=error.status)
    return _done(category_id, _("It is on the list."))


def _admit(viewer: Viewer, parent: Category | None, form: NewClassForm | NewMatterForm) -> int:
    made = operations.add_category(
        db.session(),
        actor=viewer,
        at=clock.now(),
        parent=parent,
        matter=form.matter,
        code=form.code.data or "",
        closed_on=form.closed_on.data,
        address=audit.client_address(),
    )
    return made.id


def _act(viewer: Viewer, form: ClassForm | CloseMatterForm) -> dict[str, Any]:
    version = form.version.data
    return {
        "actor": viewer,
        "at": clock.now(),
        "version": version if isinstance(version, int) else -1,
        "address": audit.client_address(),
    }


def _done(category_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return htmx.go(url_for("incidents.matter", category_id=category_id))


def _page(problem: DomainError | None = None) -> Response:
    wanted = _filter()
    listed = queries.categories(db.session(), closed=True)
    classes = queries.matter_classes(db.session(), wanted, today=clock.today())
    urls = {
        fmt: url_for("incidents.export_catalogue", fmt=fmt, **_args()) for fmt in sheets.FORMATS
    }
    page = render_template(
        "incidents/catalogue.html",
        classes=classes,
        is_empty=not listed,
        wanted=wanted,
        exports=urls,
        today=clock.today(),
        printed_at=clock.now(),
        problem=problem,
    )
    return make_response(page, problem.status if problem else 200)


def _new_page(
    parent: Category | None,
    form: NewClassForm | NewMatterForm | None = None,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    if form is None:
        form = NewMatterForm() if parent else NewClassForm()
        form.opened_on.data = clock.today()
        form.code.data = operations.suggested_code(db.session(), parent)
    page = render_template("incidents/matter_new.html", form=form, parent=parent, problem=problem)
    return make_response(page, status)


def _matter_page(
    category_id: int,
    form: ClassForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
    closing: CloseMatterForm | None = None,
) -> Response:
    db.session.rollback()
    category = queries.category_or_404(db.session(), category_id)
    if closing is None:
        closing = CloseMatterForm(data={"closed_on": clock.today()})
    page = render_template(
        "incidents/matter.html",
        category=category,
        parent=db.session.get(Category, category.parent_id) if category.parent_id else None,
        form=form or form_of(category),
        closing=closing,
        open_count=operations.open_under(db.session(), category),
        today=clock.today(),
        problem=error,
    )
    return make_response(page, status)


def _parent(number: str) -> Category | None:
    """Return the class named; 404 for one that is none."""
    if not number:
        return None
    if not number.isdecimal() or len(number) > 9:
        abort(404)
    found = queries.category_or_404(db.session(), int(number))
    return found if found.parent_id is None else abort(404)


def _filter() -> MatterFilter:
    urgency, listed = request.args.get("urgency", ""), request.args.get("listed", "")
    return MatterFilter(
        text=request.args.get("q", "").replace("\0", "").strip()[:40],
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
        listed=Listed(listed) if listed in set(Listed) else Listed.NOW,
    )


def _args() -> dict[str, Any]:
    return {name: request.args.get(name, "")[:40] for name in ("q", "urgency", "listed")}


def _header() -> list[str]:
    return [
        _("Code"),
        _("Class"),
        _("Matter"),
        _("Other words for it"),
        _("Usual urgency"),
        _("Who is responsible"),
        _("What the reporter may expect"),
        _("Checklist"),
        _("Closing it needs a photo of the result"),
        _("Published by Open311"),
        _("On the list from"),
        _("Off the list from"),
        _("Open incidents"),
    ]


def _cells(row: MatterRow, head: MatterRow) -> list[object]:
    one = row.category
    return [
        one.code,
        head.category.name,
        one.name,
        one.keywords,
        str(URGENCY_LABELS[one.urgency]),
        one.owner,
        one.promise,
        one.checklist,
        _("Yes") if one.needs_photo else _("No"),
        _("Yes") if one.is_public else _("No"),
        one.opened_on.isoformat(),
        one.closed_on.isoformat() if one.closed_on else "",
        row.open_count,
    ]
