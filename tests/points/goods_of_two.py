"""Goods by the bare ledger: listed, come to the shelf, given with an honour."""

from __future__ import annotations

from factories import AT, DAY
from points.points_factory import new_key

from intranet.db import db
from intranet.points import operations
from intranet.points.models import AccountKind, Award, EntryKind, Goods, Honour, Measure, Settlement
from intranet.points.operations import Draft, Leg


def list_goods(place, sku):
    """List one kind of goods of a community; the accounts may be there already."""
    goods = Goods(grid_path=place.path, sku=sku, title=sku, points=10, made_at=AT)
    db.session.add(goods)
    db.session.flush()
    return goods


def supply_goods(goods, pieces):
    """Put some pieces on the shelf, with nobody in particular having entered it."""
    return _move(goods, EntryKind.SUPPLY, AccountKind.STOCK, AccountKind.SUPPLIED, pieces)


def award_goods(goods, party):
    """Give a piece with an honour of some year's end, and return its entry."""
    entry = _move(goods, EntryKind.AWARD, AccountKind.HANDED, AccountKind.STOCK, 1)
    year = 2000 + entry.id  # one settlement each: a community has one a year
    settlement = Settlement(grid_path=goods.grid_path, year=year, made_at=AT)
    db.session.add(settlement)
    db.session.flush()
    honour = Honour(
        settlement_id=settlement.id,
        kind=party.kind,
        measure=Measure.OVERALL,
        rank_first=1,
        rank_last=1,
        title="文明家庭",
        goods_id=goods.id,
        quantity=1,
    )
    db.session.add(honour)
    db.session.flush()
    db.session.add(
        Award(
            settlement_id=settlement.id,
            honour_id=honour.id,
            party_id=party.id,
            number=1,
            rank=1,
            entry_id=entry.id,
        )
    )
    db.session.flush()
    return entry


def _move(goods, kind, debit, credit, pieces):
    session = db.session()
    legs = [
        Leg(
            operations.goods_account(session, kind=debit, sku=goods.sku),
            operations.goods_account(session, kind=credit, sku=goods.sku),
            pieces,
        )
    ]
    operations.open_period(session, year=2026)
    draft = Draft(key=new_key(), kind=kind, legs=legs, effective_on=DAY)
    return operations.post(session, draft, at=AT)
