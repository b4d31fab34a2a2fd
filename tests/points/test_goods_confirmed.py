"""What was confirmed on a page holds as it stood there, once, however often it is pressed."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import create_account, log_in
from points.goods_factory import ask, earn, on_shelf, put_out, shop  # noqa: F401
from sqlalchemy import func, select

from intranet import clock, once
from intranet.db import db
from intranet.errors import DomainError
from intranet.points import operations
from intranet.points.models import CodeTry, Entry, Goods, Handing, Redemption
from intranet.points.operations import Facts, Seen
from intranet.register.models import Party


@pytest.fixture
def goods(shop):
    for year in range(2026, clock.today().year + 1):
        operations.open_period(db.session(), year=year)
    earn(shop, 500, year=clock.today().year)
    return put_out(shop)


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def office(app, shop):
    return browser(app, create_account("office", shop.town.community.path))


def fields(page):
    """Return the hidden fields of a page's forms."""
    inputs = re.findall(r"<input[^>]*>", page.text)
    hidden = [one for one in inputs if 'type="hidden"' in one]
    found = [re.search(r'name="([^"]*)"', one) for one in hidden]
    values = [re.search(r'value="([^"]*)"', one) for one in hidden]
    return {n[1]: v[1] for n, v in zip(found, values, strict=True) if n and v}


def reprice(shop, goods, points, title="大米五斤"):
    act = {"actor": shop.office, "at": clock.now(), "version": goods.version}
    operations.change_goods(db.session(), goods, facts=Facts(title, points), **act)
    db.session.commit()


def held():
    db.session.rollback()
    return db.session.scalar(select(func.count(Redemption.id)))


@pytest.mark.parametrize(("points", "title"), [(400, "大米五斤"), (10, "大米三斤")])
def test_a_price_or_goods_changed_meanwhile_hold_nothing_and_show_what_is_now(
    app, shop, goods, points, title
):
    client, url = browser(app, shop.resident), f"/points/shop/{goods.id}"
    form = fields(client.get(url)) | {"quantity": "1"}
    reprice(shop, goods, points, title)
    late = client.post(url, data=form)
    assert (late.status_code, held()) == (409, 0)
    assert all(one in late.text for one in (title, f"现在每件 {points} 分"))
    again = fields(late) | {"quantity": "1"}
    assert (again["points"], again["version"]) == (str(points), "2")
    assert client.post(url, data=again).status_code == 303
    assert db.session.scalar(select(Redemption.points)) == points


def test_what_no_page_said_holds_nothing(app, shop, goods):
    client, url = browser(app, shop.resident), f"/points/shop/{goods.id}"
    form = fields(client.get(url)) | {"quantity": "1"}
    for name, value in (("points", "1"), ("version", ""), ("points", "9" * 30)):
        wrong = client.post(url, data=form | {"once": once.new_key(), name: value})
        assert wrong.status_code in {409, 422}, name
    assert held() == 0


def test_who_confirmed_before_the_change_has_it_and_hears_the_same_again(app, shop, goods):
    client, url = browser(app, shop.resident), f"/points/shop/{goods.id}"
    form = fields(client.get(url)) | {"quantity": "1"}
    assert client.post(url, data=form).status_code == 303
    reprice(shop, goods, 400)
    assert client.post(url, data=form).status_code == 303
    assert held() == 1


def test_the_counter_hands_over_at_the_price_it_showed(app, shop, goods):
    desk, url = office(app, shop), f"/points/desk/party/{shop.household.id}"
    offered = f'value="{goods.id}.1.10"'
    page = desk.get(url)
    assert offered in page.text
    form = {"once": fields(page)["once"], "quantity": "1", "reason": "认识"}
    reprice(shop, goods, 400)
    late = desk.post(url, data=form | {"goods": f"{goods.id}.1.10"})
    assert (late.status_code, held()) == (409, 0)
    assert f'value="{goods.id}.2.400" checked' in late.text
    for wrong in ("", str(goods.id), f"{goods.id}.2", "a.b.c"):
        assert desk.post(url, data=form | {"goods": wrong}).status_code == 422, wrong
    done = form | {"once": once.new_key(), "goods": f"{goods.id}.2.400"}
    assert [desk.post(url, data=done).status_code for _ in range(2)] == [303, 303]
    assert db.session.scalar(select(func.count(Handing.id))) == 1


