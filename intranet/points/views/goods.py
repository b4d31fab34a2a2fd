"""The goods looked after: listed, changed, closed, supplied and counted."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, files, htmx, once, pictures, sheets
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.goods import (
    MOVE_LABELS,
    STOCK_REASON_LABELS,
    CountForm,
    GoodsForm,
    NewGoodsForm,
    SupplyForm,
    goods_form,
    yuan,
)
from intranet.points.models import Goods, StockReason
from intranet.points.operations import StoredPicture
from intranet.points.views.room import bp

MANAGE = Permission.POINTS_GOODS_MANAGE


@bp.get("/points/goods")
def goods() -> str:
    """List the goods and their stock."""
    viewer = require(MANAGE)
    rows = queries.shelf(db.session(), queries.managed(viewer), closed=True)
    return render_template(
        "points/goods.html",
        rows=rows,
        places=grids.labels({row.goods.grid_path for row in rows}),
        yuan=yuan,
        exports={fmt: url_for("points.export_goods", ending=fmt) for fmt in sorted(sheets.FORMATS)},
    )


@bp.get("/points/goods/export.<any(csv, xlsx):ending>")
def export_goods(ending: str) -> Response:
    """Download the goods and their stock."""
    viewer = require(MANAGE)
    rows = queries.shelf(db.session(), queries.managed(viewer), closed=True)
    day = clock.today().isoformat()
    name = _("Goods for points %(day)s", day=day)
    table = sheets.Sheet(_("Goods"), _header(), [_cells(row) for row in rows])
    return sheets.book_response(name, f"goods-{day}", ending, [table])


@bp.get("/points/goods/new")
def new_goods() -> Response:
    """Show the form for goods."""
    return _new_page(require(MANAGE), NewGoodsForm())


@bp.post("/points/goods/new")
def add_goods() -> ResponseReturnValue:
    """List goods, once."""
    viewer = require(MANAGE)
    form = NewGoodsForm(request.form)
    _offer(viewer, form)
    if not form.validate():
        return _new_page(viewer, form, 422)
    try:
        picture = _picture()
        answer = once.submit(viewer, lambda: _add(viewer, form, picture))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_page(viewer, form, error.status, None if form.shows(error) else error)
    flash(_("They are listed; now enter how many there are."))
    return htmx.go(url_for("points.one_goods", goods_id=int(answer.object_id)))


@bp.get("/points/goods/<int:goods_id>")
def one_goods(goods_id: int) -> Response:
    """Show one kind of goods: what is said of them, their stock and how it moved."""
    return _page(require(MANAGE), goods_id)


@bp.post("/points/goods/<int:goods_id>")
def change_goods(goods_id: int) -> ResponseReturnValue:
    """Change what is said of goods, and their picture."""
    viewer, found = _manage(goods_id)
    form = goods_form(found, request.form)
    if not form.validate():
        return _page(viewer, goods_id, form=form, status=422)
    try:
        picture, versioned = _picture(), _versioned(viewer)
        operations.change_goods(db.session(), found, facts=form.facts, picture=picture, **versioned)
    except DomainError as error:
        problem = None if form.shows(error) else error
        return _page(viewer, goods_id, form=form, problem=problem, status=error.status)
    return _done(goods_id, _("Saved."))


@bp.post("/points/goods/<int:goods_id>/state")
def set_goods_state(goods_id: int) -> ResponseReturnValue:
    """Close goods, or offer them again."""
    viewer, found = _manage(goods_id)
    is_opening = request.form.get("to") == "open"
    change = operations.reopen_goods if is_opening else operations.close_goods
    try:
        change(db.session(), found, **_versioned(viewer))
    except DomainError as error:
        return _page(viewer, goods_id, problem=error, status=error.status)
    return _done(goods_id, _("They are offered again.") if is_opening else _("They are closed."))


@bp.post("/points/goods/<int:goods_id>/supply")
def supply_goods(goods_id: int) -> ResponseReturnValue:
    """Enter pieces that came, once."""
    viewer, found = _manage(goods_id)
    form = SupplyForm(request.form)
    if not form.validate():
        return _page(viewer, goods_id, supplying=form, status=422)

    def act() -> int:
        facts = {"pieces": form.pieces.data or 0, **_why(form)}
        return operations.supply(db.session(), found, **facts, **_keyed(viewer, "supply")).id

    try:
        once.submit(viewer, act)
    except DomainError as error:
        problem = None if form.shows(error) else error
        return _page(viewer, goods_id, supplying=form, problem=problem, status=error.status)
    return _done(goods_id, _("Entered."))


@bp.post("/points/goods/<int:goods_id>/count")
def count_goods(goods_id: int) -> ResponseReturnValue:
    """Enter what was counted on the shelf, once."""
    viewer, found = _manage(goods_id)
    form = CountForm(request.form)
    if not form.validate() or form.seen.data is None:
        return _page(viewer, goods_id, counting=form, status=422)

    def act() -> int:
        facts = {"seen": form.seen.data, "counted": form.counted.data, **_why(form)}
        return operations.count_stock(db.session(), found, **facts, **_keyed(viewer, "count"))

    try:
        once.submit(viewer, act)
    except DomainError as error:
        problem = None if form.shows(error) else error
        return _page(viewer, goods_id, counting=form, problem=problem, status=error.status)
    return _done(goods_id, _("Entered."))


@bp.post("/points/goods/<int:goods_id>/words/<int:words_id>/erase")
def erase_stock_words(goods_id: int, words_id: int) -> ResponseReturnValue:
    """Empty what was written beside a supply or a count, once."""
    viewer, found = _manage(goods_id)
    words = queries.words_or_404(db.session(), found, words_id)

    def act() -> str:
        operations.erase_stock_words(db.session(), found, words, **_who(viewer))
        return ""

    try:
        once.submit(viewer, act)
    except DomainError as error:
        return _page(viewer, goods_id, problem=error, status=error.status)
    return _done(goods_id, _("Erased. The number and the reason stay."))


def _why(form: SupplyForm | CountForm) -> dict[str, Any]:
    reason = StockReason(form.reason.data) if form.reason.data else None
    return {"reason": reason, "note": form.note.data or ""}


def _manage(goods_id: int) -> tuple[Viewer, Goods]:
    viewer = require(MANAGE)
    return viewer, queries.goods_or_404(db.session(), queries.managed(viewer), goods_id)


def _picture() -> StoredPicture | None:
    """Store the picture that was sent, before the transaction that is to name it."""
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        return None
    db.session.commit()  # decoding takes a second; nobody is to wait for it
    read = pictures.read(sent.stream)
    sent.stream.seek(0)  # ``once`` has yet to hash it
    return StoredPicture(files.put(read.data, "jpg"), files.put(read.thumbnail, "jpg"))


def _add(viewer: Viewer, form: NewGoodsForm, picture: StoredPicture | None) -> int:
    grid = grids.grid_by_path(db.session(), form.grid_path.data or "")
    assert grid is not None
    made = operations.add_goods(
        db.session(),
        grid=grid,
        sku=form.sku.data or "",
        facts=form.facts,
        picture=picture,
        **_who(viewer),
    )
    return made.id


def _who(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _versioned(viewer: Viewer) -> dict[str, Any]:
    return {**_who(viewer), "version": request.form.get("version", -1, type=int)}


def _keyed(viewer: Viewer, verb: str) -> dict[str, Any]:
    return {**_who(viewer), "key": f"{verb}:{request.form[once.FIELD]}"}


def _done(goods_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return htmx.go(url_for("points.one_goods", goods_id=goods_id))


def _offer(viewer: Viewer, form: NewGoodsForm) -> None:
    places = partial(grids.places, viewer, MANAGE, (GridKind.COMMUNITY,))
    form.grid_path.offer(places(**form.grid_path.sent))


def _new_page(
    viewer: Viewer, form: NewGoodsForm, status: int = 200, problem: DomainError | None = None
) -> Response:
    _offer(viewer, form)
    page = render_template("points/goods_new.html", form=form, problem=problem)
    return make_response(page, status)


def _page(
    viewer: Viewer,
    goods_id: int,
    *,
    form: GoodsForm | None = None,
    supplying: SupplyForm | None = None,
    counting: CountForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    session.rollback()
    found = queries.goods_or_404(session, queries.managed(viewer), goods_id)
    row = queries.on_shelf(session, found)
    form = form or goods_form(found)
    counting = counting or CountForm()
    for field, now in ((form.version, found.version), (counting.seen, row.stock)):
        field.data, field.raw_data = now, None  # whatever was sent
    page = render_template(
        "points/goods_one.html",
        row=row,
        form=form,
        supplying=supplying or SupplyForm(),
        counting=counting,
        moves=queries.stock_moves(session, found),
        move_labels=MOVE_LABELS,
        reason_labels=STOCK_REASON_LABELS,
        place=grids.labels({found.grid_path})[found.grid_path],
        problem=problem,
    )
    return make_response(page, status)


def _header() -> list[str]:
    return [
        _("Code"),
        _("Name of the goods"),
        _("Points for one"),
        _("On the shelf"),
        _("Held"),
        _("Free to redeem"),
        _("Handed out"),
        _("Awarded, not yet collected"),
        _("Cost of one (yuan)"),
        _("Given by"),
        _("At most for one a year"),
        _("State"),
    ]


def _cells(row: queries.OnShelf) -> list[object]:
    one = row.goods
    return [
        one.sku,
        one.title,
        one.points,
        row.stock,
        row.held,
        row.left,
        row.collected,
        row.awaiting,
        Decimal(one.cost_fen) / 100,
        one.sponsor,
        one.year_limit or "",
        _("offered") if one.is_open else _("off the shelf"),
    ]
