"""The store room: goods listed, supplied, counted and exported; what is wrong stands beside."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from PIL import Image
from points.goods_factory import ask, earn, on_shelf, party, put_out, shop  # noqa: F401
from points.goods_in_pages import (  # noqa: F401 — a fixture
    browser,
    chosen,
    confirmed,
    is_whole,
    newest,
    office,
    sent,
    shown_code,
    year,
)
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.points.models import Goods


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "brown").save(out, "JPEG")
    out.seek(0)
    return out, "rice.jpg"


def facts(**more):
    return {"title": "菜油一壶", "points": "60", "year_limit": "2", "cost_fen": "23.50", **more}


def test_goods_are_listed_with_a_picture_supplied_counted_changed_and_closed(app, shop, year):
    desk = office(app, shop)
    place = shop.town.community.path
    form = sent(sku="oil1", grid_path=place, picture=photo(), **facts())
    made = desk.post("/points/goods/new", data=form)
    assert made.status_code == 303
    goods = db.session.scalar(select(Goods).where(Goods.sku == "OIL1"))
    assert (goods.points, goods.cost_fen, goods.year_limit) == (60, 2350, 2)
    url = f"/points/goods/{goods.id}"
    with browser(app, shop.resident).get(f"{url}/picture?size=small") as picture:
        assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
        assert picture.data.startswith(b"\xff\xd8")

    supplied = sent(pieces="12", reason="bought", note="采购，发票118号")
    assert [desk.post(f"{url}/supply", data=supplied).status_code for _ in range(2)] == [303, 303]
    assert on_shelf(goods) == (12, 12, 0)
    page = desk.get(url).text
    assert "采购，发票118号" in page
    late = desk.post(f"{url}/count", data=sent(counted="11", seen="10", reason="broken"))
    assert (late.status_code, "现为 12 件" in late.text) == (409, True)
    assert 'name="seen" type="hidden" value="12"' in late.text
    counted_ = sent(counted="11", seen="12", reason="broken", note="破损一件")
    assert desk.post(f"{url}/count", data=counted_).status_code == 303
    assert on_shelf(goods) == (11, 11, 0)

    changed = facts(version="1", title="菜籽油", sponsor="惠民粮店")
    assert desk.post(url, data=changed).status_code == 303
    stale = desk.post(url, data=changed | {"title": "豆油"})
    assert (stale.status_code, "豆油" in stale.text) == (409, True)
    assert 'value="2"' in re.search(r'<input id="goods-version"[^>]*>', stale.text)[0]
    assert desk.post(f"{url}/state", data={"version": "2", "to": "closed"}).status_code == 303
    assert desk.post(f"{url}/state", data={"version": "3", "to": "closed"}).status_code == 409
    assert "菜籽油" not in browser(app, shop.resident).get("/points/shop").text
    assert desk.post(f"{url}/state", data={"version": "3", "to": "open"}).status_code == 303
    assert is_whole()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("points", "0"), ("points", "很多"), ("cost_fen", "1.234"), ("title", ""), ("sku", "油")],
)
def test_what_is_wrong_with_goods_is_told_beside_the_field(app, shop, field, typed):
    desk = office(app, shop)
    form = sent(**({"sku": "OIL1", "grid_path": shop.town.community.path} | facts()))
    answer = desk.post("/points/goods/new", data=form | {field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert typed in answer.text
    assert db.session.scalar(select(func.count(Goods.id))) == 0


def test_what_is_no_picture_is_told_and_the_rest_stays(app, shop):
    desk = office(app, shop)
    form = sent(sku="OIL1", grid_path=shop.town.community.path, **facts())
    answer = desk.post(
        "/points/goods/new", data=form | {"picture": (io.BytesIO(b"no picture"), "x.jpg")}
    )
    assert answer.status_code == 422
    assert "菜油一壶" in answer.text
    assert db.session.scalar(select(func.count(Goods.id))) == 0


def test_the_goods_are_exported_as_listed(app, shop, year):
    earn(shop, 30, year=year)
    goods = put_out(shop, cost_fen=1999, sponsor="=cmd")
    ask(shop, goods, 2, at=clock.now())
    db.session.commit()
    desk = office(app, shop)
    with zipfile.ZipFile(io.BytesIO(desk.get("/points/goods/export.xlsx").data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    numbers = re.findall(r"<c r=\"[C-I]2\"><v>([\d.]+)</v>", sheet)
    assert numbers == ["10", "5", "2", "3", "0", "0", "19.99"]
    lines = list(csv.reader(io.StringIO(desk.get("/points/goods/export.csv").text)))
    assert lines[-1][:7] == ["RICE5", "大米五斤", "10", "5", "2", "3", "0"]
    assert lines[-1][7:10] == ["0", "19.99", "'=cmd"]
