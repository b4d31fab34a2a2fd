"""Goods, a redemption and two years' ends, for whoever walks every page: each is number 1, or 2."""

from __future__ import annotations

from datetime import timedelta

from factories import create_account, viewer_of
from points.goods_factory import Shop, ask, party, put_out
from points.points_factory import Books, grant
from points.year_factory import AT, LATER, YearsEnd, plan, sign

from intranet import clock
from intranet.db import db
from intranet.points import operations
from intranet.points.models import Measure
from intranet.register.models import PartyKind


def furnish_points(town):
    """Bring one year to its honours, begin the next, and keep some goods aside for somebody."""
    session, path = db.session(), town.community.path
    home = party(PartyKind.HOUSEHOLD, town.micros[0].path)
    trade = party(PartyKind.SHOP, town.micros[0].path, public_name="老面馆")
    people = [create_account(role, path) for role in ("office", "secretary", "admin")]
    office, secretary, admin = (
        viewer_of(one, (role, path))
        for one, role in zip(people, ("office", "secretary", "admin"), strict=True)
    )
    for year in (2026, 2027):
        operations.open_period(session, year=year)
    books = Books(home.id, trade.id, people[0].id, people[1].id)
    grant(books, 30)
    shop = Shop(town, books, office, home, trade, None, None)
    rice = put_out(shop, "RICE5")
    first, second = (
        operations.begin_settlement(session, grid=town.community, year=year, actor=secretary, at=AT)
        for year in (2026, 2027)
    )
    session.commit()
    end = YearsEnd(shop, secretary, admin, first, [home.id])
    plan(end, (PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", rice))
    sign(end)
    operations.publish_head(session, place="公示栏", actor=office, at=LATER)
    end.settlement = second
    plan(end)
    ask(shop, rice, at=clock.now() - timedelta(minutes=1))
    session.commit()
