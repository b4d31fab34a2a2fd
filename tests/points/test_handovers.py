"""Goods of honours: on the shelf's books as awarded until somebody has collected them."""

from __future__ import annotations

import threading

import pytest
from factories import create_account, create_grid, log_in
from points.goods_factory import put_out
from points.year_factory import LATER, move, plan, sign, years_end  # noqa: F401
from sqlalchemy import func, select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import GridKind
from intranet.points import operations, queries
from intranet.points.models import Award, Entry, Handover, Measure, Receiver
from intranet.register.models import PartyKind


@pytest.fixture
def rice(years_end):
    """A signed year in which two homes were honoured with two bags of rice."""
    goods = put_out(years_end.shop, "RICE5", pieces=5)
    for home, points in zip(years_end.homes, (40, 36, 2), strict=True):
        move(years_end, home, points)
    plan(years_end, (PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 2, "治理之星", goods))
    sign(years_end)
    return goods


def desk(app, years_end, role="station"):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, create_account(role, years_end.shop.town.community.path))


def awards():
    return db.session.scalars(select(Award.id).order_by(Award.number)).all()


def counts(goods):
    db.session.rollback()
    row = queries.on_shelf(db.session(), goods)
    return row.stock, row.awaiting, row.collected


def test_goods_are_awarded_then_collected_and_the_list_says_when_and_from_whom(
    app, years_end, rice
):
    assert counts(rice) == (3, 2, 0)
    station = desk(app, years_end)
    number = years_end.settlement.id
    where = f"/points/handing/{number}"
    assert f'href="{where}"' in station.get("/points/desk").text
    first, second = awards()
    wrong = station.post(f"{where}/{first}", data={"receiver": "邻居"})
    assert (wrong.status_code, f'id="wrong-{first}"' in wrong.text) == (422, True)
    assert station.post(f"{where}/{first}", data={"receiver": "family"}).status_code == 303
    again = station.post(f"{where}/{first}", data={"receiver": "self"})
    assert (again.status_code, "这份奖品已领取" in again.text) == (409, True)
    page = station.get(where).text
    assert "共 2 份，还有 1 份待领取" in page
    assert "家人代领" in page
    assert "签名" in page
    assert counts(rice) == (3, 1, 1)
    store = desk(app, years_end, "office")
    assert "已授予待领取" in store.get(f"/points/goods/{rice.id}").text
    assert station.post(f"{where}/{first}/back").status_code == 303
    assert station.post(f"{where}/{first}/back").status_code == 409
    assert counts(rice) == (3, 2, 0)
    for one in (first, second):
        assert station.post(f"{where}/{one}", data={"receiver": "self"}).status_code == 303
    assert "awards-wait" in (page := station.get("/points/desk").text)
    assert f'href="{where}"' not in page
    told = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("points:award:%"))
    ).all()
    assert sorted(told) == ["points:award:hand"] * 3 + ["points:award:unhand"]
    assert list(queries.verify(db.session())) == []


def test_the_entry_of_an_award_says_that_goods_went_from_the_shelf(app, years_end, rice):
    entry = db.session.get_one(Award, awards()[0]).entry_id
    page = desk(app, years_end, "secretary").get(f"/points/entries/{entry}").text
    moved = page.split('id="codes"', 1)[0].split("从哪里到哪里", 1)[1]
    assert moved.index("库存：RICE5") < moved.index("已发出：RICE5")
    assert f'href="/points/years/{years_end.settlement.id}"' in page


def test_what_was_corrected_is_handed_to_nobody(app, years_end, rice):
    first, second = awards()
    award = db.session.get_one(Award, first)
    operations.reverse(
        db.session(),
        db.session.get_one(Entry, award.entry_id),
        key="undone",
        effective_on=LATER.date(),
        at=LATER,
        actor_id=years_end.secretary.account_id,
        approver_id=years_end.admin.account_id,
        note="twice",
    )
    db.session.commit()
    assert counts(rice) == (4, 1, 0)
    station = desk(app, years_end)
    where = f"/points/handing/{years_end.settlement.id}"
    assert f'id="a{first}"' not in station.get(where).text
    assert station.post(f"{where}/{first}", data={"receiver": "self"}).status_code == 404
    with pytest.raises(DomainError, match="No goods"):
        operations.hand_award(
            db.session(), award, receiver=Receiver.SELF, actor=years_end.secretary, at=LATER
        )
    db.session.rollback()
    assert second in [one.award.id for one in _listed(years_end)]


def _listed(end):
    return queries.to_hand_or_404(db.session(), end.shop.office, end.settlement.id)


def test_another_communitys_list_is_not_there(app, years_end, rice):
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", years_end.shop.town.town)
    db.session.commit()
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, create_account("secretary", other.path))
    where = f"/points/handing/{years_end.settlement.id}"
    assert client.get(where).status_code == 404
    assert client.post(f"{where}/{awards()[0]}", data={"receiver": "self"}).status_code == 404
    assert desk(app, years_end, "resident").get(where).status_code == 403


def test_of_two_desks_one_hands_it_over(app, years_end, rice):
    first, actor = awards()[0], years_end.shop.office
    db.session.rollback()
    start, results = threading.Barrier(4), []

    def hand():
        with app.app_context():
            award = db.session.get_one(Award, first)
            db.session.rollback()
            start.wait(20)
            try:
                operations.hand_award(
                    db.session(), award, receiver=Receiver.SELF, actor=actor, at=LATER
                )
                db.session.commit()
                results.append("done")
            except DomainError:
                db.session.rollback()
                results.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=hand) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(results) == ["done", *["refused"] * 3]
    assert db.session.scalar(select(func.count(Handover.id))) == 1
