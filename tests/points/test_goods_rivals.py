"""The last piece, the last points, and one code: of eight at once exactly one has it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import create_account, log_in
from points.goods_factory import earn, on_shelf, party, put_out, shop  # noqa: F401
from points.points_factory import balance
from sqlalchemy import func, select

from intranet import clock, once
from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import Entry, EntryKind, Redemption, RedemptionState
from intranet.register.models import PartyKind

RIVALS, ROUNDS = 8, 6


def race(app, requests):
    """Send each request from a thread of its own, all at once; return the statuses."""
    gate = threading.Barrier(len(requests))

    def send(request):
        client, url, data = request
        gate.wait(30)
        return client.post(url, data=data).status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(send, requests))


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def homes(app, shop, count):
    """Return households, each with a browser of somebody who lives there."""
    found = []
    for _ in range(count):
        home = party(PartyKind.HOUSEHOLD, shop.town.micros[0].path)
        person = party(PartyKind.PERSON, home.grid_path, household_id=home.id)
        db.session.commit()
        account = create_account("resident", home.grid_path, party_id=person.id)
        found.append((home.id, browser(app, account)))
    return found


def ask(home, goods, quantity=1, key=None):
    data = {"once": key or once.new_key(), "quantity": quantity, "party": home[0]}
    data |= {"version": goods.version, "points": goods.points}
    url = f"/points/shop/{goods.id}"
    db.session.rollback()  # on SQLite what was begun here would keep the writers waiting
    return home[1], url, data


def states():
    db.session.rollback()
    asked = select(Redemption.state, func.count()).group_by(Redemption.state)
    found = {state: count for state, count in db.session.execute(asked).all()}  # noqa: C416 — rows
    db.session.rollback()
    return found


def is_whole():
    db.session.rollback()
    return list(queries.verify(db.session())) == []


@pytest.fixture
def year(shop):
    year = clock.today().year
    for one in range(2026, year + 1):
        operations.open_period(db.session(), year=one)
    db.session.commit()
    return year


@pytest.mark.timeout(240)
def test_of_eight_who_want_the_last_piece_exactly_one_has_it(app, shop, year):
    rivals = homes(app, shop, RIVALS)
    for home, _client in rivals:
        earn(shop, 100, party=home, year=year)
    for number in range(ROUNDS):
        goods = put_out(shop, f"LAST{number}", points=1, pieces=1)
        found = race(app, [ask(home, goods) for home in rivals])
        assert found == [303] + [409] * (RIVALS - 1)
        db.session.rollback()
        assert on_shelf(goods) == (1, 0, 0)
        db.session.rollback()
    assert states() == {RedemptionState.HELD: ROUNDS}
    assert is_whole()


@pytest.mark.timeout(240)
def test_of_eight_taps_on_one_households_last_points_exactly_one_holds(app, shop, year):
    [(home, client)] = homes(app, shop, 1)
    goods = put_out(shop, points=10, pieces=90)
    clients = [client] + [browser(app, create_resident(home, shop)) for _ in range(RIVALS - 1)]
    for number in range(1, ROUNDS + 1):
        earn(shop, 15 if number == 1 else 10, party=home, year=year)
        db.session.rollback()
        found = race(app, [ask((home, one), goods) for one in clients])
        assert found == [303] + [409] * (RIVALS - 1)
        assert states() == {RedemptionState.HELD: number}
    assert balance(shop.books, party=home, year=year) == (10 * ROUNDS + 5, 5)
    assert is_whole()


def create_resident(home, shop):
    person = party(PartyKind.PERSON, shop.town.micros[0].path, household_id=home)
    db.session.commit()
    return create_account("resident", shop.town.micros[0].path, party_id=person.id)


@pytest.mark.timeout(240)
def test_a_form_sent_eight_times_at_once_is_one_hold(app, shop, year):
    [home] = homes(app, shop, 1)
    earn(shop, 500, party=home[0], year=year)
    goods = put_out(shop, points=1, pieces=50)
    for number in range(1, ROUNDS + 1):
        key = once.new_key()
        assert race(app, [ask(home, goods, key=key) for _ in range(RIVALS)]) == [303] * RIVALS
        assert states() == {RedemptionState.HELD: number}
    assert is_whole()


@pytest.mark.timeout(240)
def test_of_eight_desks_that_hand_over_or_let_go_at_once_one_decides(app, shop, year):
    [home] = homes(app, shop, 1)
    earn(shop, 500, party=home[0], year=year)
    goods = put_out(shop, points=1, pieces=50)
    desks = [browser(app, create_account("office", shop.town.community.path)) for _ in range(8)]
    for _round in range(ROUNDS):
        assert race(app, [ask(home, goods)]) == [303]
        held = db.session.scalar(select(func.max(Redemption.id)))
        db.session.rollback()
        urls = [f"/points/desk/{held}/{verb}" for verb in ("hand", "release")] * 4
        found = race(
            app,
            [
                (who, url, {"once": once.new_key(), "reason": "当面"})
                for who, url in zip(desks, urls, strict=True)
            ],
        )
        assert found == [303] + [409] * (RIVALS - 1)
    ended = states()
    assert sum(ended.values()) == ROUNDS
    kinds = [EntryKind.COLLECT, EntryKind.RELEASE]
    decided = select(func.count(Entry.id)).where(Entry.kind.in_(kinds))
    assert db.session.scalar(decided) == ROUNDS
    assert on_shelf(goods)[2] == ended.get(RedemptionState.COLLECTED, 0)
    assert is_whole()
