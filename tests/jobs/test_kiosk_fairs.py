"""The fairs that come, on the touch screen: the banner, how much they bring, what is taken along."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from counting import counted
from factories import create_account, log_in
from jobs.board_world import company_of, drawn_town
from jobs.fairs_factory import create_booth, create_fair, live_post
from jobs.jobs_factory import CLEANER, occupation

from intranet import clock
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.jobs.models import FairState
from intranet.people.models import LoginSession


@pytest.fixture
def town(app):
    occupation(CLEANER)
    return drawn_town()


@pytest.fixture
def company(town):
    return company_of(town)


@pytest.fixture
def screen(client, town):
    """A client on the screen."""
    return on_screen(client, town)


def on_screen(client, town):
    log_in(client, create_account("kiosk", town.community.path, is_device=True))
    [login] = db.session.scalars(db.select(LoginSession))
    login.expires_at = clock.now() + timedelta(days=1)  # the test may have moved the clock
    return client


def community():
    return db.session.scalar(db.select(Grid).where(Grid.kind == GridKind.COMMUNITY))


def page(client, url):
    db.session.commit()
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.text


def banner(html):
    found = re.search(r'id="next-fair".*?</p>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def at_beijing(monkeypatch, hour):
    """Let it be an hour of the Wednesday that comes."""
    day = clock.today() + timedelta(days=(2 - clock.today().weekday()) % 7)
    now = clock.midnight(day) + timedelta(hours=hour)
    monkeypatch.setattr(clock, "now", lambda: now)
    return day


def test_the_next_fair_stands_on_the_first_screen_and_on_the_board(
    app, client, town, company, monkeypatch
):
    today, screen = at_beijing(monkeypatch, 10), on_screen(client, town)
    assert banner(page(screen, "/kiosk")) == ""
    fair = create_fair(community(), day=today + timedelta(days=3))
    create_booth(fair, company, posts=[live_post(company), live_post(company)])
    create_fair(community(), day=today + timedelta(days=1), state=FairState.CALLED_OFF)
    html = page(screen, "/kiosk")
    assert 'href="/kiosk/fairs"' in html
    board = app.test_client().get("/jobs").text
    for said in (banner(html), banner(board)):
        for words in ("金秋家门口招聘会", "本周六", "09:00", "社区广场", "1 家单位", "2 个岗位"):
            assert words in said, words


DAYS = [
    (0, 11, "今天"),
    (0, 12, ""),  # it is over
    (1, 8, "明天"),
    (2, 8, "后天"),
    (4, 8, "本周日"),
    (7, 8, "下周三"),
    (12, 8, "招聘会"),
    (15, 8, ""),  # too far ahead
]


@pytest.mark.parametrize(("ahead", "hour", "words"), DAYS)
def test_the_day_of_a_fair_is_said_as_people_say_it(client, town, monkeypatch, ahead, hour, words):
    today = at_beijing(monkeypatch, hour)
    create_fair(community(), day=today + timedelta(days=ahead))
    said = banner(page(on_screen(client, town), "/kiosk"))
    assert (words in said) if words else said == ""
    assert ("周" in said) is ("周" in words)


def test_the_first_screen_asks_the_database_as_often_with_many_fairs_as_with_one(screen, company):
    create_fair(community(), day=clock.today() + timedelta(days=1))
    page(screen, "/kiosk")
    with counted() as one:
        page(screen, "/kiosk")
    for ahead in range(2, 9):
        fair = create_fair(community(), day=clock.today() + timedelta(days=ahead))
        create_booth(fair, company, posts=[live_post(company)])
    page(screen, "/kiosk")
    with counted() as many:
        page(screen, "/kiosk")
    assert len(many) == len(one)


def test_the_page_of_fairs_says_how_much_there_is_and_gives_a_code_to_take_along(screen, company):
    fair = create_fair(community(), day=clock.today() + timedelta(days=1))
    create_booth(fair, company, posts=[live_post(company)])
    off = create_fair(community(), day=clock.today(), state=FairState.CALLED_OFF, title="已停的会")
    html = page(screen, "/kiosk/fairs")
    first, second = html.split(f'id="fair-{fair.id}"')
    assert "1 家单位" in second
    assert "1 个岗位" in second
    assert "明天" in second
    assert f'id="code-fair-{fair.id}"' in second
    assert "已取消" in first
    assert f"code-fair-{off.id}" not in html
    assert html.count('id="fair-when"') == 0, "one name for several things"
