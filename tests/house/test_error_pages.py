"""What people read when something went wrong: plain words, as page and as fragment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import create_account, create_town, log_in
from flask_babel import force_locale

from intranet import create_app
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
