"""The station's figures: each equals the list behind it, and what one counts by hand."""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from counting import counted
from factories import create_account, create_town, viewer_of
from jobs.jobs_factory import create_company, create_post, create_seeker, create_wish
from jobs.posts_scene import browser
from openpyxl import load_workbook
from sqlalchemy import select

from intranet import clock, sheets
from intranet.audit import AuditEntry
from intranet.clock import BEIJING
from intranet.db import db
from intranet.jobs.forms.figures import period_of, periods
from intranet.jobs.models import (
    FOLLOW_UP_DAYS,
    Channel,
    EndReason,
    FollowUp,
    PayUnit,
    Placement,
    PostState,
    Reached,
    Referral,
    ReferralState,
    ReferralStep,
    ReferralVerb,
    Wish,
    WishState,
    WishStep,
)
from intranet.jobs.queries import figures
from intranet.jobs.queries.figures import FIGURES, Asked, By, Period
from intranet.jobs.views import figures as figures_pages

TODAY = date(2026, 11, 20)
MONTH = Period(date(2026, 10, 1), date(2026, 10, 31))


def at(day, hour=12):
    return datetime.combine(day, time(hour), BEIJING)


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def station(town):
    return create_account("station", town.community.path)


def wish_of(micro, n, day, channel=Channel.KIOSK, spoken=None):
    """Insert a wish, and hours after it in which the seeker was spoken to."""
    seeker = create_seeker(micro, f"王小{n}", f"138{n:08d}")
    wish = create_wish(seeker, channel=channel, made_at=at(day))
    if spoken is not None:
        step = {"verb": None, "reached": Reached.SPOKEN, "state": WishState.OPEN}
        when = at(day) + timedelta(hours=spoken)
        db.session.add(WishStep(wish_id=wish.id, at=when, **step))
    return wish


def refer(wish, post, day, *, invited=None, starts=None, told=(), undone=False):
    """Insert a referral; ``told`` are answers at 7, 30 … days: True, False, None for not asked."""
    ended = starts is None and invited is None
    referral = Referral(
        wish_id=wish.id,
        post_id=post.id,
        channel=Channel.DESK,
        made_at=at(day),
        state=ReferralState.ENDED if ended else ReferralState.INTERVIEW,
        end_reason=EndReason.SEEKER_DECLINED if ended else None,
    )
    db.session.add(referral)
    db.session.flush()
    for when in invited or ():
        step = {"verb": ReferralVerb.INVITE, "state": ReferralState.INTERVIEW}
        db.session.add(ReferralStep(referral_id=referral.id, at=at(when), **step))
    if starts is not None:
        referral.state = ReferralState.PLACED
        placed = Placement(
            referral_id=referral.id,
            seeker_id=wish.seeker_id,
            post_id=post.id,
            is_full_time=False,
            starts_on=starts,
            pay_fen=300_000,
            pay_unit=PayUnit.MONTH,
            made_at=at(day),
            undone_at=at(day) if undone else None,
        )
        db.session.add(placed)
        db.session.flush()
        for days, there in zip(FOLLOW_UP_DAYS, told, strict=False):
            due = starts + timedelta(days=days)
            done = {"done_at": at(due), "still_there": there} if there is not None else {}
            db.session.add(FollowUp(placement_id=placed.id, days=days, due_on=due, **done))
    db.session.flush()
    return referral


def seen_by(town, account, by=By.GRID, period=MONTH):
    viewer = viewer_of(account, ("station", town.community.path))
    return Asked(viewer, period, by, TODAY)


def cells(asked):
    return {key: dict(row) for key, _name, row in figures.table(db.session(), asked).rows}


