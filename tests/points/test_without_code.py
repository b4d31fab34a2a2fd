"""Goods without their code: not to one's own home, told there, looked through by another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import AT, create_account, create_grid, log_in, viewer_of
from points.goods_factory import ask, earn, on_shelf, party, put_out, shop  # noqa: F401
from points.points_factory import balance, new_key
from sqlalchemy import func, select, text

from intranet import clock, once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.notices.models import Notice
from intranet.points import operations, queries, tasks
from intranet.points.models import Entry, Handing, Redemption, RedemptionState
from intranet.register.models import PartyKind


@pytest.fixture
def goods(shop):
    """Goods, and a household with points to have some; the year goes on to today."""
    for year in range(2026, clock.today().year + 1):
        operations.open_period(db.session(), year=year)
    earn(shop, 100, year=clock.today().year)
    return put_out(shop)


def sent(**fields):
    return {"once": once.new_key(), **fields}


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def staff(shop, role):
    return create_account(role, shop.town.community.path)


def own(shop):
    """Return the office's viewer, who lives in the household."""
    return replace(shop.office, household_id=shop.household.id)


def at_counter(shop, goods, *, actor=None, reason="当面认识", whose=None):
    return operations.hand_at_counter(
        db.session(),
        actor=actor or shop.office,
        party=whose or shop.household,
        goods=goods,
        quantity=2,
        reason=reason,
        key=new_key(),
        at=clock.now(),
    )


def the_handing():
    db.session.expire_all()
    return db.session.scalar(select(Handing))


def told(account):
    """Return words and address of each notice to an account, the oldest first."""
    of = select(Notice.words, Notice.url).where(Notice.account_id == account.id)
    return [tuple(one) for one in db.session.execute(of.order_by(Notice.id))]


@pytest.mark.parametrize("reason", ["", "本人"])
def test_nobody_hands_goods_to_their_own_home(shop, goods, reason):
    held = ask(shop, goods, at=clock.now())
    person = party(PartyKind.PERSON, shop.household.grid_path, household_id=shop.household.id)
    theirs = ask(shop, goods, party=shop.shop, at=clock.now()) if earn_for(shop) else None
    db.session.commit()
    for one, actor in (
        (held, own(shop)),
        (held, replace(shop.office, party_id=person.id, household_id=shop.household.id)),
        (theirs, replace(shop.office, party_id=shop.shop.id)),
    ):
        with pytest.raises(DomainError, match="your own home"):
            operations.collect(db.session(), one, actor=actor, at=clock.now(), reason=reason)
        db.session.rollback()
    assert on_shelf(goods) == (5, 3, 0)
    operations.collect(db.session(), held, actor=shop.office, at=clock.now(), reason=reason)


def earn_for(shop):
    return earn(shop, 20, party=shop.shop.id, year=clock.today().year)


def test_nobody_spends_their_own_homes_points_at_the_counter(shop, goods):
    count = select(func.count(Entry.id))
    before = db.session.scalar(count)
    with pytest.raises(DomainError, match="your own home"):
        at_counter(shop, goods, actor=own(shop))
    assert db.session.scalar(count) == before
    with pytest.raises(InputError) as refused:
        at_counter(shop, goods, reason="")
    assert refused.value.field == "reason"


def test_with_the_code_nobody_is_told_and_nothing_is_looked_through(shop, goods):
    held = ask(shop, goods, at=clock.now())
    operations.collect(db.session(), held, actor=shop.office, at=clock.now())
    assert the_handing() is None
    assert told(shop.resident) == []


def test_the_home_is_told_who_when_and_what_and_objects(app, shop, goods):
    made = at_counter(shop, goods)
    db.session.commit()
    url = f"/points/redemptions/{made.id}"
    assert told(shop.resident) == [(told(shop.resident)[0][0], url)]
    assert told(shop.neighbour) == []
    home = browser(app, shop.resident)
    notices = home.get("/notices").text
    assert "未凭领取码交付：大米五斤 × 2，扣 20 分" in notices
    assert shop.office.name not in str(db.session.execute(text("SELECT * FROM notice")).all())
    page = home.get(url).text
    assert all(one in page for one in (shop.office.name, "当面认识", "−20", "提出异议"))
    assert f'href="{url}"' in home.get("/points/shop").text

    assert home.post(f"{url}/object", data=sent(words="")).status_code == 422
    form = sent(words="我家没人领过")
    assert [home.post(f"{url}/object", data=form).status_code for _ in range(2)] == [303, 303]
    assert "我家没人领过" in home.get(url).text
    again = home.post(f"{url}/object", data=sent(words="再说一次"))
    assert (again.status_code, "已提出过异议" in again.text) == (409, True)
    stranger = browser(app, shop.neighbour)
    assert stranger.get(url).status_code == 404
    assert stranger.post(f"{url}/object", data=sent(words="不对")).status_code == 404


