"""The shop and the desk as people use them: nothing twice, nothing of others'."""

from __future__ import annotations

import re

from counting import counted
from factories import create_grid
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
from points.points_factory import balance
from sqlalchemy import func, select, text

from intranet import clock
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.points import operations
from intranet.points.models import Handing, Redemption, RedemptionState
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party


def test_a_resident_redeems_shows_the_code_and_it_is_handed_over(app, shop, year):
    earn(shop, 25, year=year)
    goods = put_out(shop, words="本地新米", sponsor="惠民粮店")
    client = browser(app, shop.resident)
    page = client.get("/points/shop").text
    assert all(words in page for words in ("大米五斤", "本地新米", "惠民粮店提供", "还有 5 件"))

    confirm = client.get(f"/points/shop/{goods.id}").text
    assert "现有 25 分，兑换一件后余 15 分" in confirm
    done = client.post(
        f"/points/shop/{goods.id}", data=confirmed(goods, quantity="2", party=shop.household.id)
    )
    assert done.status_code == 303
    assert balance(shop.books, year=year) == (25, 5)
    mine = client.get("/points/shop")
    code = shown_code(mine)

    desk = office(app, shop)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)  # １２３４５６
    assert "领取码正确" in desk.post("/points/desk", data={"code": wide}).text
    found = desk.post("/points/desk", data={"code": f"{code[:3]} {code[3:]}"})
    assert found.status_code == 200
    assert "领取码正确" in found.text
    handed = desk.post(f"/points/desk/{newest().id}/hand", data=sent(code=code))
    assert handed.status_code == 303
    assert newest().state is RedemptionState.COLLECTED
    assert balance(shop.books, year=year) == (5, 5)
    after = client.get("/points/shop").text
    assert code not in after.replace(" ", "")
    assert "已领取" in after
    again = desk.post(f"/points/desk/{newest().id}/hand", data=sent(code=code, reason="再次"))
    assert again.status_code == 409
    assert "已办结" in again.text
    assert is_whole()


