"""Heads of the ledger on pages and paper; every step of a year's end pressed twice is done once."""

from __future__ import annotations

import re

from factories import create_account
from points.year_factory import (  # noqa: F401 — a fixture
    AT,
    LATER,
    move,
    plan,
    publish,
    sign,
    verified,
    years_end,
)
from points.year_in_pages import browser as account_browser
from points.year_in_pages import now, stay_logged_in  # noqa: F401 — a fixture
from sqlalchemy import func, select, text

from intranet import once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.points import queries, tasks
from intranet.points.models import (
    Anchor,
    Settlement,
    SettlementState,
    Verification,
    YearObjection,
)


def browser(app, end, role):
    client = account_browser(app, create_account(role, end.shop.town.community.path))
    stay_logged_in()
    return client


def standing(end):
    db.session.expire_all()
    return db.session.get_one(Settlement, end.settlement.id)


def acts(verb):
    of_verb = select(func.count()).where(AuditEntry.action == f"points:year:{verb}")
    return db.session.scalar(of_verb)


def test_the_office_has_the_ledger_verified_and_makes_its_head_public(app, years_end, now):
    move(years_end, years_end.homes[0], 30)
    office, resident = browser(app, years_end, "office"), browser(app, years_end, "resident")
    page = office.get("/points/heads").text
    assert "台账还没有核验过" in page
    form = {"once": once.new_key(), "place": "社区公示栏"}
    early = office.post("/points/heads", data=form)
    assert (early.status_code, "请先核验台账" in early.text) == (409, True)
    assert 'value="社区公示栏"' in early.text
    assert office.post("/points/heads/verify").status_code == 303
    waits = office.get("/points/heads").text
    key = re.search(r"seen=([0-9-]+)", waits).group(1)
    poll = f"/points/heads/verification?seen={key}"
    assert office.get(poll).status_code == 204
    assert tasks.verify_ledger() is True
    told = office.get(poll)
    assert (told.status_code, "hx-get" in told.text) == (200, False)
    assert "台账核验通过" in told.text
    assert office.post("/points/heads", data={**form, "place": ""}).status_code == 422
    sent = [office.post("/points/heads", data=form) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    head = db.session.scalars(select(Anchor)).one()
    assert {one.location for one in sent} == {f"/points/heads/{head.id}/paper"}
    root = queries.top(db.session(), 2026).root
    for who in (office, resident):
        sheet = who.get(f"/points/heads/{head.id}/paper").text
        assert all(words in sheet for words in ("社区公示栏", head.hash, root, "<svg"))
    board = resident.get("/points/board").text
    assert head.hash in board
    assert f"/points/heads/{head.id}/paper" in board
    assert resident.get("/points/heads").status_code == 403
    assert resident.get("/points/heads/999/paper").status_code == 404


def test_what_does_not_hold_is_shown_and_stands_in_the_way(app, years_end, now):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    verified(AT)
    db.session.execute(
        text("UPDATE points_verification SET faults = 2, first_faults = :words"),
        {"words": '["entry 1: is not what was written"]'},
    )
    db.session.commit()
    leader = browser(app, years_end, "secretary")
    assert "entry 1: is not what was written" in leader.get("/points/heads").text
    here = f"/points/years/{years_end.settlement.id}"
    form = {"once": once.new_key(), "version": standing(years_end).version}
    refused = leader.post(f"{here}/publish", data=form)
    assert (refused.status_code, "有 2 处不符" in refused.text) == (409, True)


def test_nobody_is_let_publish_before_the_worker_has_looked(app, years_end, now):
    """The request itself goes through nothing: what it asks is the same for any ledger."""
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    leader = browser(app, years_end, "secretary")
    here = f"/points/years/{years_end.settlement.id}"

    def press():
        form = {"once": once.new_key(), "version": standing(years_end).version}
        return leader.post(f"{here}/publish", data=form)

    refused = press()
    assert (refused.status_code, "台账一天内核验过" in refused.text) == (409, True)
    assert leader.post("/points/heads/verify", data={"year": 1}).location == "/points/years/1"
    assert "一分钟内开始" in leader.get(here).text
    assert press().status_code == 409
    assert tasks.verify_ledger() is True
    assert press().status_code == 303
    assert db.session.scalar(select(func.count(Verification.id))) == 1


def test_a_step_pressed_twice_is_taken_once_and_answers_the_same(app, years_end, now):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    one, two = browser(app, years_end, "secretary"), browser(app, years_end, "secretary")
    here = f"/points/years/{years_end.settlement.id}"

    def twice(client, *more):
        verified(now["now"])
        form = {"once": once.new_key(), "version": standing(years_end).version}
        sent = [client.post("/".join([here, *more]), data=form) for _ in range(2)]
        assert {one.location for one in sent} == {here}
        return [one.status_code for one in sent]

    assert twice(one, "publish") == [303, 303]
    assert twice(one, "take-back") == [303, 303]
    assert twice(one, "publish") == [303, 303]
    now["now"] = LATER
    assert twice(one, "sign") == [303, 303]
    assert twice(two, "cancel") == [303, 303]
    assert twice(one, "sign") == [303, 303]
    assert twice(two, "sign", "confirm") == [303, 303]
    assert twice(one, "close") == [303, 303]
    assert twice(two, "close", "confirm") == [303, 303]
    assert standing(years_end).state is SettlementState.CLOSED
    done = {verb: acts(verb) for verb in ("publish", "take_back", "ask", "cancel", "sign", "close")}
    assert done == {"publish": 2, "take_back": 1, "ask": 3, "cancel": 1, "sign": 1, "close": 1}
    paper = one.get(f"{here}/paper").text
    assert queries.top(db.session(), 2026).root in paper


def test_a_decision_pressed_twice_is_one_and_a_page_without_a_key_is_out_of_date(
    app, years_end, now
):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    neighbour = browser(app, years_end, "resident")
    board = f"/points/standings/{years_end.settlement.id}"
    form = {"once": once.new_key(), "words": "少算了"}
    assert neighbour.post(f"{board}/object", data=form).status_code == 303
    again = neighbour.post(f"{board}/object", data={**form, "once": once.new_key()})
    assert (again.status_code, "已对这份排名提过异议" in again.text) == (409, True)
    said = db.session.scalars(select(YearObjection)).one()
    leader = browser(app, years_end, "secretary")
    here = f"/points/years/{years_end.settlement.id}"
    answer = {"once": once.new_key(), "answer": "已核实", "upheld": "no"}
    sent = [leader.post(f"{here}/objections/{said.id}", data=answer) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    assert acts("decide") == 1
    late = leader.post(f"{here}/take-back", data={"version": standing(years_end).version})
    assert late.status_code == 422
    assert standing(years_end).state is SettlementState.PUBLICITY


def test_everybody_reads_that_a_signed_year_was_opened_again(app, years_end, now):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    years_end.settlement.reopened_at = LATER
    move(years_end, years_end.homes[1], 3)
    assert SettlementState.FINAL is standing(years_end).state
    page = browser(app, years_end, "resident").get(f"/points/standings/{years_end.settlement.id}")
    assert "目前有 1 户（家）的积分已有变化" in page.text


def test_the_start_page_reminds_the_office_once_a_month(app, years_end, now):
    move(years_end, years_end.homes[0], 30)
    office = browser(app, years_end, "office")
    assert "积分台账存证待公示" not in office.get("/").text
    now["now"] = AT.replace(month=3)
    page = office.get("/", follow_redirects=True).text
    assert "积分台账存证待公示" in page