def test_a_leader_who_did_not_hand_it_over_answers(app, shop, goods):
    first, second = staff(shop, "secretary"), staff(shop, "secretary")
    leader = viewer_of(first, ("secretary", shop.town.community.path))
    made = at_counter(shop, goods, actor=leader)
    act = {"actor": viewer_of(shop.resident), "at": clock.now(), "address": ""}
    operations.object_to_handing(db.session(), the_handing(), words="没人领过", **act)
    db.session.commit()
    assert told(first) == []
    assert [url for _words, url in told(second)] == ["/points/handed"]

    url = f"/points/handed/{the_handing().id}/look"
    own_hand = browser(app, first)
    assert "是您自己经手的" in own_hand.get("/points/handed").text
    form = {"version": the_handing().version}
    refused = own_hand.post(url, data=sent(answer="没问题", **form))
    assert (refused.status_code, "是您自己经手的" in refused.text) == (409, True)
    other = browser(app, second)
    assert "没人领过" in other.get("/points/handed").text
    silent = other.post(url, data=sent(answer="", **form))
    assert silent.status_code == 422
    assert 'aria-invalid="true"' in silent.text
    done = sent(answer="确实弄错了，已申请更正", **form)
    assert [other.post(url, data=done).status_code for _ in range(2)] == [303, 303]
    late = other.post(url, data=sent(answer="另一个答复", **form))
    assert late.status_code == 409
    assert told(shop.resident)[-1][1] == f"/points/redemptions/{made.id}"
    answered = browser(app, shop.resident).get(f"/points/redemptions/{made.id}").text
    assert all(one in answered for one in ("已答复", "确实弄错了", second.display_name))


def test_what_nobody_objects_to_is_looked_through_in_one_press(app, shop, goods):
    at_counter(shop, goods)
    db.session.commit()
    leader = browser(app, staff(shop, "secretary"))
    assert "未凭码交付" in leader.get("/points/desk").text
    page = leader.get("/points/handed").text
    assert all(one in page for one in (shop.office.name, "当面认识", "已通知其家人"))
    url = f"/points/handed/{the_handing().id}/look"
    form = sent(answer="", version=the_handing().version)
    assert leader.post(url, data=form).status_code == 303
    assert "没有待核查的" in leader.get("/points/handed").text
    # Whoever finds out later still objects, and it waits for a leader again.
    act = {"actor": viewer_of(shop.resident), "at": clock.now(), "address": ""}
    operations.object_to_handing(db.session(), the_handing(), words="没人领过", **act)
    db.session.commit()
    assert "住户有异议" in leader.get("/points/handed").text


def test_who_lives_there_does_not_look_through_it(shop, goods):
    at_counter(shop, goods)
    leader = viewer_of(staff(shop, "secretary"), ("secretary", shop.town.community.path))
    act = {"actor": replace(leader, household_id=shop.household.id), "at": AT, "address": ""}
    with pytest.raises(DomainError, match="your own home"):
        operations.look_through(
            db.session(), the_handing(), version=the_handing().version, answer="", **act
        )


def test_a_home_without_an_account_is_told_as_such_and_other_communities_are_not_there(
    app, shop, goods
):
    alone = party(PartyKind.HOUSEHOLD, shop.town.micros[1].path)
    earn(shop, 30, party=alone.id, year=clock.today().year)
    at_counter(shop, goods, whose=alone)
    db.session.commit()
    assert the_handing().told == 0
    assert "未能通知" in browser(app, staff(shop, "secretary")).get("/points/handed").text
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", shop.town.town)
    stranger = browser(app, create_account("secretary", other.path))
    assert "当面认识" not in stranger.get("/points/handed").text
    url = f"/points/handed/{the_handing().id}/look"
    assert stranger.post(url, data=sent(version=1)).status_code == 404


def test_the_words_go_with_whoever_is_erased(shop, goods):
    at_counter(shop, goods, reason="欧阳隐名的儿子代领")
    act = {"actor": viewer_of(shop.resident), "at": clock.now(), "address": ""}
    operations.object_to_handing(db.session(), the_handing(), words="欧阳隐名没领", **act)
    shop.household.erased_at = clock.now()
    db.session.commit()
    assert [tasks.forget_erased(), tasks.forget_erased()] == [1, 0]
    said = db.session.execute(text("SELECT * FROM points_handing")).all()
    trail = db.session.execute(text("SELECT * FROM audit_entry")).all()
    assert "欧阳隐名" not in str(said) + str(trail)
    assert db.session.scalar(select(Redemption.state)) is RedemptionState.COLLECTED
    assert balance(shop.books, year=clock.today().year) == (80, 80)
    assert list(queries.verify(db.session())) == []


def test_the_list_asks_as_much_however_many_there_are(app, shop, goods):
    from counting import counted

    client = browser(app, staff(shop, "secretary"))

    def asked():
        client.get("/points/handed")
        with counted() as statements:
            assert client.get("/points/handed").status_code == 200
        return len(statements)

    at_counter(shop, goods)
    db.session.commit()
    few = asked()
    for number in range(6):
        at_counter(shop, put_out(shop, f"B{number}", points=1))
    db.session.commit()
    assert asked() == few