def test_a_change_and_a_confirmation_at_once_never_hold_at_another_price(app, shop, goods):
    """Of each pair the order decides; what is held is held at the price that was confirmed."""
    household, number, actor = shop.household.id, goods.id, shop.office
    db.session.commit()

    def hold(gate, version, points):
        with app.app_context():
            gate.wait(30)  # before it reads: on SQLite one of the two writes at a time
            session = db.session()
            one = session.get_one(Goods, number)
            try:
                operations.hold(
                    session,
                    actor=actor,
                    party=session.get_one(Party, household),
                    goods=one,
                    quantity=1,
                    key=once.new_key(),
                    at=clock.now(),
                    seen=Seen(version, points),
                )
                session.commit()
            except DomainError:
                session.rollback()

    def change(gate, version, points):
        with app.app_context():
            gate.wait(30)  # before it reads: on SQLite one of the two writes at a time
            session = db.session()
            one = session.get_one(Goods, number)
            act = {"actor": actor, "at": clock.now(), "version": version}
            operations.change_goods(session, one, facts=Facts("大米五斤", points), **act)
            session.commit()

    for version in range(1, 6):
        gate = threading.Barrier(2)
        before = held()
        db.session.rollback()
        with ThreadPoolExecutor(2) as pool:
            pair = (
                pool.submit(hold, gate, version, 9 + version),
                pool.submit(change, gate, version, 10 + version),
            )
            [one.result(60) for one in pair]
        newest = select(Redemption.points).order_by(Redemption.id.desc()).limit(1)
        assert held() == before or db.session.scalar(newest) == 9 + version
        db.session.rollback()


@pytest.mark.parametrize("with_code", [True, False])
def test_a_hand_over_pressed_twice_says_what_the_first_did(app, shop, goods, with_code):
    one = ask(shop, goods, at=clock.now())
    code = operations.code_of(one)
    db.session.commit()
    desk = office(app, shop)
    if with_code:
        page = desk.post("/points/desk", data={"code": code})
        form = fields(page)
        assert form["code"] == code
    else:
        form = fields(desk.get(f"/points/desk/{one.id}")) | {"reason": "认识"}
    answers = [desk.post(f"/points/desk/{one.id}/hand", data=form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303] * 3
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert on_shelf(goods) == (4, 4, 1)
    assert db.session.scalar(select(func.count(Handing.id))) == (0 if with_code else 1)
    wrong = select(func.count(CodeTry.id)).where(CodeTry.succeeded.is_(False))
    assert db.session.scalar(wrong) == 0
    other = desk.post(f"/points/desk/{one.id}/hand", data=form | {"reason": "别的"})
    assert other.status_code == 409


def test_letting_go_pressed_twice_lets_go_once(app, shop, goods):
    mine, theirs = (ask(shop, goods, at=clock.now()) for _ in range(2))
    db.session.commit()
    home, desk = browser(app, shop.resident), office(app, shop)
    entries = db.session.scalar(select(func.count(Entry.id)))
    for client, shown, url, more in (
        (home, "/points/shop", f"/points/redemptions/{mine.id}/release", {}),
        (
            desk,
            f"/points/desk/{theirs.id}",
            f"/points/desk/{theirs.id}/release",
            {"reason": "来电"},
        ),
    ):
        form = fields(client.get(shown)) | more
        assert [client.post(url, data=form).status_code for _ in range(2)] == [303, 303], url
        fresh = client.post(url, data=form | {"once": once.new_key()})
        assert fresh.status_code == 409, url
        assert client.post(url, data={"reason": "来电"}).status_code == 422, url  # no key
    assert db.session.scalar(select(func.count(Entry.id))) == entries + 2
    assert on_shelf(goods) == (5, 5, 0)
