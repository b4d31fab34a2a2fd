"""Words, picture and cards that go out of the house lead back to the post."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from jobs.board_world import company_of, drawn_town, publish
from jobs.jobs_factory import GUARD

from intranet.db import db
from intranet.jobs.views.posters import CARDS, shortened, wrapped


@pytest.fixture
def company(app):
    return company_of(drawn_town())


def got(client, url):
    db.session.commit()
    answer = client.get(url, base_url="http://jobs.example:8000")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_words_for_a_group_say_all_in_plain_text(client, company):
    post = publish(company)
    words = got(client, f"/jobs/{post.id}/share.txt")
    lines = words.splitlines()
    assert lines[0] == "【招聘】保洁员"
    assert lines[-1] == f"http://jobs.example:8000/jobs/{post.id}"
    assert "工资：3000–3500 元/月" in lines
    assert any("过期作废" in one for one in lines)
    assert words.strip() in got(client, f"/jobs/{post.id}/share").replace("\r", "")


def test_the_poster_names_address_and_end(client, company):
    post = publish(company)
    html = got(client, f"/jobs/{post.id}/share")
    for words in (
        f"http://jobs.example:8000/jobs/{post.id}",
        f"有效期至 {post.valid_through}",
        "过期作废",
        'class="job-code"',
    ):
        assert words in html


def test_the_picture_is_a_square_in_which_every_line_has_room(client, company):
    post = publish(
        company,
        "高级园林绿化养护与保洁综合服务岗位主管助理兼任班组长",
        address="光华大道三段与凤溪大道交叉口东南侧鱼凫物流园区三号仓库二楼东侧办公区",
    )
    root = ET.fromstring(got(client, f"/jobs/{post.id}/card.svg"))
    assert (root.get("width"), root.get("height")) == ("1080", "1080")
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        ems = sum(0.56 if sign.isascii() else 1.0 for sign in one.text)
        assert float(one.get("x")) + ems * float(one.get("font-size")) <= 1080, one.text
        assert float(one.get("y")) <= 1060
    above_code = [
        float(one.get("y"))
        for one in root.iter("{http://www.w3.org/2000/svg}text")
        if one.get("x") == "60"
    ]
    assert max(above_code) < 680


def test_a_sheet_holds_the_first_twelve_of_a_search(client, company):
    for n in range(15):
        publish(company, f"保洁{n:02d}")
    publish(company, "保安", occupation_code=GUARD)
    html = got(client, "/jobs/cards?q=保洁")
    titles = re.findall(r'<article class="job-card"><div><h2>([^<]+)', html)
    assert titles == [f"保洁{n:02d}" for n in range(14, 14 - CARDS, -1)]
    assert client.get("/jobs/cards?shift=none").status_code == 404
    assert "没有符合条件的结果" in got(client, "/jobs/cards?q=飞行员")


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("保洁员", ["保洁员"]),
        ("一二三四五六七", ["一二三四", "五六七"]),
        ("一二三四五六七八九", ["一二三四", "五六七…"]),
        ("", [""]),
    ],
)
def test_lines_are_broken_and_cut_with_dots(words, lines):
    assert wrapped(words, 4, 2) == lines


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("一二三", ("一二三", False)),
        ("一二三四五六七八", ("一二三四五六七八", False)),
        ("一二三四五六七八九", ("一二三四五六七…", True)),
        ("一\n\n二\n", ("一\n二", False)),
        ("一\n二\n三", ("一\n二…", True)),
        ("一\n二三四五六七", ("一\n二三四…", True)),
    ],
)
def test_paragraphs_are_cut_where_the_sheet_is_full(text, kept):
    assert shortened(text, 4, 2) == kept