def test_each_figure_is_what_one_counts_by_hand(app, town, station):
    first, second = town.micros[0], town.micros[3]
    company, day = create_company(town.dedicated), date(2026, 10, 10)
    post = create_post(company, openings=9)
    spoken = [wish_of(first, n, day, spoken=hours) for n, hours in enumerate((23, 25, 71, 100))]
    wish_of(first, 5, day, Channel.DESK)  # who sits opposite has been spoken to
    never = wish_of(first, 6, day)
    late = wish_of(first, 7, day, spoken=7 * 24 + 1)
    wish_of(first, 8, date(2026, 9, 30), spoken=1)  # of the month before
    other = wish_of(second, 9, date(2026, 10, 31), spoken=1)
    refer(spoken[0], post, day, invited=[day, day], starts=day, told=(True, True))
    refer(spoken[1], post, day, invited=[date(2026, 11, 2)])  # invited in the next month
    refer(spoken[2], post, day, starts=date(2026, 9, 20), told=(True, False))
    refer(spoken[3], post, day, starts=day, told=(None,))  # due, and nobody asked
    refer(never, post, day, starts=day, told=(True,), undone=True)  # entered by mistake
    refer(late, post, date(2026, 11, 1))
    refer(other, post, day, starts=date(2026, 10, 30), told=(True,))  # due in November
    db.session.commit()
    found = cells(seen_by(town, station))
    assert found[first.path] == {
        "filed": 7, "spoken_1": 2, "spoken_3": 4, "spoken_7": 5,
        "referred": 5, "interviewed": 1, "placed": 2, "filled": 0,
        "due_7": 2, "still_7": 1, "due_30": 1, "still_30": 0,
        "due_90": 0, "still_90": 0, "due_180": 0, "still_180": 0,
    }  # fmt: skip
    assert found[second.path]["filed"] == found[second.path]["spoken_1"] == 1
    assert found[second.path]["placed"] == 1
    assert found[town.dedicated.path] == dict.fromkeys(FIGURES[By.GRID], 0) | {"filled": 3}
    by_company = figures.table(db.session(), seen_by(town, station, By.COMPANY))
    [(key, name, row)] = by_company.rows
    assert (key, name) == (str(company.id), "温江鱼凫家政服务有限公司")
    assert (row["referred"], row["interviewed"], row["placed"]) == (6, 1, 3)
    assert by_company.total == row


def test_a_follow_up_counts_once_it_is_due_and_who_left_before_is_due(app, town, station):
    post = create_post(create_company(town.dedicated))
    wish = wish_of(town.micros[0], 1, date(2026, 11, 1))
    made = refer(wish, post, date(2026, 11, 1), starts=date(2026, 11, 1), told=(True, None))
    placed = db.session.scalar(select(Placement).filter_by(referral_id=made.id))
    dropped = db.session.scalar(select(FollowUp).filter_by(placement_id=placed.id, days=30))
    dropped.dropped_at = at(date(2026, 11, 10))
    db.session.commit()
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    asked = seen_by(town, station, period=year)
    row = cells(asked)[town.micros[0].path]
    assert (row["due_7"], row["still_7"], row["due_30"]) == (1, 1, 0)  # 1 December is to come
    row = cells(replace(asked, today=date(2026, 12, 1)))[town.micros[0].path]
    assert (row["due_30"], row["still_30"]) == (1, 0)


def random_world(town):
    """Insert some sixty wishes with all that can become of them."""
    dice = random.Random(6)
    posts = [create_post(create_company(town.dedicated, f"单位{n}")) for n in range(3)]
    for n in range(60):
        day = date(2026, 9, 20) + timedelta(days=dice.randrange(60))
        spoken = dice.choice((None, 5, 30, 80, 200))
        wish = wish_of(dice.choice(town.micros), n, day, dice.choice(list(Channel)), spoken)
        for post in dice.sample(posts, dice.randrange(3)):
            starts = dice.choice((None, day + timedelta(days=dice.randrange(20))))
            told = [dice.choice((True, False, None)) for _ in range(dice.randrange(5))]
            invited = [day + timedelta(days=dice.randrange(9)) for _ in range(dice.randrange(3))]
            undone = dice.random() < 0.2
            refer(wish, post, day, invited=invited, starts=starts, told=told, undone=undone)
    db.session.commit()


def behind_all(asked, what, key):
    """Return everything behind a figure, page by page."""
    found, after = [], 0
    while True:
        rows, more = figures.behind(db.session(), asked, what, key=key, after=after)
        found += [one.id for one in rows]
        if more is None:
            return found
        after = more


