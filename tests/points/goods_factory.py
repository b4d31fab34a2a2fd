"""Goods on a shelf, and a household with points to redeem them for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from factories import AT, Town, create_account, create_town, viewer_of
from points.points_factory import DAY, Books, grant, new_key

from intranet.access import Viewer
from intranet.db import db
from intranet.points import operations
from intranet.points.models import AccountKind, Entry, Goods, Redemption
from intranet.points.operations import Facts
from intranet.register.models import Party, PartyKind


@dataclass
class Shop:
    """A community's goods, its people, and what they stand on."""

    town: Town
    books: Books
    office: Viewer
    household: Party
    shop: Party
    resident: object  # the account of somebody of the household
    neighbour: object


def party(kind, path, **fields):
    made = Party(kind=kind, grid_path=path, created_at=AT, **fields)
    db.session.add(made)
    db.session.flush()
    return made


@pytest.fixture
def shop(app):
    return open_shop()


def open_shop():
    """Insert a community with a household, a shop, and those who look after the goods."""
    town = create_town()
    home = town.micros[0].path
    household = party(PartyKind.HOUSEHOLD, home)
    trade = party(PartyKind.SHOP, home, public_name="老面馆")
    person = party(PartyKind.PERSON, home, household_id=household.id)
    other = party(PartyKind.PERSON, home)
    resident = create_account("resident", home, party_id=person.id)
    neighbour = create_account("resident", home, party_id=other.id)
    office = create_account("office", town.community.path)
    approver = create_account("secretary", town.community.path)
    operations.open_period(db.session(), year=2026)
    db.session.commit()
    books = Books(household.id, trade.id, office.id, approver.id)
    viewer = viewer_of(office, ("office", town.community.path))
    return Shop(town, books, viewer, household, trade, resident, neighbour)


def put_out(shop, sku="RICE5", *, points=10, pieces=5, grid=None, **facts):
    """List goods with some pieces on the shelf; committed."""
    made = operations.add_goods(
        db.session(),
        actor=shop.office,
        at=AT,
        grid=grid or shop.town.community,
        sku=sku,
        facts=Facts("大米五斤", points, **facts),
    )
    if pieces:
        operations.supply(
            db.session(),
            made,
            pieces=pieces,
            note="社区采购",
            key=new_key(),
            actor=shop.office,
            at=AT,
        )
    db.session.commit()
    return made


def ask(shop, goods, quantity=1, *, party=None, at=AT, key=None, actor=None):
    """Hold some goods for a party; not committed."""
    return operations.hold(
        db.session(),
        actor=actor or shop.office,
        party=party or shop.household,
        goods=goods,
        quantity=quantity,
        key=key or new_key(),
        at=at,
    )


def earn(shop, amount, **more):
    """Give the household points; committed."""
    made = grant(shop.books, amount, **more)
    db.session.commit()
    return made


def on_shelf(goods):
    """Return the pieces on the shelf, those for nobody yet, and those handed out."""
    stock, handed = (
        operations.goods_account(db.session(), kind=kind, sku=goods.sku)
        for kind in (AccountKind.STOCK, AccountKind.HANDED)
    )
    return stock.balance, stock.available, handed.balance


__all__ = ["DAY", "Entry", "Goods", "Redemption", "ask", "earn", "on_shelf", "open_shop", "put_out"]
