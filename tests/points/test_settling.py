"""The year's end: nothing is written before it is asked for, nothing is done by one alone."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from factories import AT as BEFORE
from factories import create_account, create_grid, viewer_of
from points.claims_factory import adopt, file_claim
from points.goods_factory import ask as redeem
from points.goods_factory import on_shelf, put_out
from points.goods_factory import party as make_party
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
    published,
    sign,
    years_end,
)
from sqlalchemy import func, select, text

from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.points import operations
from intranet.points.models import (
    GENESIS,
    Anchor,
    Award,
    Dimension,
    Entry,
    EntryKind,
    Measure,
    Period,
    PeriodState,
    Phase,
    SettlementState,
    TwoPersonAct,
)
from intranet.points.operations import Checked, Found, NotReadyError
from intranet.points.operations.outlook import undecided
from intranet.register import operations as register
from intranet.register.models import Party, PartyKind

HOUSEHOLD, SHOP = PartyKind.HOUSEHOLD, PartyKind.SHOP
SIGN, CLOSE, REOPEN = TwoPersonAct


def in_the_way(refused):
    return {one.what: one.count for one in refused.value.checks if one.count}


def counted():
    tables = ("points_entry", "points_transfer", "points_award", "audit_entry")
    return [db.session.scalar(text(f"SELECT count(*) FROM {one}")) for one in tables]


def test_what_would_happen_is_told_and_nothing_is_written(years_end):
    rice = put_out(years_end.shop, "RICE5", pieces=5, cost_fen=1200)
    move(years_end, years_end.homes[0], 30)
    move(years_end, years_end.homes[1], 50, Dimension.CONTRIBUTION)
    move(years_end, years_end.shop.shop.id, 9, Dimension.SUPERVISION)
    plan(
        years_end,
        (HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", rice),
        (HOUSEHOLD, Measure.PER_HEAD, 1, 1, "人均之星", None),
        (SHOP, Measure.SUPERVISION, 1, 3, "监督先锋", rice),
        expires_on=date(2027, 4, 1),
    )
    before = counted()
    seen = operations.outlook(db.session(), years_end.settlement)
    given = {one.honour.title: one.standing.earned.party_id for one in seen.awards}
    assert given == {
        "治理之星": years_end.homes[1],
        "人均之星": years_end.homes[0],
        "监督先锋": years_end.shop.shop.id,
    }
    [need] = seen.needs
    assert (need.pieces, need.left, need.cost_fen, seen.cost_fen) == (2, 5, 2400, 2400)
    left = operations.ending(db.session(), years_end.settlement)
    assert sorted(one.balance for one in left) == [9, 30, 50]
    assert counted() == before


def test_a_year_goes_from_draft_to_closed_and_its_awards_are_entries_without_points(years_end):
    rice = put_out(years_end.shop, "RICE5", pieces=5, cost_fen=1200)
    home = years_end.homes[0]
    move(years_end, home, 30)
    plan(years_end, (HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", rice))
    publish(years_end)
    settlement = years_end.settlement
    assert settlement.publicity_until == date(2027, 1, 11)
    assert json.loads(settlement.snapshot)[3] == [
        [home, "household", 30, 0, 0, 0, 1, db.session.scalar(select(func.max(Entry.id)))]
    ]
    sha = settlement.snapshot_sha256
    ask(years_end, SIGN)
    confirm(years_end, SIGN)
    award = db.session.scalars(select(Award)).one()
    assert (award.party_id, award.number, award.rank) == (home, 1, 1)
    entry = db.session.get_one(Entry, award.entry_id)
    assert (entry.kind, entry.actor_id, entry.approver_id) == (
        EntryKind.AWARD,
        years_end.admin.account_id,
        years_end.secretary.account_id,
    )
    assert on_shelf(rice) == (4, 4, 1)
    assert balance(years_end.shop.books, party=home) == (30, 30)
    ask(years_end, CLOSE)
    confirm(years_end, CLOSE)
    period = db.session.scalar(select(Period).where(Period.year == 2026))
    assert (settlement.state, period.state) == (SettlementState.CLOSED, PeriodState.CLOSED)
    assert settlement.snapshot_sha256 == sha
    head = db.session.scalars(select(Anchor)).one()
    assert head.entry_id == period.last_entry_id == entry.id
    with pytest.raises(DomainError, match="not open"):
        move(years_end, home, 1)
    db.session.rollback()
    assert broken() == 0


def test_nothing_is_done_by_one_alone(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    with pytest.raises(DomainError, match="Nothing is asked"):
        confirm(years_end, SIGN)
    ask(years_end, SIGN)
    with pytest.raises(DomainError, match="Somebody else"):
        confirm(years_end, SIGN, actor=years_end.secretary)
    with pytest.raises(DomainError, match="asked for this already"):
        ask(years_end, SIGN, actor=years_end.admin)
    db.session.rollback()
    act = {"actor": years_end.admin, "at": LATER}
    operations.cancel_asked(db.session(), years_end.settlement, **act)
    with pytest.raises(DomainError, match="Nothing is asked"):
        operations.cancel_asked(db.session(), years_end.settlement, **act)
    assert years_end.settlement.state is SettlementState.PUBLICITY


def test_what_stands_in_the_way_of_publishing_is_counted(years_end):
    rice = put_out(years_end.shop, "RICE5", pieces=1, cost_fen=1200)
    for home in years_end.homes:
        move(years_end, home, 5)
    with pytest.raises(NotReadyError) as refused:
        publish(years_end)
    assert in_the_way(refused) == {Checked.NOTHING: 1}
    db.session.rollback()
    plan(years_end, (HOUSEHOLD, Measure.OVERALL, 1, 3, "积极家庭", rice), budget=2000)
    move(years_end, years_end.homes[0], 5, phase=Phase.PENDING)
    with pytest.raises(NotReadyError) as refused:
        publish(years_end)
    assert in_the_way(refused) == {
        Checked.UNDECIDED: 1,
        Checked.SHORT: 2,
        Checked.OVER_BUDGET: 1600,
    }
    db.session.rollback()
    operations.ask_verification(db.session(), actor=None, at=AT)
    one = operations.take_verification(db.session(), at=AT)
    found = Found(0, GENESIS, 3, ["entry 1: is another"], [])
    operations.note_verification(db.session(), one, found, at=AT)
    with pytest.raises(NotReadyError) as refused:
        published(years_end, AT)
    assert in_the_way(refused)[Checked.BROKEN] == 3


def test_a_claim_that_nobody_has_looked_at_stands_in_the_way(years_end):
    move(years_end, years_end.homes[0], 5)
    plan(years_end)
    adopt(years_end.shop.town.community)
    home = db.session.get_one(Party, years_end.homes[1])
    file_claim(home, day=date(2026, 11, 20))
    db.session.commit()
    with pytest.raises(NotReadyError) as refused:
        publish(years_end)
    assert in_the_way(refused) == {Checked.UNDECIDED: 1}
    db.session.rollback()
    path = years_end.shop.town.micros[3].path
    assert undecided(db.session(), 2026) == 1
    assert undecided(db.session(), 2026, path) == undecided(db.session(), 2027) == 0


def comes_back(end, home):
    """Have a home that had left when the standings were published be there again."""
    party = db.session.get_one(Party, home)
    register.return_home(db.session(), actor=end.secretary, party=party, at=AT)
    db.session.commit()


def test_what_stands_in_the_way_of_signing_is_counted(years_end):
    move(years_end, years_end.homes[0], 30)
    move(years_end, years_end.homes[1], 7)
    party = db.session.get_one(Party, years_end.homes[1])
    register.leave(db.session(), actor=years_end.secretary, party=party, at=AT)
    plan(years_end)
    publish(years_end)
    act = {"actor": years_end.shop.office, "at": AT}
    operations.object_to_year(db.session(), years_end.settlement, words="少算了", **act)
    comes_back(years_end, years_end.homes[1])
    with pytest.raises(NotReadyError) as refused:
        ask(years_end, SIGN, at=AT)
    assert in_the_way(refused) == {
        Checked.DAYS_LEFT: 7,
        Checked.OBJECTIONS: 1,
        Checked.CHANGED: 1,
    }


def test_what_came_up_between_asking_and_confirming_is_seen(years_end):
    move(years_end, years_end.homes[0], 30)
    move(years_end, years_end.homes[1], 7)
    party = db.session.get_one(Party, years_end.homes[1])
    register.leave(db.session(), actor=years_end.secretary, party=party, at=AT)
    plan(years_end)
    publish(years_end)
    ask(years_end, SIGN)
    comes_back(years_end, years_end.homes[1])
    with pytest.raises(NotReadyError) as refused:
        confirm(years_end, SIGN)
    assert in_the_way(refused) == {Checked.CHANGED: 1}
    db.session.rollback()
    assert db.session.scalar(select(func.count(Award.id))) == 0


def test_what_stands_in_the_way_of_closing_is_counted(years_end):
    shop = years_end.shop
    goods = put_out(shop, "SOAP", points=1)
    move(years_end, years_end.homes[0], 30)
    move(years_end, shop.household.id, 30)
    redeem(shop, goods, at=BEFORE)
    db.session.commit()
    plan(years_end)
    sign(years_end)
    other = create_grid(GridKind.COMMUNITY, "邻社区", "510115101002", shop.town.town)
    move(years_end, make_party(PartyKind.SHOP, other.path).id, 4, phase=Phase.PENDING)
    with pytest.raises(NotReadyError) as refused:
        ask(years_end, CLOSE, at=datetime(2026, 12, 31, 12, 0, tzinfo=BEIJING))
    assert in_the_way(refused) == {Checked.NOT_OVER: 1, Checked.UNDECIDED: 1, Checked.HELD: 1}


def test_pieces_handed_out_are_those_of_the_rows_or_it_is_told(years_end):
    goods = put_out(years_end.shop, "SOAP", points=1)
    move(years_end, years_end.shop.household.id, 30)
    held = redeem(years_end.shop, goods, 2)
    operations.collect(db.session(), held, actor=years_end.shop.office, at=BEFORE)
    seen = operations.outlook(db.session(), years_end.settlement)

    def miscounted():
        checks = operations.publishing_checks(db.session(), years_end.settlement, seen, at=AT)
        return next(one.count for one in checks if one.what is Checked.MISCOUNTED)

    assert miscounted() == 0
    db.session.execute(text("UPDATE points_redemption SET quantity = 3"))
    assert miscounted() == 1


def test_an_objection_that_is_right_takes_the_standings_down(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    settlement, office = years_end.settlement, years_end.shop.office
    path = years_end.shop.town.community.path
    resident = viewer_of(create_account("resident", path), ("resident", path))
    first, second = (
        operations.object_to_year(db.session(), settlement, words=words, actor=one, at=AT)
        for one, words in ((office, "少算了"), (resident, "名次不对"))
    )
    decide = {"answer": "已核实", "at": AT}

    def decided(one, *, upheld, actor=years_end.admin):
        operations.decide_objection(
            db.session(), settlement, one, upheld=upheld, actor=actor, **decide
        )

    with pytest.raises(DomainError, match="Somebody else"):
        decided(first, upheld=False, actor=office)
    decided(first, upheld=False)
    with pytest.raises(DomainError, match="decided already"):
        decided(first, upheld=True)
    assert settlement.state is SettlementState.PUBLICITY
    decided(second, upheld=True)
    assert (settlement.state, settlement.snapshot) == (SettlementState.DRAFT, "")
    with pytest.raises(DomainError, match="just changed"):
        operations.object_to_year(db.session(), settlement, words="又", actor=office, at=AT)
    publish(years_end, at=LATER)
    late = LATER + timedelta(days=7)
    with pytest.raises(DomainError, match="days for objections are over"):
        operations.object_to_year(db.session(), settlement, words="又", actor=office, at=late)


def test_the_newest_closed_year_is_opened_again_by_two_for_a_reason(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    ask(years_end, CLOSE)
    confirm(years_end, CLOSE)
    with pytest.raises(InputError):
        ask(years_end, REOPEN, reason=" ")
    ask(years_end, REOPEN, reason="漏记一次义诊")
    with pytest.raises(DomainError, match="Somebody else"):
        confirm(years_end, REOPEN, actor=years_end.secretary)
    confirm(years_end, REOPEN)
    assert years_end.settlement.state is SettlementState.FINAL
    move(years_end, years_end.homes[2], 3)
    ask(years_end, CLOSE)
    confirm(years_end, CLOSE)
    assert db.session.scalar(select(func.count(Award.id))) == 1
    period = operations.open_period(db.session(), year=2027)
    books = years_end.shop.books
    people = {"actor_id": books.actor, "confirmed_by": books.approver}
    operations.close_period(db.session(), period, at=LATER, **people)
    with pytest.raises(DomainError, match="closed last"):
        ask(years_end, REOPEN, reason="又漏了")