@pytest.mark.parametrize("by", list(By))
def test_each_figure_equals_the_list_behind_it_and_sums_are_sums(app, town, station, by):
    random_world(town)
    for code in ("2026-10", "2026-Q4", "2026"):
        asked = seen_by(town, station, by, period_of(code))
        found = figures.table(db.session(), asked)
        assert found.rows
        total = Counter()
        for key, _name, row in found.rows:
            for what, count in row.items():
                assert len(behind_all(asked, what, key)) == count, (code, key, what)
            total.update(row)
            assert row.get("filed", 0) >= row.get("spoken_7", 0) >= row.get("spoken_3", 0)
            assert all(row[f"due_{days}"] >= row[f"still_{days}"] for days in FOLLOW_UP_DAYS)
        assert dict(total) == found.total
        for what, count in found.total.items():
            ids = behind_all(asked, what, "")
            assert len(ids) == len(set(ids)) == count


def test_nobody_sees_figures_of_other_grids(app, town, station):
    random_world(town)
    member = create_account("grid_member", town.generals[0].path)
    viewer = viewer_of(member, ("grid_member", town.generals[0].path))
    asked = Asked(viewer, period_of("2026"), By.GRID, TODAY)
    found = figures.table(db.session(), asked)
    assert {key for key, *_rest in found.rows} <= {one.path for one in town.micros[:2]}
    whole = figures.table(db.session(), replace(asked, viewer=seen_by(town, station).viewer))
    own = {key: row for key, _name, row in whole.rows if key.startswith(town.generals[0].path)}
    assert {key: row for key, _name, row in found.rows} == own
    assert behind_all(asked, "filed", town.micros[3].path) == []


def test_periods_hold_their_first_and_last_moment(app, town, station):
    for n, moment in enumerate(
        (at(MONTH.since, 0), at(MONTH.until, 23), at(MONTH.since, 0) - timedelta(seconds=1))
    ):
        seeker = create_seeker(town.micros[0], f"王小{n}", f"138{n:08d}")
        create_wish(seeker, made_at=moment)
    db.session.commit()
    assert cells(seen_by(town, station))[town.micros[0].path]["filed"] == 2
    assert period_of("2026-Q4") == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert period_of("2026-12") == Period(date(2026, 12, 1), date(2026, 12, 31))
    assert period_of("2026") == Period(date(2026, 1, 1), date(2026, 12, 31))
    for wrong in ("", "2026-13", "2026-Q5", "26", "2026-1", "2026-Q4-1", "１２３４"):
        assert period_of(wrong) is None
    offered = [code for listed in periods(TODAY, "2026-11").values() for code, _label in listed]
    assert offered[:2] == ["2026-11", "2026-10"]
    assert "2025-Q4" in offered
    assert all(period_of(code) for code in offered)


def test_the_page_shows_them_leads_behind_and_names_nobody(app, town, station):
    random_world(town)
    client = browser(app, station)
    page = client.get("/jobs/figures?period=2026-10")
    assert page.status_code == 200
    assert "微网格1-1" in page.text
    for words in ("登记意愿", "3 天内联系上", "180 天留岗", "合计", "2026 年 10 月"):
        assert words in page.text
    behind = client.get("/jobs/figures/behind?period=2026-10&by=grid&what=filed&key=")
    assert behind.status_code == 200
    numbers = db.session.scalars(select(Wish.id).where(MONTH.holds(Wish.made_at))).all()
    db.session.rollback()
    assert all(f"/jobs/wishes/{one}" in behind.text for one in numbers)
    company = client.get("/jobs/figures?period=2026&by=company").text
    assert "单位1" in company
    for text in (page.text, behind.text, company):
        assert "王" not in text
        assert "13800000" not in text
    wrong = client.get("/jobs/figures?period=2026-99")
    assert wrong.status_code == 422
    assert "没有这个时段" in wrong.text
    for url in (
        "behind?what=secrets",
        "behind?what=filed&by=company",
        "behind?what=filed&period=x",
    ):
        assert client.get(f"/jobs/figures/{url}").status_code == 404
    assert "这个时段没有数据" in client.get("/jobs/figures?period=2024").text


