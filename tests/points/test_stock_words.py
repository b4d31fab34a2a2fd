"""What people write beside a stock is never in the ledger, and can be erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_grid, log_in
from points.goods_factory import on_shelf, put_out, shop  # noqa: F401
from points.points_factory import new_key
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from intranet import once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.points import operations, queries, tasks
from intranet.points.models import Entry, EntryKind, StockReason, StockWords

SAID = "王大爷捐，电话13912345678"


def supply(shop, goods, *, reason=StockReason.GIVEN, note=SAID, pieces=3, key=None, at=AT):
    act = {"key": key or new_key(), "actor": shop.office, "at": at}
    return operations.supply(db.session(), goods, pieces=pieces, reason=reason, note=note, **act)


def count(shop, goods, counted, *, seen, reason, note=""):
    act = {"key": new_key(), "actor": shop.office, "at": AT}
    facts = {"seen": seen, "counted": counted, "reason": reason, "note": note}
    return operations.count_stock(db.session(), goods, **facts, **act)


def told(goods):
    """Return of each move what the goods' page says."""
    return [(one.pieces, one.reason, one.words) for one in queries.stock_moves(db.session(), goods)]


def everything():
    """Return the ledger as it is given to anybody, its rows, and the trail."""
    given = [str(one) for one in queries.records(db.session())]
    rows = [
        db.session.execute(text(f"SELECT * FROM {table}")).all()
        for table in ("points_entry", "points_transfer", "audit_entry")
    ]
    return str(given) + str(rows)


def test_the_ledger_has_a_code_and_the_goods_page_has_the_words(shop):
    goods = put_out(shop, pieces=0)
    entry = supply(shop, goods)
    count(shop, goods, 2, seen=3, reason=StockReason.BROKEN, note="王大爷打碎一件")
    db.session.commit()
    assert entry.note == "given"
    assert told(goods) == [
        (-1, StockReason.BROKEN, "王大爷打碎一件"),
        (3, StockReason.GIVEN, SAID),
    ]
    assert "王大爷" not in everything()
    assert list(queries.verify(db.session())) == []


def test_erased_words_are_gone_and_every_hash_is_as_it_was(shop):
    goods = put_out(shop, pieces=0)
    entry = supply(shop, goods)
    db.session.commit()
    words, before = db.session.scalar(select(StockWords)), entry.hash
    act = {"actor": shop.office, "at": AT}
    operations.erase_stock_words(db.session(), goods, words, **act)
    db.session.commit()
    assert told(goods) == [(3, StockReason.GIVEN, "")]
    assert SAID not in str(db.session.execute(text("SELECT * FROM points_stock_words")).all())
    assert db.session.get_one(Entry, entry.id).hash == before
    with pytest.raises(DomainError, match="erased already"):
        operations.erase_stock_words(db.session(), goods, words, **act)
    trail = select(AuditEntry.details).where(AuditEntry.action == "points:goods:erase_words")
    assert db.session.scalars(trail).all() == [f'{{"entry": {entry.id}}}']


def test_nothing_but_the_words_can_be_changed_and_those_only_be_emptied(shop):
    supply(shop, put_out(shop, pieces=0))
    for act in (
        "UPDATE points_stock_words SET words = 'others'",
        "UPDATE points_stock_words SET goods_id = goods_id",
        "DELETE FROM points_stock_words",
    ):
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(text(act))
    db.session.execute(text("UPDATE points_stock_words SET words = ''"))


def test_old_words_go_by_themselves(shop, monkeypatch):
    goods = put_out(shop, pieces=0)
    supply(shop, goods)
    supply(shop, goods, note="发票118号", at=AT + timedelta(days=5))
    db.session.commit()
    monkeypatch.setattr("intranet.clock.now", lambda: AT + timedelta(days=732))
    assert [tasks.forget_erased(), tasks.forget_erased()] == [1, 0]
    assert told(goods) == [(3, StockReason.GIVEN, "发票118号"), (3, StockReason.GIVEN, "")]


def test_a_note_from_before_stays_and_is_shown(shop):
    """The ledger is append-only: what an earlier release wrote into it is not taken out."""
    goods = put_out(shop, pieces=0)
    stock, supplied = (
        operations.goods_account(db.session(), kind=kind, sku=goods.sku)
        for kind in ("stock", "supplied")
    )
    leg = operations.Leg(stock, supplied, 4)
    draft = operations.Draft("old", EntryKind.SUPPLY, [leg], AT.date(), note="社区采购")
    operations.post(db.session(), draft, at=AT)
    assert told(goods) == [(4, None, "社区采购")]


@pytest.mark.parametrize(
    ("reason", "note", "field"),
    [
        (StockReason.OTHER, " ", "note"),
        (StockReason.BOUGHT, "字" * 101, "note"),
        (StockReason.BROKEN, "", "reason"),
    ],
)
def test_what_is_wrong_with_a_supply_is_told_beside_its_field(shop, reason, note, field):
    with pytest.raises(InputError) as refused:
        supply(shop, put_out(shop, pieces=0), reason=reason, note=note)
    assert refused.value.field == field


def test_a_count_needs_a_reason_for_a_difference_alone(shop):
    goods = put_out(shop)
    assert count(shop, goods, 5, seen=5, reason=None) == 0
    for reason in (None, StockReason.BOUGHT):
        with pytest.raises(InputError) as refused:
            count(shop, goods, 4, seen=5, reason=reason)
        assert refused.value.field == "reason"
    assert count(shop, goods, 4, seen=5, reason=StockReason.MISSING) == -1


def test_the_same_supply_again_is_one_entry_with_its_first_words(shop):
    goods = put_out(shop, pieces=0)
    assert supply(shop, goods, key="tap").id == supply(shop, goods, key="tap", note="别的").id
    assert on_shelf(goods) == (3, 3, 0)
    assert db.session.scalars(select(StockWords.words)).all() == [SAID]


def test_words_are_erased_from_the_page_by_those_who_look_after_the_goods(app, client, shop):
    goods = put_out(shop, pieces=0)
    supply(shop, goods)
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", shop.town.town)
    theirs = put_out(shop, "OIL1", grid=other, pieces=0)
    entry = supply(shop, theirs, note="李大妈捐")
    number = db.session.scalar(select(StockWords.id).where(StockWords.entry_id != entry.id))
    hers = db.session.scalar(select(StockWords.id).where(StockWords.entry_id == entry.id))
    db.session.commit()
    log_in(client, create_account("office", shop.town.community.path))
    page = client.get(f"/points/goods/{goods.id}")
    url = f"/points/goods/{goods.id}/words/{number}/erase"
    assert all(one in page.text for one in (SAID, "捐赠", url))
    form = {"once": once.new_key()}
    for wrong in (
        f"/points/goods/{goods.id}/words/{hers}/erase",
        f"/points/goods/{theirs.id}/words/{hers}/erase",
    ):
        assert client.post(wrong, data=form).status_code == 404
    assert [client.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    after = client.get(f"/points/goods/{goods.id}").text
    assert SAID not in after
    assert "捐赠" in after
    again = client.post(url, data={"once": once.new_key()})
    assert (again.status_code, "说明已经删除" in again.text) == (409, True)
