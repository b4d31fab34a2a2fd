"""Points end on a day: it is named beforehand, told in time, and stays to be seen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from factories import create_account, log_in
from points.goods_factory import party, put_out
from points.year_factory import LATER, move, plan, sign, years_end  # noqa: F401
from sqlalchemy import select, text, update

from intranet.clock import BEIJING
from intranet.db import db
from intranet.notices.models import Notice
from intranet.points import operations, tasks
from intranet.points.models import Measure, Settlement, SettlementState
from intranet.points.operations import reminding
from intranet.register.models import PartyKind

LAST = date(2027, 3, 31)
SAID = "有效期到 2027-03-31（含当天）"


@pytest.fixture
def now(monkeypatch):
    clock = {"now": LATER}
    monkeypatch.setattr("intranet.clock.now", lambda: clock["now"])
    monkeypatch.setattr("intranet.clock.today", lambda: clock["now"].astimezone(BEIJING).date())
    return clock


@pytest.fixture
def home(app, years_end, now):
    """A household with 30 points of a year that is signed, and somebody's browser there."""
    household = years_end.shop.household
    move(years_end, household.id, 30)
    plan(years_end, expires_on=LAST + timedelta(days=1))
    sign(years_end)
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, years_end.shop.resident)
    db.session.execute(text("UPDATE login_session SET expires_at = '2099-01-01 00:00:00'"))
    db.session.commit()
    return client


def at(now, day, hour=9):
    now["now"] = datetime(day.year, day.month, day.day, hour, 0, tzinfo=BEIJING)


def told(account):
    db.session.rollback()
    rows = db.session.execute(
        select(Notice.words, Notice.params).where(
            Notice.account_id == account.id, Notice.words.like("%(points)s points of%")
        )
    )
    return [(row[0].split(" of ")[1][12:16], row[1]) for row in rows]


def test_every_page_of_a_home_names_the_last_day_on_which_its_points_are_good(home, years_end):
    number = years_end.shop.household.id
    for page in ("/points", "/points/shop", f"/points/parties/{number}/statement"):
        assert f"30 分，{SAID}" in home.get(page).text, page


def test_on_the_last_day_points_can_be_spent_and_on_the_next_no_more(home, years_end, now):
    goods = put_out(years_end.shop, points=10)
    at(now, LAST, 23)
    assert "现有 30 分" in home.get(f"/points/shop/{goods.id}").text
    at(now, LAST + timedelta(days=1), 0)
    assert "现有 0 分" in home.get(f"/points/shop/{goods.id}").text


def test_a_home_is_told_a_month_and_a_week_before_once_each_and_when_they_lapsed(
    home, years_end, now
):
    resident = years_end.shop.resident
    for days, count in ((31, 0), (30, 1), (29, 1), (8, 1), (7, 2), (7, 2), (0, 2)):
        at(now, LAST - timedelta(days=days))
        tasks.remind_of_ends()
        assert len(told(resident)) == count, days
    assert '"day": "2027-03-31"' in told(resident)[0][1]
    assert '"points": 30' in told(resident)[0][1]
    at(now, LAST + timedelta(days=1))
    tasks.remind_of_ends()
    assert tasks.expire_points() == 1
    tasks.expire_points()
    assert len(told(resident)) == 3
    assert told(years_end.shop.neighbour) == []
    page = home.get("/notices").text
    assert "已过期，有效期到 2027-03-31 为止" in page
    assert SAID in page


def test_what_lapsed_is_still_to_be_seen_on_the_phone(home, years_end, now):
    at(now, LAST + timedelta(days=1))
    tasks.expire_points()
    number = years_end.shop.household.id
    for page in ("/points", "/points/shop", f"/points/parties/{number}/statement"):
        shown = home.get(page).text
        assert "2026 年已过期" in shown, page
        assert "30 分，有效期到 2027-03-31 为止" in shown, page
        assert SAID not in shown, page


def test_nobody_is_told_of_an_end_that_is_not_signed_or_has_nothing_left(home, years_end, now):
    number = years_end.settlement.id
    at(now, LAST - timedelta(days=7))
    db.session.get_one(Settlement, number).state = SettlementState.PUBLICITY
    db.session.commit()
    assert tasks.remind_of_ends() == 0
    db.session.get_one(Settlement, number).state = SettlementState.FINAL
    db.session.commit()
    assert tasks.remind_of_ends() == 1
    assert len(told(years_end.shop.resident)) == 1


def test_more_homes_than_a_batch_holds_are_told_all_of_them(home, years_end, now, monkeypatch):
    monkeypatch.setattr(reminding, "BATCH", 2)
    reopened = {"reopened_at": years_end.settlement.signed_at}  # a signed year takes no points
    db.session.execute(update(Settlement).values(reopened))
    db.session.commit()
    path = years_end.shop.town.micros[0].path
    people = []
    for _ in range(4):
        household = party(PartyKind.HOUSEHOLD, path)
        person = party(PartyKind.PERSON, path, household_id=household.id)
        people.append(create_account("resident", path, party_id=person.id))
        move(years_end, household.id, 3)
    at(now, LAST - timedelta(days=7))
    tasks.remind_of_ends()
    assert [len(told(one)) for one in [*people, years_end.shop.resident]] == [1] * 5


def test_a_home_is_told_of_its_honour_and_that_goods_wait(app, years_end, now):
    rice = put_out(years_end.shop, "RICE5", pieces=5)
    move(years_end, years_end.shop.household.id, 30)
    plan(years_end, (PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", rice))
    sign(years_end)
    found = db.session.scalars(
        select(Notice).where(Notice.account_id == years_end.shop.resident.id)
    ).one()
    assert found.url == "/points/honours"
    assert '"goods": "大米五斤"' in found.params
    assert "wait for you" in found.words
    assert operations.DAYS_BEFORE == (30, 7)