def test_the_workbook_holds_both_tables_as_numbers_and_its_taking_is_written_down(
    app, town, station
):
    random_world(town)
    answer = browser(app, station).get("/jobs/figures/export.xlsx?period=2026-Q4")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["按网格", "按单位", "指标口径说明"]
    asked = seen_by(town, station, By.GRID, period_of("2026-Q4"))
    expected = figures.table(db.session(), replace(asked, today=clock.today()))
    rows = list(book["按网格"].values)
    assert len(rows) == len(expected.rows) + 2
    assert list(rows[-1]) == ["合计", *expected.total.values()]
    for column in range(1, len(rows[0])):
        assert sum(row[column] for row in rows[1:-1]) == rows[-1][column]
    db.session.rollback()  # what was written apart is not in a snapshot of before
    taken = db.session.scalar(select(AuditEntry).filter_by(action="jobs:figures:export"))
    assert (taken.actor_id, "2026-Q4" in taken.details) == (station.id, True)


def test_the_tables_ask_the_same_however_many_grids_and_companies(app, town, station):
    client = browser(app, station)
    wish_of(town.micros[0], 999, date(2026, 10, 2))
    db.session.commit()
    with counted() as few:
        assert client.get("/jobs/figures?period=2026").status_code == 200
    random_world(town)
    with counted() as many:
        assert client.get("/jobs/figures?period=2026").status_code == 200
    assert len(many) == len(few)


def many_companies(town, many):
    """Insert companies to each of which one seeker was referred in the month."""
    wish = wish_of(town.micros[0], 1, date(2026, 10, 2))
    for n in range(many):
        company = create_company(town.dedicated, f"单位{n:05d}", verified=False)
        post = create_post(company, state=PostState.WITHDRAWN)
        refer(wish, post, date(2026, 10, 3))
    db.session.commit()


def test_more_than_a_thousand_lines_are_all_paged_and_all_in_the_workbook(app, town, station):
    many = 1003
    many_companies(town, many)
    client, url, seen = browser(app, station), "/jobs/figures?period=2026-10&by=company", []
    pages = 0
    while url:
        with counted() as asked:
            page = client.get(url).text
        shown = re.findall(r'<th scope="row">(单位\d+)</th>', page)
        assert f"第 {len(seen) + 1} 至 {len(seen) + len(shown)} 行，共 {many} 行" in page
        seen += shown
        more = re.search(r'rel="next" href="([^"]+)"', page)
        url, pages = more and more[1].replace("&amp;", "&"), pages + 1
        assert len(asked) < 20
    assert seen == [f"单位{n:05d}" for n in range(many)]
    assert pages == 6
    answer = client.get("/jobs/figures/export.xlsx?period=2026-10")
    rows = list(load_workbook(io.BytesIO(answer.data))["按单位"].values)
    assert len(rows) == many + 2
    assert rows[-1][1] == many


def test_a_workbook_goes_on_in_the_next_sheet_where_one_is_full(app, town, station, monkeypatch):
    many_companies(town, 7)
    monkeypatch.setattr(sheets, "ROWS_MAX", 5)
    monkeypatch.setattr(figures_pages, "MEANINGS", ())
    answer = browser(app, station).get("/jobs/figures/export.xlsx?period=2026-10")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["按网格", "按单位", "按单位 2", "指标口径说明"]
    rows = [*list(book["按单位"].values)[1:], *list(book["按单位 2"].values)[1:]]
    assert [row[0] for row in rows] == [*(f"单位{n:05d}" for n in range(7)), "合计"]


def test_grids_are_named_however_many_there_are(app, town, station, monkeypatch):
    random_world(town)
    client = browser(app, station)
    whole = client.get("/jobs/figures?period=2026").text
    monkeypatch.setattr(figures_pages, "LABELS", 2)
    assert client.get("/jobs/figures?period=2026").text.count("微网格") == whole.count("微网格")
