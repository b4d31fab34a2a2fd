"""The board as everybody sees it, logged in or not."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from counting import counted
from factories import create_account, log_in
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.jobs_factory import CARER, GUARD, STATION_PLACE, create_post
from jobs.station_factory import create_station
from markupsafe import escape

from intranet import clock
from intranet.db import db
from intranet.jobs.models import CompanyState, PayUnit, PostState, Shift

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def town(app):
    return drawn_town()


@pytest.fixture
def company(town):
    return company_of(town)


def page(client, url="/jobs", status=200, **options):
    db.session.commit()
    answer = client.get(url, **options)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def titles(html):
    return re.findall(r'<h2><a href="/jobs/\d+">([^<]+)</a>', html)


def test_whoever_is_not_logged_in_reads_the_board_as_people_speak(client, company):
    publish(company, openings=3, openings_left=2)
    html = page(client)

    assert titles(html) == ["保洁员"]
    for words in (
        "3000–3500 元/月",
        "步行约 1 分钟",
        "还招 2 人",
        "还有 30 天截止",
        "白班",
        "今天新增",
        "全职",
    ):
        assert words in html, words


def test_an_empty_board_says_so(client, company):
    assert "目前没有在招岗位" in page(client)


def test_a_partial_is_the_list_alone(client, company):
    publish(company)
    html = page(client, "/jobs?q=保洁", headers=PARTIAL)
    assert html.lstrip().startswith('<section id="board"')


def test_what_finds_nothing_says_what_to_take_off_and_how_many_there_are_then(client, company):
    publish(company)
    publish(company)
    html = page(client, "/jobs?q=保洁&shift=night&pay=10000")
    assert "没有符合条件的结果" in html
    assert (
        "没有岗位同时符合这些条件" not in html
    )  # two narrowings stand in the way: no single one helps
    html = page(client, "/jobs?q=保洁&shift=night")
    without_shift = re.search(r'href="([^"]+)">去掉“夜班”<span class="badge">(\d+)', html)
    assert without_shift[2] == "2"
    assert titles(page(client, without_shift[1].replace("&amp;", "&"))) == ["保洁员", "保洁员"]
    assert "去掉“保洁”" not in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("shift=never", "请从选项里选择"),
        ("pay=1", "请从选项里选择"),
        ("within=7&near=1", "请从选项里选择"),
        ("kind=9-99", "没有这个工种"),
        ("at=here", "这不是有效的位置"),
        ("at=95.1,30.2", "这不是有效的位置"),
        ("q=" + "长" * 61, "60"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field_and_stays_typed(
    client, company, query, words
):
    publish(company)
    html = page(client, f"/jobs?{query}&employment=part_time", 422)
    assert words in html
    assert '<option selected value="part_time">' in html
    assert titles(html) == []
    for feed in ("atom", "rss", "json"):
        assert client.get(f"/jobs/feed.{feed}?{query}").status_code == 404


def test_distances_without_a_place_ask_for_one(client, app):
    assert "要先选从哪里出发" in page(client, "/jobs?within=15", 422)


def test_the_tree_of_kinds_is_gone_down_only_where_there_are_posts(client, company):
    publish(company)
    publish(company)
    publish(company, "保安", occupation_code=GUARD)
    html = page(client)
    [top] = re.findall(r'<li><a href="([^"]+)">[^<]+<span class="badge">3</span>', html)
    html = page(client, top)
    below = dict(re.findall(r'kind=([\d-]+)">[^<]*<span class="badge">(\d)</span>', html))
    assert below == {"4-09": "2", "4-07": "1"}
    assert titles(page(client, "/jobs?kind=4-07")) == ["保安"]


def test_choices_say_how_many_there_are(client, company):
    publish(company)
    publish(company, shift=Shift.NIGHT)
    publish(company, pay_min_fen=500_000, pay_max_fen=600_000)
    html = page(client)
    for words in (
        "白班 (2)",
        "夜班 (1)",
        "晚班 (0)",
        "每月 3000 元 (3)",
        "每月 5000 元 (1)",
        "10 分钟 (3)",
    ):
        assert words in html, words


def test_nearest_first_from_a_chosen_micro_grid_or_where_the_phone_is(client, town, company):
    north, south = (STATION_PLACE[0] + 0.02, STATION_PLACE[0] - 0.02)
    publish(company, "北边的", latitude=north)
    publish(company, "南边的", latitude=south)
    assert titles(page(client, f"/jobs?sort=nearest&at={north:.3f},{STATION_PLACE[1]:.3f}")) == [
        "北边的",
        "南边的",
    ]
    micro = town.micros[0]
    html = page(client, f"/jobs?sort=nearest&near={micro.code}")
    assert titles(html) == ["南边的", "北边的"]
    assert micro.name in html


def test_pages_follow_one_another_newest_and_nearest(client, company):
    for n in range(45):
        publish(
            company, f"岗位{n:02d}", latitude=STATION_PLACE[0] + n * 0.001, days_ago=(45 - n) // 3
        )
    for start, first in (("/jobs", "岗位44"), ("/jobs?sort=nearest", "岗位00")):
        seen, url = [], start
        while url:
            html = page(client, url)
            seen += titles(html)
            following = re.search(r'rel="next" href="([^"]+)"', html)
            url = following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == len(set(seen)) == 45
        assert seen[0] == first


def test_a_page_asks_the_same_number_of_questions_whatever_there_is(client, company):
    numbers = set()
    for _round in range(2):
        for _n in range(15):
            publish(company)
        db.session.commit()
        with counted() as asked:
            assert client.get("/jobs?q=保洁&shift=day").status_code == 200
        # Past the session SQLite shows what FTS5 asks of its own tables, too.
        numbers.add(len([one for one in asked if "jobs_listed_words_" not in one]))
    assert len(numbers) == 1
    assert numbers.pop() <= 12


def test_a_post_says_all_that_the_law_wants_and_no_phone_of_anybody(client, company):
    post = publish(
        company,
        has_insurance=True,
        how_to_apply="先到驿站登记",
        must=("保洁",),
        benefits="月休四天",
        pay_words="试用期一个月",
    )
    html = page(client, f"/jobs/{post.id}")
    for words in (
        "温江鱼凫家政服务有限公司",
        "家政服务，员工 40 人",  # 单位基本情况、人数
        "身体健康，做事细心",  # 招用条件
        "全职",  # 用工类型
        "负责写字楼公共区域的清扫",  # 工作内容
        "白班 · 周一至周五 08:30–16:00",  # 工作时间
        "光华大道三段 12 号",  # 工作地点
        "3000–3500 元/月",  # 劳动报酬
        "缴纳社会保险",
        "试用期一个月",
        "月休四天",
        "先到驿站登记",
        "保洁 · 必备",
        "还招 2 人（共 2 人）",
        (clock.today() + timedelta(days=30)).isoformat(),  # 有效期
        "驿站已于 2026-11-23 核验",
        "由就业驿站帮您联系",
        f"岗位编号 {post.id}",
    ):
        assert words in html, words
    assert not re.search(r"1[3-9]\d{9}", html)


def test_where_the_station_is_and_when_it_is_open_are_two_lines(client, company, town):
    create_station(town.community, address="场镇正街 1 号", words="周一至周六\n9:00–17:00")
    html = page(client, f"/jobs/{publish(company).id}")
    assert re.search(r"场镇正街 1 号\s*<br>\s*周一至周六", html)


@pytest.mark.parametrize("state", [PostState.DRAFT, PostState.SUBMITTED])
def test_what_was_never_published_is_not_there(client, company, state):
    post = create_post(company, state=state)
    page(client, f"/jobs/{post.id}", 404)
    page(client, "/jobs/99999", 404)
    for tail in ("share", "share.txt", "card.svg"):
        page(client, f"/jobs/{post.id}/{tail}", 404)


@pytest.mark.parametrize(
    "state",
    [
        PostState.FILLED,
        PostState.EXPIRED,
        PostState.WITHDRAWN,
        PostState.REMOVED,
        PostState.SUBMITTED,
    ],
)
def test_what_is_over_is_gone_and_offers_what_is_open_like_it(client, company, state):
    post, like, other = (
        publish(company),
        publish(company, "保洁班长"),
        publish(company, "护理员", occupation_code=CARER),
    )
    publish(company, "车工", occupation_code="6-18-01-01")
    move(post, state)
    html = page(client, f"/jobs/{post.id}", 410)
    assert titles(html) == [like.title, other.title]
    assert "application/ld+json" not in html
    assert ("已经招满" in html) is (state is PostState.FILLED)
    for tail in ("share", "share.txt", "card.svg"):
        page(client, f"/jobs/{post.id}/{tail}", 410)


def test_what_ended_yesterday_is_gone_though_nobody_swept(client, company, monkeypatch):
    post = publish(company)
    page(client, f"/jobs/{post.id}")
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    page(client, f"/jobs/{post.id}", 410)
    assert titles(page(client)) == []


def test_of_a_company_that_was_stopped_everything_is_gone(client, company):
    post = publish(company)
    move(post, PostState.WITHDRAWN)
    db.session.flush()
    company.state = CompanyState.SUSPENDED
    page(client, f"/jobs/{post.id}", 410)
    assert titles(page(client)) == []


def test_the_map_shows_posts_where_they_are_and_lists_the_others(client, company):
    alone = publish(company, "孤岗", latitude=STATION_PLACE[0] + 0.008)
    publish(company, "挨着的一")
    publish(company, "挨着的二")
    publish(company, "远方的", latitude=40.0)
    html = page(client, "/jobs/map")
    assert f'href="/jobs/{alone.id}" class="pin job-pin"' in html
    assert "这一带有 2 个岗位" in html
    assert "挨着的二" in html
    assert "远方的" in html
    assert "挨着的一" not in page(client, "/jobs/map?q=远方")


def test_those_who_are_logged_in_have_a_door_and_their_community(client, town, company):
    publish(company)
    log_in(client, create_account("resident", town.micros[0].path))
    html = page(client)
    assert 'href="/jobs" aria-current="page"' in html
    assert f"步行时间从{town.community.name}算起" in html


def test_what_a_company_writes_is_text_and_nothing_else(client, company):
    evil = '</script><script>alert(1)</script>"&'
    post = publish(company, evil, duties=evil, pay_unit=PayUnit.HOUR)
    for url in (
        f"/jobs/{post.id}",
        "/jobs",
        f"/jobs/{post.id}/share",
        f"/jobs/{post.id}/card.svg",
        "/jobs/cards",
        "/jobs/map",
    ):
        html = page(client, url)
        assert "<script>alert" not in html
        assert "&lt;/script&gt;" in html
    found = page(client, f"/jobs?q={quote(evil)}")
    assert str(escape(evil)) in found
