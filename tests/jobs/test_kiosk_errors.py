"""What the touch screen shows where something is not there, or broke."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.jobs_factory import CLEANER, occupation

from intranet.db import db
from intranet.jobs.models import PostState
from intranet.jobs.queries import screens

HTML = {"Accept": "text/html"}


@pytest.fixture
def town(app):
    occupation(CLEANER)
    return drawn_town()


@pytest.fixture
def screen(client, town):
    """A client on the screen."""
    log_in(client, create_account("kiosk", town.community.path, is_device=True))
    return client


def kiosk_page(answer):
    """Whether it is in the screen's own frame, and every link leads back into it."""
    html = answer.text
    assert 'id="kiosk"' in html
    assert "kiosk-room" in html
    assert "退出登录" not in html
    assert "/logout" not in html
    links = re.findall(r'<a [^>]*href="([^"]+)"', html)
    assert {one for one in links if not one.startswith(("/kiosk", "#"))} == set()
    assert re.search(r'class="btn primary kiosk-on" href="/kiosk"', html)
    return html


@pytest.mark.parametrize("headers", [HTML, {"Accept": "*/*"}], ids=["opened", "fetched"])
def test_what_is_not_there_is_said_in_the_screens_own_frame(screen, headers):
    for url in ("/kiosk/posts/999999", "/kiosk/kinds?under=nothing", "/kiosk/posts?kind=x"):
        answer = screen.get(url, headers=headers)
        assert answer.status_code == 404
        assert "这个页面已经没有了" in kiosk_page(answer)


def test_the_code_of_a_post_that_is_over_leads_back_too(screen, town):
    post = publish(company_of(town))
    move(post, PostState.FILLED)
    db.session.commit()
    answer = screen.get(f"/kiosk/posts/{post.id}/take", headers=HTML)
    assert answer.status_code == 410
    assert "这个页面已经没有了" in kiosk_page(answer)


def test_a_bug_of_ours_is_said_in_the_screens_own_frame(app, screen, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_given):
        raise RuntimeError

    monkeypatch.setattr(screens, "kind", broken)
    answer = screen.get("/kiosk/kinds?under=4-09", headers=HTML)
    assert answer.status_code == 500
    assert "系统出了点问题" in kiosk_page(answer)


def test_an_error_elsewhere_keeps_the_offices_frame(client, town):
    log_in(client, create_account("station", town.community.path))
    html = client.get("/jobs/999999", headers=HTML).text
    assert "kiosk-room" not in html
    assert "退出登录" in html
