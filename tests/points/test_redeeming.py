"""Points for goods: held together, fetched with a code, let go, or out of time; nothing twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from factories import AT, create_grid
from points.goods_factory import ask, earn, on_shelf, party, put_out, shop  # noqa: F401
from points.points_factory import balance, new_key
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from intranet import sealing
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.points import operations, queries, tasks
from intranet.points.models import Dimension, Entry, Redemption, RedemptionState
from intranet.points.operations import Facts, TooManyCodes
from intranet.points.operations.redeeming import is_code
from intranet.register.models import PartyKind

LATER = AT + timedelta(days=1)
END_OF_YEAR = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # midnight in Beijing


def is_whole():
    return list(queries.verify(db.session())) == []


def counted():
    return [db.session.scalar(select(func.count()).select_from(one)) for one in (Entry, Redemption)]


def collect(shop, one, *, at=LATER):
    operations.collect(db.session(), one, actor=shop.office, at=at)


def test_points_and_goods_are_kept_aside_together_and_go_together(shop):
    earn(shop, 25)
    goods = put_out(shop, pieces=3)
    one = ask(shop, goods, 2)
    assert balance(shop.books) == (25, 5)
    assert on_shelf(goods) == (3, 1, 0)
    collect(shop, one)
    assert (one.state, one.done_by) == (RedemptionState.COLLECTED, shop.office.account_id)
    assert balance(shop.books) == (5, 5)
    assert on_shelf(goods) == (1, 1, 2)
    assert is_whole()


def test_what_is_let_go_is_there_for_all_again(shop):
    earn(shop, 25)
    goods = put_out(shop, pieces=3)
    one = ask(shop, goods, 2)
    operations.release(db.session(), one, actor=shop.office, at=LATER)
    assert balance(shop.books) == (25, 25)
    assert on_shelf(goods) == (3, 3, 0)
    for act in (operations.collect, operations.release):
        with pytest.raises(DomainError, match="decided already"):
            act(db.session(), one, actor=shop.office, at=LATER)
    assert is_whole()


def test_the_oldest_points_go_first_and_one_hold_may_take_from_several_years(shop):
    operations.open_period(db.session(), year=2027)
    earn(shop, 7)
    earn(shop, 20, year=2027)
    goods = put_out(shop, points=10)
    then = AT.replace(year=2027)
    one = ask(shop, goods, at=then)
    assert balance(shop.books, year=2026) == (7, 0)
    assert balance(shop.books, year=2027) == (20, 17)
    collect(shop, one, at=then + timedelta(days=1))
    assert balance(shop.books, year=2026) == (0, 0)
    assert balance(shop.books, year=2027) == (17, 17)
    assert is_whole()


@pytest.mark.parametrize(
    ("points", "pieces", "words", "facts"),
    [
        (9, 5, "There are %(have)s points", {"have": 9, "wanted": 10}),
        (30, 0, "left of these", {"left": 0, "wanted": 1}),
    ],
)
def test_what_is_not_there_is_refused_with_how_much_there_is(shop, points, pieces, words, facts):
    earn(shop, points)
    goods = put_out(shop, pieces=pieces)
    before = counted()
    with pytest.raises(DomainError) as refused:
        ask(shop, goods)
    assert words in refused.value.key
    assert refused.value.params == facts
    db.session.rollback()
    assert counted() == before


def test_a_party_has_so_many_of_one_kind_a_year_and_what_was_let_go_does_not_count(shop):
    earn(shop, 100)
    goods = put_out(shop, year_limit=2)
    first = ask(shop, goods)
    ask(shop, goods)
    with pytest.raises(DomainError) as refused:
        ask(shop, goods)
    assert refused.value.params == {"most": 2, "had": 2}
    operations.release(db.session(), first, actor=shop.office, at=LATER)
    ask(shop, goods)
    earn(shop, 100, year=2026, party=shop.shop.id)
    ask(shop, goods, 2, party=shop.shop)


def test_goods_are_for_those_of_their_community(shop):
    earn(shop, 100)
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", shop.town.town)
    goods = put_out(shop, "OIL1", grid=other)
    with pytest.raises(DomainError, match="another community"):
        ask(shop, goods)
    gone = party(PartyKind.HOUSEHOLD, other.path, left_at=AT)
    with pytest.raises(DomainError, match="another community"):
        ask(shop, goods, party=gone)


def test_closed_goods_are_not_asked_for_but_what_is_held_is_fetched(shop):
    earn(shop, 100)
    goods = put_out(shop)
    one = ask(shop, goods)
    act = {"actor": shop.office, "at": AT}
    operations.close_goods(db.session(), goods, version=goods.version, **act)
    with pytest.raises(DomainError, match="not given out"):
        ask(shop, goods)
    collect(shop, one)
    with pytest.raises(DomainError, match="closed already"):
        operations.close_goods(db.session(), goods, version=goods.version, **act)
    operations.reopen_goods(db.session(), goods, version=goods.version, **act)
    ask(shop, goods)


@pytest.mark.parametrize("quantity", [0, -1, 100])
def test_pieces_are_some(shop, quantity):
    earn(shop, 100)
    with pytest.raises(InputError):
        ask(shop, put_out(shop), quantity)


def test_the_same_act_twice_is_one_hold(shop):
    earn(shop, 100)
    goods = put_out(shop)
    first = ask(shop, goods, key="tap")
    assert ask(shop, goods, key="tap").id == first.id
    with pytest.raises(DomainError, match="other content"):
        ask(shop, goods, 2, key="tap")
    assert on_shelf(goods) == (5, 4, 0)


def test_what_is_not_fetched_in_time_goes_back_once_and_by_itself(shop, monkeypatch):
    earn(shop, 100)
    goods = put_out(shop)
    one, kept = ask(shop, goods), ask(shop, goods, at=LATER)
    db.session.commit()
    assert one.expires_at == AT + timedelta(days=7)
    monkeypatch.setattr("intranet.clock.now", lambda: AT + timedelta(days=7))
    with pytest.raises(DomainError, match="time to fetch"):
        collect(shop, one, at=AT + timedelta(days=7))
    assert tasks.expire_holds() == 1
    assert tasks.expire_holds() == 0
    for found in (one, kept):
        db.session.refresh(found)
    assert (one.state, kept.state) == (RedemptionState.EXPIRED, RedemptionState.HELD)
    assert on_shelf(goods) == (5, 4, 0)
    told = select(func.count()).where(AuditEntry.action == "points:redemption:expire")
    assert db.session.scalar(told) == 1
    assert is_whole()


def test_a_hold_ends_with_its_year_at_the_latest_and_is_dated_in_it(shop):
    earn(shop, 100)
    goods = put_out(shop)
    one = ask(shop, goods, at=datetime(2026, 12, 29, 3, 0, tzinfo=UTC))
    assert one.expires_at == END_OF_YEAR
    assert operations.expire_hold(db.session(), one, at=END_OF_YEAR + timedelta(hours=1))
    assert db.session.get_one(Entry, one.done_id).effective_on == date(2026, 12, 31)
    people = {"actor_id": shop.books.actor, "confirmed_by": shop.books.approver}
    period = operations.open_period(db.session(), year=2026)
    operations.close_period(db.session(), period, at=END_OF_YEAR + timedelta(hours=2), **people)
    assert is_whole()


def test_redeeming_lowers_nothing_of_what_was_issued(shop):
    earn(shop, 100)
    issued = operations.issued_account(db.session(), year=2026, dimension=Dimension.PARTICIPATION)
    before = issued.balance
    collect(shop, ask(shop, put_out(shop)))
    db.session.expire_all()
    assert issued.balance == before == -100


def test_a_code_has_six_digits_is_kept_hashed_and_shown_until_it_is_decided(shop):
    earn(shop, 100)
    goods = put_out(shop)
    ones = [ask(shop, goods) for _ in range(4)]
    codes = [operations.code_of(one) for one in ones]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(set(codes)) == 4
    assert is_code(ones[0], codes[0])
    assert not is_code(ones[0], codes[1])
    rows = db.session.execute(text("SELECT * FROM points_redemption")).all()
    assert not any(code in str(rows) for code in codes)
    collect(shop, ones[0])
    assert operations.code_of(ones[0]) == ""
    sealed = {one.code_sealed for one in ones[1:]}
    assert operations.renew_seals(db.session()) == (3, ones[3].id)
    assert sealed.isdisjoint({one.code_sealed for one in ones[1:]})
    assert [sealing.unseal(one.code_sealed) for one in ones[1:]] == codes[1:]


def test_after_ten_wrong_codes_a_desk_waits(shop):
    who = {"account_id": shop.office.account_id}
    for number in range(10):
        operations.claim_try(db.session(), at=AT + timedelta(seconds=number), **who)
    with pytest.raises(TooManyCodes) as refused:
        operations.claim_try(db.session(), at=AT + timedelta(seconds=30), **who)
    assert (refused.value.status, refused.value.params) == (429, {"minutes": 15})
    operations.claim_try(db.session(), account_id=shop.books.approver, at=AT)
    operations.claim_try(db.session(), at=AT + timedelta(minutes=16), **who)
    operations.forget_tries(db.session(), at=AT + timedelta(days=2))
    assert db.session.scalar(text("SELECT count(*) FROM points_code_try")) == 0


def test_goods_are_counted_on_the_shelf_and_the_ledger_says_the_same(shop):
    earn(shop, 100)
    goods = put_out(shop, pieces=5)
    ask(shop, goods, 2)

    def count(counted, *, seen=5, note="盘点"):
        return operations.count_stock(
            db.session(),
            goods,
            seen=seen,
            counted=counted,
            note=note,
            key=new_key(),
            actor=shop.office,
            at=AT,
        )

    with pytest.raises(DomainError) as refused:
        count(1)
    assert refused.value.params == {"held": 2}
    with pytest.raises(DomainError) as late:
        count(5, seen=4)
    assert late.value.params == {"now": 5}
    with pytest.raises(InputError):
        count(4, note=" ")
    assert (count(3), on_shelf(goods)) == (-2, (3, 1, 0))
    assert (count(7, seen=3), on_shelf(goods)) == (4, (7, 5, 0))
    assert count(7, seen=7) == 0
    assert is_whole()


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("title", Facts("", 1)),
        ("title", Facts("米" * 41, 1)),
        ("points", Facts("米", 0)),
        ("cost_fen", Facts("米", 1, cost_fen=-1)),
        ("year_limit", Facts("米", 1, year_limit=1000)),
        ("words", Facts("米", 1, words="字" * 401)),
        ("sponsor", Facts("米", 1, sponsor="字" * 61)),
    ],
)
def test_goods_say_which_field_is_wrong(shop, field, facts):
    act = {"actor": shop.office, "at": AT, "grid": shop.town.community}
    with pytest.raises(InputError) as refused:
        operations.add_goods(db.session(), sku="RICE5", facts=facts, **act)
    assert refused.value.field == field


@pytest.mark.parametrize("sku", ["", "A", "rice5", "RICE-5", "A" * 13, "米米"])
def test_a_code_of_goods_is_of_capitals_and_digits_and_used_once(shop, sku):
    act = {"actor": shop.office, "at": AT, "grid": shop.town.community, "facts": Facts("米", 1)}
    with pytest.raises(InputError) as refused:
        operations.add_goods(db.session(), sku=sku, **act)
    assert refused.value.field == "sku"
    put_out(shop, "RICE5")
    with pytest.raises(InputError, match="already"):
        operations.add_goods(db.session(), sku="RICE5", **act)


def test_the_database_keeps_a_redemption_and_its_entry_together(shop):
    earn(shop, 100)
    ask(shop, put_out(shop))
    db.session.commit()
    for wrong in ("state = 'collected'", "quantity = 0"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(f"UPDATE points_redemption SET {wrong}"))
        db.session.rollback()
