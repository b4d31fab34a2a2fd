"""Checklists are made, changed, copied and retired; coverage is counted as it is defined."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta

import pytest
from counting import counted
from factories import AT, create_account, create_town, log_in, viewer_of
from hypothesis import given
from hypothesis import strategies as st
from incidents.patrol_factory import WORDS, begin_walk, create_plan, finish, note
from incidents_factory import create_category
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intranet import clock, once
from intranet.audit import AuditEntry
from intranet.clock import BEIJING
from intranet.db import db
from intranet.incidents import operations, queries
from intranet.incidents.models import Found, Frequency, PatrolItem, PatrolPlan, PatrolTerm
from intranet.incidents.queries import Coverage, Duty, Term, WalkFilter, coverage, duty

NEW = "/incidents/patrols/plans/new"


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return create_town()


@pytest.fixture
def staff(app, town):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, create_account("office", town.community.path))


def form(category, rows, *, grid=None, name="楼栋巡查", frequency="weekly", **more):
    data = MultiDict({"once": once.new_key(), "name": name, "frequency": frequency, **more})
    if grid is not None:
        data["grid"] = grid.path
    for number, row in enumerate(rows):
        place, words, *flags = row
        data[f"items-{number}-position"] = place
        data[f"items-{number}-words"] = words
        data[f"items-{number}-place"] = "1单元"
        data[f"items-{number}-category"] = category.id if category else ""
        for flag in flags:
            data[f"items-{number}-{flag}"] = "y"
    return data


def words_of(plan_id):
    db.session.expire_all()
    found = db.session.scalars(
        select(PatrolItem).filter_by(plan_id=plan_id).order_by(PatrolItem.position)
    )
    return [one.words for one in found]


def audited():
    db.session.rollback()  # what another connection has committed since
    return db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.action.like("incidents:patrol:%"))
        .order_by(AuditEntry.id)
    ).all()


def test_a_checklist_is_made_in_the_order_of_its_numbers_and_written_down(staff, town):
    category = create_category()
    rows = [(3, "第三项看灯"), (1, "第一项看通道"), ("", ""), (2, "第二项看井盖", "is_optional")]

    answer = staff.post(NEW, data=form(category, rows, grid=town.micros[0]))

    assert answer.status_code == 303, answer.text
    plan = db.session.scalars(select(PatrolPlan)).one()
    assert words_of(plan.id) == ["第一项看通道", "第二项看井盖", "第三项看灯"]
    assert audited() == ["incidents:patrol:add"]
    assert "第一项看通道" in staff.get(answer.location).text


def test_nothing_typed_is_lost_when_a_checklist_is_refused_or_gets_more_rows(staff, town):
    category = create_category()
    for data, status, says in (
        (form(None, [(1, "看通道是否畅通")], grid=town.micros[0]), 422, "请选择"),
        (form(category, [], grid=town.micros[0]), 422, "清单应有1至60项"),
        (form(category, [(1, "看")], grid=town.micros[0]), 422, "请用2至100字写明检查内容"),
        (form(category, [(1, "看通道是否畅通")], grid=town.micros[0], name="楼"), 422, "2至40字"),
        (form(category, [(1, "看通道是否畅通")], grid=town.micros[0], more="y"), 200, "再加几行"),
        (form(category, [(1, "看通道是否畅通")]), 422, "请"),
    ):
        answer = staff.post(NEW, data=data)
        assert (answer.status_code, says in answer.text) == (status, True), says
        assert all(row in answer.text for row in data.getlist("items-0-words"))
    assert db.session.scalars(select(PatrolPlan)).all() == []


def test_a_standard_checklist_comes_with_the_matters_of_the_house(staff, town):
    operations.install_standard(db.session(), actor=None, at=AT)
    db.session.commit()
    names = {one.name for one in queries.categories(db.session()) if one.parent_id}
    for one in operations.STANDARD_PLANS:
        text = staff.get(f"{NEW}?template={one.key}").text
        assert all(item.words in text for item in one.items)
        assert {item.category for item in one.items} <= names
        assert text.count("selected") >= len(one.items)


def test_who_changes_a_checklist_second_is_told_and_may_then_replace_it(staff, town):
    category = create_category()
    plan = create_plan(town.micros[0], category)
    url, version = f"/incidents/patrols/plans/{plan.id}", str(plan.version)
    first = form(category, [(1, "改过的第一项")], version=version)
    assert staff.post(url, data=first).status_code == 303
    second = form(category, [(1, "我要写的内容")], version=version, name="新名字")

    answer = staff.post(url, data=second)

    assert answer.status_code == 409
    assert "改过的第一项" in answer.text
    assert "我要写的内容" in answer.text
    assert words_of(plan.id) == ["改过的第一项"]
    db.session.expire_all()
    again = form(
        category, [(1, "我要写的内容")], version=str(db.session.get(PatrolPlan, plan.id).version)
    )
    assert staff.post(url, data=again).status_code == 303
    assert words_of(plan.id) == ["我要写的内容"]


def test_a_walk_under_way_keeps_the_items_it_began_with(staff, town):
    category = create_category()
    plan = create_plan(town.micros[0], category)
    walker = viewer_of(
        create_account("micro_member", town.micros[0].path), ("micro_member", town.micros[0].path)
    )
    walk, checks = begin_walk(plan, walker)
    data = form(category, [(1, "全新的一项")], version=str(plan.version))
    assert staff.post(f"/incidents/patrols/plans/{plan.id}", data=data).status_code == 303

    assert [one.words for one in checks] == list(WORDS)
    for check in checks:
        note(walk, check, walker)
    assert finish(walk, walker) == []


def test_a_checklist_is_copied_once_and_retired_and_restored(staff, town):
    category = create_category()
    plan = create_plan(town.micros[0], category)
    url = f"/incidents/patrols/plans/{plan.id}"
    data = {"once": once.new_key(), "grid": town.micros[1].path}
    assert [staff.post(f"{url}/copy", data=data).status_code for _time in range(2)] == [303, 303]
    refused = staff.post(f"{url}/copy", data={**data, "once": once.new_key()})
    assert (refused.status_code, "已有同名清单" in refused.text) == (422, True)
    assert words_of(
        db.session.scalars(select(PatrolPlan.id).order_by(PatrolPlan.id)).all()[1]
    ) == list(WORDS)

    def press(verb, version):
        data = {"once": once.new_key(), "version": version}
        return staff.post(f"{url}/{verb}", data=data).status_code

    version = plan.version
    assert press("retire", version) == 303
    assert press("retire", version) == 409
    assert staff.get("/incidents/patrols/plans").text.count('class="who"') == 1
    assert staff.get("/incidents/patrols/plans?retired=y").text.count('class="who"') == 1
    db.session.expire_all()
    assert press("restore", db.session.get(PatrolPlan, plan.id).version) == 303
    of_plan = select(PatrolTerm.frequency).filter_by(plan_id=plan.id).order_by(PatrolTerm.id)
    terms = db.session.scalars(of_plan).all()
    assert terms == [Frequency.WEEKLY, None, Frequency.WEEKLY]
    assert audited()[-3:] == [f"incidents:patrol:{one}" for one in ("add", "retire", "restore")]


def test_terms_and_marks_cannot_be_changed_by_anybody(town):
    create_plan(town.micros[0], create_category())
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(db.update(PatrolTerm).values(frequency=None))
    db.session.rollback()


# ---- Coverage, counted once more by somebody who knows only its definition.

DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))


@st.composite
def histories(draw):
    begun = draw(DAYS)
    changes = sorted(draw(st.lists(st.dates(begun, date(2026, 5, 10)), max_size=3)))
    kinds = [draw(st.sampled_from(list(Frequency)))]
    kinds += [draw(st.sampled_from([*Frequency, None])) for _change in changes]
    terms = [Term(day, kind) for day, kind in zip([begun, *changes], kinds, strict=True)]
    return terms, draw(st.sets(st.dates(date(2026, 1, 1), date(2026, 5, 31)), max_size=40))


def same_period(kind, one, other):
    if kind is Frequency.DAILY:
        return one == other
    if kind is Frequency.WEEKLY:
        return one.isocalendar()[:2] == other.isocalendar()[:2]
    return (one.year, one.month) == (other.year, other.month)


def by_hand(terms, walked, since, until, today):
    """Give every day of the calendar its period, then look at each period as a set of days."""
    day, periods = date(2025, 11, 1), {}
    while day < date(2026, 8, 1):
        running = [number for number, term in enumerate(terms) if term.from_on <= day]
        if running and terms[running[-1]].frequency is not None:
            number = running[-1]
            kind = terms[number].frequency
            key = next(
                (k for k in periods if k[0] == number and same_period(kind, k[1], day)), None
            )
            periods.setdefault(key or (number, day), []).append(day)
        day += timedelta(days=1)
    due = done = 0
    for (number, _first), days in periods.items():
        kind = terms[number].frequency
        if not since <= days[0] <= until:
            continue
        cut = same_period(kind, days[0], days[0] - timedelta(days=1)) or same_period(
            kind, days[-1], days[-1] + timedelta(days=1)
        )
        was_walked = bool(walked & set(days))
        if was_walked or (not cut and days[-1] < today):
            due, done = due + 1, done + was_walked
    return Coverage(due, done)


@given(histories(), DAYS, st.integers(0, 90), DAYS)
def test_coverage_equals_an_independent_count(story, since, length, today):
    terms, walked = story
    until = since + timedelta(days=length)

    assert coverage(terms, walked, since, until, today) == by_hand(
        terms, walked, since, until, today
    )


@pytest.mark.parametrize(
    ("frequency", "walked", "expected"),
    [
        (Frequency.DAILY, [], Duty.OVERDUE),
        (Frequency.DAILY, [date(2026, 11, 22)], Duty.TODAY),
        (Frequency.DAILY, [date(2026, 11, 23)], Duty.DONE),
        (Frequency.WEEKLY, [], Duty.OVERDUE),
        (Frequency.WEEKLY, [date(2026, 11, 16)], Duty.AHEAD),
        (Frequency.MONTHLY, [date(2026, 10, 31)], Duty.AHEAD),
        (Frequency.MONTHLY, [], Duty.OVERDUE),
    ],
)
def test_how_urgent_a_walk_is(frequency, walked, expected):
    monday = date(2026, 11, 23)
    assert duty([Term(date(2026, 1, 1), frequency)], walked, monday)[0] is expected


def test_a_new_checklist_is_not_overdue_on_its_first_day():
    monday = date(2026, 11, 23)
    assert duty([Term(monday, Frequency.MONTHLY)], [], monday)[0] is Duty.AHEAD


def test_the_page_and_the_file_show_the_coverage_counted_and_the_file_is_on_the_trail(
    app, staff, town, monkeypatch
):
    matter = create_category()
    matter.opened_on = (AT - timedelta(days=30)).date()
    plan = create_plan(
        town.micros[0], matter, frequency=Frequency.DAILY, at=AT - timedelta(days=20)
    )
    walker = viewer_of(
        create_account("micro_member", town.micros[0].path), ("micro_member", town.micros[0].path)
    )
    for days in (12, 9, 3, 3):
        moment = AT - timedelta(days=days)
        walk, checks = begin_walk(plan, walker, at=moment)
        for check in checks:
            note(walk, check, walker, Found.HAZARD if days == 9 else Found.FINE, at=moment)
        finish(walk, walker, at=moment)
    today = AT.astimezone(BEIJING).date()
    since = today - timedelta(days=9)
    url = f"since={since}&until={today}"

    page = staff.get(f"/incidents/patrols/history?{url}").text
    file = staff.get(f"/incidents/patrols/coverage.csv?{url}").get_data(as_text=True)
    assert staff.get(f"/incidents/patrols/coverage.xlsx?{url}").data.startswith(b"PK")
    walks = staff.get(f"/incidents/patrols/walks.csv?{url}").get_data(as_text=True)

    # Ten days from nine days ago to today: nine are over, two of them walked; today runs.
    assert "22.2 %" in page
    rows = list(csv.reader(file.splitlines()))
    assert rows[1][2:] == ["1", "9", "2", "22.2"]
    assert len(walks.splitlines()) == 4  # two of one day are one period and two walks
    assert audited()[-3:] == ["incidents:patrol:export"] * 3
    office = viewer_of(
        create_account("office", town.community.path), ("office", town.community.path)
    )
    wanted = WalkFilter(since, today)
    [row] = queries.coverage_rows(db.session(), office, wanted, at=AT)
    assert (row.coverage.due, row.coverage.walked) == (9, 2)


def test_others_see_their_own_walks_and_no_coverage(app, town):
    plan = create_plan(town.micros[0], create_category())
    accounts = [create_account("micro_member", town.micros[0].path) for _one in range(2)]
    first = viewer_of(accounts[0], ("micro_member", town.micros[0].path))
    walk, checks = begin_walk(plan, first)
    for check in checks:
        note(walk, check, first)
    finish(walk, first)
    seen = []
    for account in accounts:
        client = app.test_client()
        page = log_in(client, account).get("/incidents/patrols/history").text
        seen.append((f"/walks/{walk.id}" in page, "统计口径" in page))
    assert seen == [(True, False), (False, False)]


def test_the_lists_ask_a_fixed_number_of_questions(staff, town):
    category = create_category()
    walker = viewer_of(
        create_account("micro_member", town.micros[0].path), ("micro_member", town.micros[0].path)
    )
    asked = []
    for round_ in range(2):
        for number in range(1 if round_ == 0 else 8):
            plan = create_plan(town.micros[number % 4], category, name=f"清单{round_}-{number}")
            walk, checks = begin_walk(plan, walker)
            if number % 2 == 0:
                for check in checks:
                    note(walk, check, walker, Found.HAZARD)
                finish(walk, walker)
        begin_walk(create_plan(town.micros[0], category, name=f"进行中{round_}"), walker)
        for path in ("", "/history", "/plans"):
            with counted() as statements:
                assert staff.get(f"/incidents/patrols{path}").status_code == 200
            asked.append(len(statements))
    assert asked[:3] == asked[3:]


def test_the_due_list_tells_who_walked_last_and_who_is_under_way(app, town):
    plan = create_plan(town.micros[0], create_category(), at=AT - timedelta(days=40))
    account = create_account("micro_member", town.micros[0].path, display_name="周姐")
    viewer = viewer_of(account, ("micro_member", town.micros[0].path))
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, account)
    assert "已超期" in client.get("/incidents/patrols").text
    answer = client.post(f"/incidents/patrols/{plan.id}/start")
    assert answer.status_code == 303
    text = client.get("/incidents/patrols").text
    assert "周姐于" in text
    assert "已检查0/3项" in text
    walk, checks = begin_walk(plan, viewer)
    for check in checks:
        note(walk, check, viewer)
    finish(walk, viewer)
    text = client.get("/incidents/patrols").text
    assert "本期已巡" in text
    assert "1 / 1" in text
    assert datetime.combine(date(2026, 11, 23), time(), UTC) < AT  # a Monday: the week has begun
