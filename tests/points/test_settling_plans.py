"""A year's end: what the plan says, what becomes of points afterwards, and who agreed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from points.goods_factory import ask as redeem
from points.goods_factory import put_out
from points.points_factory import balance
from points.year_factory import (  # noqa: F401 — a fixture
    AT,
    LATER,
    ask,
    broken,
    confirm,
    move,
    plan,
    publish,
    sign,
    years_end,
)
from sqlalchemy import func, select

from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations, tasks
from intranet.points.models import (
    Consent,
    Entry,
    EntryKind,
    Honour,
    Measure,
    TwoPersonAct,
)
from intranet.points.operations import Plan
from intranet.register.models import PartyKind

HOUSEHOLD, SHOP = PartyKind.HOUSEHOLD, PartyKind.SHOP
SIGN, CLOSE, REOPEN = TwoPersonAct


def test_points_end_on_their_day_once_and_what_is_held_waits(years_end, monkeypatch):
    shop = years_end.shop
    goods = put_out(shop, "SOAP", points=10)
    move(years_end, years_end.homes[0], 30)
    move(years_end, shop.household.id, 25)
    plan(years_end, expires_on=date(2027, 4, 1))
    sign(years_end)

    def on(month, day, hour=9):
        now = datetime(2027, month, day, hour, 0, tzinfo=BEIJING)
        monkeypatch.setattr("intranet.clock.now", lambda: now)
        return now

    held = redeem(shop, goods, at=on(3, 28))
    db.session.commit()
    assert held.expires_at == datetime(2027, 4, 1, 0, 0, tzinfo=BEIJING)
    on(3, 31)
    assert tasks.expire_points() == 0
    now = on(4, 1)
    with pytest.raises(DomainError, match="points; "):
        redeem(shop, goods, at=now)
    db.session.rollback()
    assert tasks.expire_points() == 1
    assert tasks.expire_points() == 0
    assert balance(shop.books, party=years_end.homes[0]) == (0, 0)
    assert balance(shop.books) == (25, 15)
    db.session.commit()
    assert tasks.expire_holds() == 1
    assert tasks.expire_points() == 1
    assert balance(shop.books) == (0, 0)
    keys = db.session.scalars(select(Entry.key).where(Entry.kind == EntryKind.EXPIRE)).all()
    assert keys == [
        f"expire:Liabilities:Party:P{one:07}:Y2026:2027-04-01"
        for one in (years_end.homes[0], shop.household.id)
    ]
    assert broken() == 0


def test_points_are_carried_on_where_the_plan_says_no_day(years_end, monkeypatch):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    monkeypatch.setattr("intranet.clock.now", lambda: LATER + timedelta(days=300))
    assert tasks.expire_points() == 0
    assert balance(years_end.shop.books, party=years_end.homes[0]) == (30, 30)


def test_a_day_that_is_past_is_none_to_sign(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end, expires_on=date(2027, 1, 20))
    publish(years_end)
    ask(years_end, SIGN)
    with pytest.raises(DomainError, match="is past"):
        confirm(years_end, SIGN)


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("publicity_days", Plan(0, 0, None)),
        ("publicity_days", Plan(61, 0, None)),
        ("budget_fen", Plan(7, -1, None)),
        ("last_day", Plan(7, 0, date(2026, 12, 31))),
    ],
)
def test_a_plan_says_which_field_is_wrong(years_end, field, facts):
    with pytest.raises(InputError) as refused:
        operations.change_plan(
            db.session(),
            years_end.settlement,
            plan=facts,
            actor=years_end.secretary,
            at=AT,
            version=years_end.settlement.version,
        )
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("title", (HOUSEHOLD, Measure.OVERALL, 1, 1, "", None)),
        ("rank_last", (HOUSEHOLD, Measure.OVERALL, 3, 2, "星", None)),
        ("rank_last", (HOUSEHOLD, Measure.OVERALL, 0, 2, "星", None)),
        ("measure", (SHOP, Measure.PER_HEAD, 1, 1, "星", None)),
    ],
)
def test_an_honour_says_which_field_is_wrong(years_end, field, line):
    with pytest.raises(InputError) as refused:
        plan(years_end, line)
    assert refused.value.field == field


def test_a_plan_is_changed_while_it_is_a_draft_only(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    honour = db.session.scalars(select(Honour)).one()
    act = {"actor": years_end.secretary, "at": AT}
    with pytest.raises(DomainError, match="just changed"):
        plan(years_end)
    with pytest.raises(DomainError, match="just changed"):
        operations.remove_honour(db.session(), years_end.settlement, honour=honour, **act)
    db.session.rollback()
    version = years_end.settlement.version
    operations.take_back(db.session(), years_end.settlement, version=version, **act)
    operations.remove_honour(db.session(), years_end.settlement, honour=honour, **act)
    assert db.session.scalar(select(func.count(Honour.id))) == 0


def test_a_communitys_year_begins_once(years_end):
    act = {"actor": years_end.admin, "at": AT}
    again = operations.begin_settlement(
        db.session(), grid=years_end.shop.town.community, year=2026, **act
    )
    assert again.id == years_end.settlement.id
    for field, where, year in (
        ("year", years_end.shop.town.community, 2040),
        ("grid_path", years_end.shop.town.micros[0], 2026),
    ):
        with pytest.raises(InputError) as refused:
            operations.begin_settlement(db.session(), grid=where, year=year, **act)
        assert refused.value.field == field


def test_consent_is_given_once_and_taken_back_and_stays_on_record(years_end):
    home = years_end.shop.household
    act = {"actor": years_end.secretary, "at": AT}
    one = operations.give_consent(db.session(), home, on_paper=True, **act)
    assert operations.give_consent(db.session(), home, **act).id == one.id
    operations.take_consent_back(db.session(), home, **act)
    with pytest.raises(DomainError, match="no consent"):
        operations.take_consent_back(db.session(), home, **act)
    operations.give_consent(db.session(), home, **act)
    assert db.session.scalar(select(func.count(Consent.id))) == 2
