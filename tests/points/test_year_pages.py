"""The year's end as people walk through it: a dry run, two persons, names only with consent."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from counting import counted
from factories import create_account, create_grid
from points.goods_factory import party, put_out
from points.year_factory import (  # noqa: F401
    AT,
    LATER,
    move,
    plan,
    publish,
    sign,
    verified,
    years_end,
)
from points.year_in_pages import (  # noqa: F401 — fixtures
    HOUSEHOLD,
    NAME,
    browser,
    honour,
    now,
    pair,
    post,
    state,
    stay_logged_in,
    url,
    version,
)
from sqlalchemy import func, select, text

from intranet import once
from intranet.audit import AuditEntry
from intranet.clock import BEIJING
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.points.models import (
    Dimension,
    Honour,
    PeriodState,
    Settlement,
    SettlementState,
    YearObjection,
)
from intranet.points.operations import open_period


def test_a_year_is_settled_page_by_page_by_two(years_end, pair, now):
    rice = put_out(years_end.shop, "RICE5", pieces=5, cost_fen=1200)
    move(years_end, years_end.homes[0], 30)
    move(years_end, years_end.homes[1], 50, Dimension.CONTRIBUTION)
    one, two = pair
    assert "拟定方案" in one.get("/points/years").text
    saved = post(one, years_end, "plan", publicity_days="7", budget_fen="50", last_day="2027-03-31")
    assert saved.status_code == 303
    form = honour(goods=rice.id, rank_last="2")
    added = [one.post(url(years_end, "honours"), data=form).status_code for _ in range(2)]
    assert added == [303, 303]
    assert db.session.scalar(select(func.count(Honour.id))) == 1

    before = db.session.execute(text("SELECT count(*) FROM points_entry")).scalar()
    assert one.get(url(years_end, "check")).text.count("待处理") == 1  # not verified yet
    verified(now["now"])
    dry = one.get(url(years_end, "check")).text
    assert "有效期到 2027-03-31（含当天）、之后作废的积分" in dry
    assert "2 户（家）共 80 分" in dry
    assert "24.00 元，预算 50.00 元" in dry
    assert dry.count("待处理") == 0
    assert db.session.execute(text("SELECT count(*) FROM points_entry")).scalar() == before

    assert post(one, years_end, "publish").status_code == 303
    early = post(one, years_end, "sign")
    assert (early.status_code, "还有 7 天" in early.text) == (409, True)
    now["now"] = LATER
    stay_logged_in()
    assert post(one, years_end, "sign").status_code == 303
    alone = post(one, years_end, "sign", "confirm")
    assert alone.status_code == 409
    assert post(two, years_end, "sign", "confirm").status_code == 303
    assert state(years_end) is SettlementState.FINAL
    page = two.get(url(years_end)).text
    assert page.count("2026-000") == 2
    assert post(one, years_end, "close").status_code == 303
    assert post(two, years_end, "close", "confirm").status_code == 303
    assert state(years_end) is SettlementState.CLOSED
    paper = two.get(url(years_end, "paper")).text
    assert re.search(r"[0-9a-f]{64}", paper)
    assert "2026 年度积分台账结账公告" in paper
    assert "结账时间" in paper
    assert "已停用" not in paper

    silent = post(one, years_end, "reopen")
    assert (silent.status_code, "请说明为何重新打开" in silent.text) == (422, True)
    assert post(one, years_end, "reopen", reason="漏记一次义诊").status_code == 303
    assert "漏记一次义诊" in two.get(url(years_end)).text
    assert post(two, years_end, "reopen", "confirm").status_code == 303
    assert open_period(db.session(), year=2026).state is PeriodState.OPEN
    told = select(AuditEntry.action).where(AuditEntry.action.like("points:year:%"))
    acts = [one.split(":")[2] for one in db.session.scalars(told.order_by(AuditEntry.id))]
    assert acts == [
        *("begin", "plan", "honour_add", "publish", "ask", "sign"),
        *("ask", "close", "ask", "reopen"),
    ]


def test_what_stands_in_the_way_is_listed_and_what_was_typed_stays(years_end, pair):
    one, _two = pair
    refused = post(one, years_end, "publish")
    assert refused.status_code == 409
    assert "方案里已有荣誉" in refused.text
    for field, value in (("publicity_days", "0"), ("publicity_days", "七"), ("budget_fen", "x")):
        fields = {"publicity_days": "7", "budget_fen": "1", "last_day": ""} | {field: value}
        wrong = post(one, years_end, "plan", **fields)
        assert wrong.status_code == 422, value
        assert f'id="{field}-error"' in wrong.text
        assert f'value="{value}"' in wrong.text
    late = one.post(
        url(years_end, "plan"), data={"version": "99", "publicity_days": "9", "budget_fen": "1"}
    )
    assert (late.status_code, 'value="9"' in late.text) == (409, True)
    for field, value in (("title", ""), ("rank_last", "0"), ("kind", "nobody")):
        wrong = one.post(url(years_end, "honours"), data=honour(**{field: value}))
        assert wrong.status_code == 422, field
    taken = one.post(url(years_end, "honours"), data=honour(kind="shop", measure="per_head"))
    assert (taken.status_code, "只有住户和队伍可按人均排名" in taken.text) == (422, True)


def test_honours_for_the_same_ranks_are_marked_and_who_would_have_goods_twice_is_named(
    years_end, pair
):
    rice = put_out(years_end.shop, "RICE5", pieces=9)
    move(years_end, years_end.homes[0], 30)
    one, _two = pair
    for fields in ({"rank_last": "2"}, {"title": "文明家庭", "rank_first": "2", "rank_last": "3"}):
        form = honour(goods=rice.id, **fields)
        assert one.post(url(years_end, "honours"), data=form).status_code == 303
    assert one.get(url(years_end)).text.count("与另一项名次重叠") == 2
    assert "将多次获得奖品" not in one.get(url(years_end, "check")).text
    form = honour(goods=rice.id, title="和谐家庭", measure="participation")
    assert one.post(url(years_end, "honours"), data=form).status_code == 303
    assert one.get(url(years_end)).text.count("与另一项名次重叠") == 2
    assert "2 次" in one.get(url(years_end, "check")).text.split("将多次获得奖品", 1)[1][:200]
    lines = db.session.scalars(select(Honour).order_by(Honour.id)).all()
    assert one.post(url(years_end, "honours", str(lines[1].id), "remove")).status_code == 303
    assert "与另一项名次重叠" not in one.get(url(years_end)).text


def test_a_year_is_begun_for_a_community_of_ones_own(app, years_end, pair):
    one, _two = pair
    place = years_end.shop.town.community.path
    made = one.post("/points/years", data={"grid_path": place, "year": "2027"})
    assert made.status_code == 303
    unknown = one.post("/points/years", data={"grid_path": place, "year": "2040"})
    assert (unknown.status_code, "台账里没有这个年度" in unknown.text) == (422, True)
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", years_end.shop.town.town)
    db.session.commit()
    theirs = one.post("/points/years", data={"grid_path": other.path, "year": "2026"})
    assert theirs.status_code == 422
    stranger = browser(app, create_account("secretary", other.path))
    stay_logged_in()
    for method, more in (
        ("get", ()),
        ("get", ("check",)),
        ("get", ("paper",)),
        ("post", ("publish",)),
        ("post", ("sign",)),
        ("post", ("close", "confirm")),
        ("post", ("plan",)),
    ):
        assert getattr(stranger, method)(url(years_end, *more)).status_code == 404


def test_the_one_ledger_is_closed_by_whoever_is_above_all_its_communities(
    app, years_end, pair, now
):
    other = create_grid(GridKind.COMMUNITY, "邻村", "510115101002", years_end.shop.town.town)
    micro = create_grid(GridKind.MICRO, "邻村一", "510115101002010001", other)
    move(years_end, party(HOUSEHOLD, micro.path).id, 5)
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    now["now"] = LATER
    stay_logged_in()
    one, _two = pair
    refused = post(one, years_end, "close")
    assert (refused.status_code, "本年度有 1 个住户" in refused.text) == (409, True)
    above = browser(app, create_account("secretary", years_end.shop.town.town.path))
    stay_logged_in()
    assert post(above, years_end, "close").status_code == 303


def test_an_objection_is_decided_by_somebody_else_and_answered(app, years_end, pair, now):
    move(years_end, years_end.shop.household.id, 30)
    move(years_end, years_end.shop.shop.id, 9)
    plan(years_end)
    publish(years_end)
    resident = browser(app, years_end.shop.resident)
    stay_logged_in()
    board = f"/points/standings/{years_end.settlement.id}"
    assert "排名公示中" not in resident.get(board).text
    assert f'href="{board}"' in resident.get("/points/honours").text
    assert resident.post(f"{board}/object", data={"once": once.new_key()}).status_code == 422
    form = {"once": once.new_key(), "words": "上月义诊没有算进去"}
    said = [resident.post(f"{board}/object", data=form).status_code for _ in range(2)]
    assert said == [303, 303]
    objection = db.session.scalars(select(YearObjection)).one()
    assert "尚未处理" in resident.get(board).text
    one, _two = pair
    where = url(years_end, "objections", str(objection.id))

    def answer(words, upheld):
        form = {"once": once.new_key(), "answer": words, "upheld": upheld}
        return one.post(where, data=form)

    silent = answer("", "no")
    assert (silent.status_code, "请说明原因" in silent.text or "aria-invalid" in silent.text) == (
        422,
        True,
    )
    assert answer("义诊属下一年度", "no").status_code == 303
    assert answer("再次", "yes").status_code == 409
    page = resident.get(board).text
    assert "义诊属下一年度" in page
    assert "不成立" in page


def test_standings_ask_as_much_however_many_parties_there_are(app, years_end, pair):
    one, _two = pair
    path = years_end.shop.town.micros[0].path
    move(years_end, years_end.homes[0], 5)
    plan(years_end)

    def asked():
        publish(years_end)
        number = years_end.settlement.id
        found = []
        for where in (f"/points/standings/{number}", "/points/honours", "/points/years"):
            one.get(where)
            with counted() as statements:
                assert one.get(where).status_code == 200
            found.append(len(statements))
        end = db.session.get_one(Settlement, number)
        years_end.settlement = end
        return found

    few = asked()
    assert post(one, years_end, "take-back").status_code == 303
    years_end.settlement = db.session.get_one(Settlement, years_end.settlement.id)
    for number in range(10):
        home = party(HOUSEHOLD, path)
        move(years_end, home.id, 5 + number)
    assert asked() == few


def test_what_is_not_published_is_not_there_for_others(app, years_end, pair):
    resident = browser(app, years_end.shop.resident)
    stay_logged_in()
    assert resident.get(f"/points/standings/{years_end.settlement.id}").status_code == 404
    assert "还没有荣誉" in resident.get("/points/honours").text
    assert resident.get("/points/years").status_code == 403


def test_what_is_asked_for_is_taken_back_by_either(years_end, pair, now):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    now["now"] = LATER
    stay_logged_in()
    one, two = pair
    assert post(one, years_end, "sign").status_code == 303
    assert "等待第二人确认" in two.get("/points/years").text
    assert post(two, years_end, "cancel").status_code == 303
    assert post(one, years_end, "cancel").status_code == 409
    assert post(two, years_end, "sign", "confirm").status_code == 409
    assert state(years_end) is SettlementState.PUBLICITY


def test_days_are_shown_as_beijing_has_them(years_end, pair, now):
    now["now"] = datetime(2027, 1, 10, 23, 30, tzinfo=BEIJING)
    stay_logged_in()
    move(years_end, years_end.homes[0], 30)
    plan(years_end, days=1)
    one, _two = pair
    assert post(one, years_end, "publish").status_code == 303
    db.session.expire_all()
    assert years_end.settlement.publicity_until.isoformat() == "2027-01-10"
    now["now"] += timedelta(minutes=31)
    assert post(one, years_end, "sign").status_code == 303