def test_a_double_click_is_one_hold(app, shop, year):
    earn(shop, 50, year=year)
    goods = put_out(shop)
    client = browser(app, shop.resident)
    form = confirmed(goods, quantity="1", party=shop.household.id)
    answers = [client.post(f"/points/shop/{goods.id}", data=form).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert on_shelf(goods) == (5, 4, 0)


def test_what_is_not_there_is_told_and_nothing_typed_is_lost(app, shop, year):
    earn(shop, 15, year=year)
    goods = put_out(shop, pieces=1)
    client = browser(app, shop.resident)
    url, who = f"/points/shop/{goods.id}", shop.household.id
    short = client.post(url, data=confirmed(goods, quantity="2", party=who))
    assert short.status_code == 409
    assert "该物品还有 1 件，申请了 2 件" in short.text
    assert 'value="2"' in short.text
    dear = put_out(shop, "OIL5", points=16)
    poor = client.post(f"/points/shop/{dear.id}", data=confirmed(dear, quantity="1", party=who))
    assert (poor.status_code, "现有 15 分，需要 16 分" in poor.text) == (409, True)
    assert "还差 1 分" in client.get("/points/shop").text
    for quantity in ("", "0", "很多"):
        wrong = client.post(url, data=confirmed(goods, quantity=quantity, party=who))
        assert wrong.status_code == 422, quantity
        assert 'aria-invalid="true"' in wrong.text
    assert db.session.scalar(select(func.count(Redemption.id))) == 0


def test_whoever_has_too_few_points_is_told_so_and_has_nothing_to_press(app, shop, year):
    goods = put_out(shop)
    client = browser(app, shop.resident)
    page = client.get(f"/points/shop/{goods.id}").text
    assert "现有 0 分，兑换一件还差 10 分" in page
    assert "兑换一件后余" not in page
    assert f'action="/points/shop/{goods.id}"' not in page
    earn(shop, 10, year=year)
    page = client.get(f"/points/shop/{goods.id}").text
    assert "现有 10 分，兑换一件后余 0 分" in page
    assert f'action="/points/shop/{goods.id}"' in page


def test_nobody_redeems_with_others_points_or_lets_go_what_is_theirs(app, shop, year):
    earn(shop, 50, year=year)
    goods = put_out(shop)
    neighbour = browser(app, shop.neighbour)
    stolen = neighbour.post(
        f"/points/shop/{goods.id}", data=confirmed(goods, quantity="1", party=shop.household.id)
    )
    assert stolen.status_code == 422
    held = ask(shop, goods, at=clock.now())
    db.session.commit()
    assert neighbour.post(f"/points/redemptions/{held.id}/release").status_code == 404
    own = browser(app, shop.resident)
    url = f"/points/redemptions/{held.id}/release"
    form = sent()
    assert [own.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    twice = own.post(url, data=sent())
    assert (twice.status_code, "已办结" in twice.text) == (409, True)
    assert balance(shop.books, year=year) == (50, 50)


def test_goods_of_another_community_are_not_there(app, shop, year):
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", shop.town.town)
    micro = create_grid(GridKind.MICRO, "邻村一", "510115101002010001", other)
    theirs = put_out(shop, "OIL1", grid=other)
    stranger = party(PartyKind.HOUSEHOLD, micro.path)
    earn(shop, 30, party=stranger.id, year=year)
    held = ask(shop, theirs, party=stranger, at=clock.now())
    db.session.commit()
    resident, desk = browser(app, shop.resident), office(app, shop)
    assert "OIL1" not in resident.get("/points/shop").text
    form = sent(quantity="1", party=shop.household.id)
    for method, url, data in (
        ("get", f"/points/shop/{theirs.id}", None),
        ("post", f"/points/shop/{theirs.id}", form),
        ("get", f"/points/goods/{theirs.id}/picture", None),
    ):
        assert getattr(resident, method)(url, data=data).status_code == 404, url
    for method, url in (
        ("get", f"/points/goods/{theirs.id}"),
        ("post", f"/points/goods/{theirs.id}"),
        ("post", f"/points/goods/{theirs.id}/supply"),
        ("post", f"/points/goods/{theirs.id}/count"),
        ("post", f"/points/goods/{theirs.id}/state"),
        ("get", f"/points/desk/{held.id}"),
        ("post", f"/points/desk/{held.id}/hand"),
        ("post", f"/points/desk/{held.id}/release"),
        ("get", f"/points/desk/party/{stranger.id}"),
        ("post", f"/points/desk/party/{stranger.id}"),
    ):
        assert getattr(desk, method)(url).status_code == 404, url
    code = operations.code_of(held)
    assert "没有这个领取码" in desk.post("/points/desk", data={"code": code}).text
    assert "OIL1" not in desk.get("/points/goods").text


def test_wrong_codes_are_counted_and_then_the_desk_waits(app, shop, year):
    earn(shop, 30, year=year)
    held = ask(shop, put_out(shop), at=clock.now())
    db.session.commit()
    code = operations.code_of(held)
    wrong = "000000" if code != "000000" else "000001"
    desk = office(app, shop)
    assert desk.post("/points/desk", data={"code": "12345"}).status_code == 422
    for _ in range(10):
        assert desk.post("/points/desk", data={"code": wrong}).status_code == 422
    shut = desk.post("/points/desk", data={"code": code})
    assert (shut.status_code, "输错次数过多" in shut.text) == (429, True)
    assert "领取码正确" in office(app, shop).post("/points/desk", data={"code": code}).text


def test_without_the_code_a_reason_is_written_down(app, shop, year):
    earn(shop, 30, year=year)
    held = ask(shop, put_out(shop), at=clock.now())
    db.session.commit()
    desk = office(app, shop)
    assert desk.get(f"/points/desk/{held.id}").status_code == 200
    silent = desk.post(f"/points/desk/{held.id}/hand", data=sent(reason=" "))
    assert silent.status_code == 422
    told = sent(reason="当面认识，手机没带")
    assert desk.post(f"/points/desk/{held.id}/hand", data=told).status_code == 303
    handing = db.session.scalar(select(Handing).where(Handing.redemption_id == held.id))
    assert handing.reason == told["reason"]
    trail = str(db.session.execute(text("SELECT * FROM audit_entry")).all())
    assert told["reason"] not in trail  # it may name somebody, and the trail keeps all


def test_the_desk_lets_go_for_a_reason(app, shop, year):
    earn(shop, 30, year=year)
    goods = put_out(shop)
    held = ask(shop, goods, at=clock.now())
    db.session.commit()
    desk, url = office(app, shop), f"/points/desk/{held.id}/release"
    assert desk.post(url, data=sent(reason="")).status_code == 422
    form = sent(reason="来电取消")
    assert [desk.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    assert desk.post(url, data=sent(reason="来电取消")).status_code == 409
    assert on_shelf(goods) == (5, 5, 0)


def test_who_has_no_phone_is_found_masked_and_served_at_once(app, shop, year):
    person = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.HOUSEHOLD,
        grid_path=shop.town.micros[1].path,
        at=clock.now(),
        values={PersonalField.NAME: "欧阳秀兰", PersonalField.PHONE: "13812348765"},
    )
    db.session.commit()
    earn(shop, 25, party=person.id, year=year)
    goods = put_out(shop)
    desk = office(app, shop)
    found = desk.get("/points/desk?q=8765")
    assert f"/points/desk/party/{person.id}" in found.text
    part = desk.get("/points/desk?q=oyxl", headers={"HX-Request-Type": "partial"})
    assert part.text.lstrip().startswith('<div id="desk-people">')
    assert "欧阳秀兰" not in found.text + part.text
    for number in (f"P{person.id:07}", f"p{person.id}", str(person.id)):
        assert f"/points/desk/party/{person.id}" in desk.get(f"/points/desk?q={number}").text
    assert "/points/desk/party/" not in desk.get("/points/desk?q=P9999999").text
    url = f"/points/desk/party/{person.id}"
    assert "欧阳秀兰" not in desk.get(url).text
    assert desk.post(url, data=sent(quantity="1")).status_code == 422
    short = desk.post(url, data=chosen(goods, quantity="3"))
    assert (short.status_code, "现有 25 分，需要 30 分" in short.text) == (409, True)
    assert desk.post(url, data=chosen(goods, quantity="1", reason="")).status_code == 422
    form = chosen(goods, quantity="2")
    assert [desk.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    assert newest().state is RedemptionState.COLLECTED
    assert on_shelf(goods) == (3, 3, 2)
    assert balance(shop.books, party=person.id, year=year) == (5, 5)
    assert is_whole()


def test_the_pages_ask_as_much_however_many_goods_and_holds_there_are(app, shop, year):
    client, desk = browser(app, shop.resident), office(app, shop)

    def asked():
        found = []
        for who, url in ((client, "/points/shop"), (desk, "/points/desk"), (desk, "/points/goods")):
            who.get(url)
            with counted() as statements:
                assert who.get(url).status_code == 200
            found.append(len(statements))
        return found

    earn(shop, 1000, year=year)
    ask(shop, put_out(shop, "A1"), at=clock.now())
    db.session.commit()
    few = asked()
    for number in range(8):
        ask(shop, put_out(shop, f"B{number}"), at=clock.now())
    db.session.commit()
    assert asked() == few


def test_an_account_of_nobody_is_told_why_it_cannot_redeem(app, shop, year):
    goods = put_out(shop)
    client = office(app, shop, "secretary")
    page = client.get("/points/shop")
    assert "还没有关联到住户" in page.text
    answer = client.post(f"/points/shop/{goods.id}", data=sent(quantity="1"))
    assert answer.status_code == 422
    assert "您不能代其中任何一方兑换" in answer.text


def test_no_code_stands_in_the_trail(app, shop, year):
    earn(shop, 30, year=year)
    goods = put_out(shop)
    client = browser(app, shop.resident)
    client.post(
        f"/points/shop/{goods.id}", data=confirmed(goods, quantity="1", party=shop.household.id)
    )
    code = shown_code(client.get("/points/shop"))
    trail = str(db.session.execute(text("SELECT * FROM audit_entry")).all())
    assert not re.search(rf"\b{code}\b", trail)
