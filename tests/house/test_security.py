"""Headers on every answer, and what no page accepts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import create_account, create_town, log_in

from intranet import create_app

PAGES = ("/", "/grids", "/register", "/cameras", "/accounts", "/audit")


@pytest.fixture
def secretary(app, client):
    town = create_town()
    return log_in(client, create_account("secretary", town.community.path))


def test_a_nul_in_what_was_typed_is_a_bad_request_and_never_a_crash(secretary):
    answers = {secretary.get(f"{path}?q=%00&who=%00&grid=%00").status_code for path in PAGES} | {
        secretary.post("/login", data={"username": "a\0b", "password": "x"}).status_code
    }

    assert answers == {400}


def test_every_answer_carries_the_strict_policy_and_is_kept_by_nobody(secretary):
    for path in (*PAGES, "/login", "/nowhere", "/healthz"):
        headers = secretary.get(path).headers
        policy = headers["Content-Security-Policy"]

        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-Id"]


def test_metrics_are_for_loopback_without_a_proxy_or_for_the_token(secretary):
    assert secretary.get("/metrics").status_code == 200
    behind = {"X-Forwarded-For": "203.0.113.9"}

    assert secretary.get("/metrics", headers=behind).status_code == 404


def test_ready_says_in_words_what_is_amiss(secretary):
    answer = secretary.get("/readyz")

    assert answer.status_code == 503
    assert "media worker" in answer.get_json()["media"]


def test_a_remembered_login_gets_its_cookie_once_and_not_with_every_answer(app, client):
    account = create_account("grid_member", create_town().community.path)
    log_in(client, account)
    with client.session_transaction() as cookie:
        cookie.permanent = True
    for path in ("/", "/healthz", "/cameras", "/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_a_cookie_is_believed_as_long_as_its_signature_and_its_age_allow(app, client, monkeypatch):
    from datetime import timedelta

    from intranet import clock

    log_in(client, create_account("secretary", create_town().community.path))
    assert client.get("/me").status_code == 200
    value = client.get_cookie("weiwang").value
    # Not the last character: two of its bits belong to no byte, and change nothing.
    client.set_cookie("weiwang", value[:-9] + ("A" if value[-9] != "A" else "B") + value[-8:])
    assert client.get("/me").status_code in {303, 401}
    client.set_cookie("weiwang", value)
    assert client.get("/me").status_code == 200
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=367))
    assert client.get("/me").status_code in {303, 401}


def test_a_message_is_not_shared_by_two_who_send_the_same_cookie(app, client):
    log_in(client, create_account("secretary", create_town().community.path))
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "只此一次")]
    value = client.get_cookie("weiwang").value
    other = app.test_client()
    other.set_cookie("weiwang", value)
    assert "只此一次" in client.get("/me").text
    assert "只此一次" in other.get("/me").text
    assert "只此一次" not in client.get("/me").text


def test_what_only_https_heeds_is_sent_only_behind_it(base_settings, client):
    plain = client.get("/healthz").headers
    secure = create_app(replace(base_settings, secure_cookies=True)).test_client().get("/healthz")
    for name in ("Strict-Transport-Security", "Cross-Origin-Opener-Policy"):
        assert name not in plain
        assert name in secure.headers
