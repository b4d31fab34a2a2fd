"""What people read when something went wrong: plain words, as page and as fragment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import create_account, create_town, log_in
from flask_babel import force_locale
from sqlalchemy import text

from intranet import create_app
from intranet.db import db
from intranet.errors import _answer

CODES = (403, 404, 409, 413, 429, 500, 503)
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.mark.parametrize("code", CODES)
def test_an_error_is_a_whole_page_with_a_way_home(app, code):
    with app.test_request_context("/"):
        body, status = _answer(code)

    assert status == code
    assert body.lstrip().startswith("<!doctype html>")
    assert 'lang="zh-CN"' in body
    assert 'href="/"' in body


@pytest.mark.parametrize("code", CODES)
def test_an_error_is_one_element_to_htmx(app, code):
    with app.test_request_context("/", headers=PARTIAL):
        body, status = _answer(code)

    assert status == code
    assert body.strip().startswith(f'<div class="note bad" id="error-{code}"')
    assert "<html" not in body


@pytest.mark.parametrize("code", CODES)
def test_each_error_has_words_of_its_own_in_both_languages(app, code):
    pages = {}
    for locale in ("zh_CN", "en"):
        with app.test_request_context("/"), force_locale(locale):
            pages[locale] = _answer(code)[0]

    assert pages["zh_CN"] != pages["en"]
    assert "This did not work" not in pages["en"]


def test_a_page_is_answered_when_the_database_cannot_be_opened(base_settings, tmp_path):
    gone = f"sqlite:///{tmp_path / 'nowhere' / 'gone.sqlite3'}"
    broken = create_app(replace(base_settings, database_url=gone))
    client = broken.test_client()
    client.set_cookie("weiwang", "not a session")

    answer = client.post(
        "/login",
        data={"username": "secretary", "password": "x"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code in {500, 503}
    assert "<!doctype html>" in answer.text


def test_a_number_no_row_can_have_leads_nowhere(app, client):
    log_in(client, create_account("admin", create_town().county.path))
    for path in ("/register/{}", "/cameras/tests/{}", "/accounts/{}"):
        assert client.get(path.format(99999999999999999999)).status_code == 404


def looking(path, **headers):
    """Return what a browser sends for a page."""
    return {"path": path, "headers": {"Accept": "text/html,*/*;q=0.8", **headers}}


def broken_view():
    raise RuntimeError("a bug")


@pytest.fixture
def resident(client):
    micro = create_town().micros[0].path
    log_in(client, create_account("resident", micro))
    return client


def test_who_is_logged_in_keeps_the_house_s_bar_and_a_way_back(app, resident, monkeypatch):
    monkeypatch.setitem(app.view_functions, "people.me", broken_view)
    came = {"Referer": "http://localhost/incidents?tab=mine"}
    for path, code in (("/nowhere", 404), ("/accounts", 403), ("/me", 500)):
        answer = resident.get(**looking(path, **came))
        assert answer.status_code == code
        assert 'class="rooms"' in answer.text
        assert 'href="/incidents"' in answer.text
        assert '<a class="btn primary" href="/incidents?tab=mine">返回上一页</a>' in answer.text
        assert 'href="/">回到首页' in answer.text


def test_the_way_back_leads_to_no_other_house_and_not_in_circles(resident):
    for came in ("http://elsewhere.example/incidents", "http://localhost/nowhere", ""):
        answer = resident.get(**looking("/nowhere", Referer=came))
        assert "返回上一页" not in answer.text
        assert '<a class="btn primary" href="/">' in answer.text


def test_a_stranger_and_a_picture_get_the_page_without_the_bar(client, resident):
    assert 'class="rooms"' not in resident.get("/nowhere", headers={"Accept": "image/*"}).text
    resident.post("/logout")
    answer = client.get(**looking("/nowhere"))
    assert answer.status_code == 404
    assert 'class="bar' not in answer.text


def test_a_bar_that_cannot_be_made_leaves_the_page_that_stands_alone(app, resident, monkeypatch):
    monkeypatch.setitem(app.view_functions, "people.me", broken_view)
    db.session.execute(text("ALTER TABLE notice RENAME TO notice_away"))
    db.session.commit()
    try:
        answer = resident.get(**looking("/me"))
    finally:
        db.session.execute(text("ALTER TABLE notice_away RENAME TO notice"))
        db.session.commit()
    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert 'class="bar' not in answer.text


def test_a_browser_gets_a_page_when_the_database_cannot_be_opened(base_settings, tmp_path, client):
    log_in(client, create_account("resident", create_town().micros[0].path))
    gone = f"sqlite:///{tmp_path / 'nowhere' / 'gone.sqlite3'}"
    broken = create_app(replace(base_settings, database_url=gone)).test_client()
    broken.set_cookie("weiwang", client.get_cookie("weiwang").value)
    for path in ("/", "/nowhere"):
        answer = broken.get(**looking(path))
        assert answer.status_code in {404, 500, 503}
        assert "<!doctype html>" in answer.text
        assert 'class="bar' not in answer.text
