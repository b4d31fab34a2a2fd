"""Logging in and out as a browser does it, and what is left behind."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from factories import create_account, create_town, log_in
from flask import g
from sqlalchemy import event, func, select

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.people.models import Account, LoginAttempt, LoginSession
from intranet.people.operations import passwords

GOOD = "河边有三棵老槐树"


@pytest.fixture
def town(app):
    return create_town()


def member(town, **fields):
    fields.setdefault("password_hash", passwords.hash_password(GOOD))
    return create_account("secretary", town.community.path, username="luo", **fields)


def post_login(client, password=GOOD, username="luo", **fields):
    return client.post("/login", data={"username": username, "password": password, **fields})


def newest_session():
    db.session.expire_all()
    return db.session.scalar(select(LoginSession).order_by(LoginSession.id.desc()).limit(1))


def test_a_good_password_opens_the_page_one_came_for(client, town):
    member(town)

    answer = post_login(client, next="/me?tab=1")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/me?tab=1")
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "me",
        "",
    ],
)
def test_next_leads_nowhere_else(client, town, target):
    member(town)

    assert post_login(client, next=target).headers["Location"] == "/"


def test_a_wrong_password_keeps_the_name_and_drops_the_password(client, town):
    member(town)

    answer = post_login(client, "wrong-" + GOOD)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="luo"' in page
    assert GOOD not in page
    assert "登录名或密码不对" in page


def test_an_unknown_name_is_answered_like_a_wrong_password_and_costs_the_same_hash(
    client, town, monkeypatch
):
    member(town)
    hashed = []
    real = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, h, p: (hashed.append(h), real(self, h, p))[1]
    )

    known = post_login(client, "wrong-" + GOOD).get_data(as_text=True)
    unknown = post_login(client, "wrong-" + GOOD, "lua").get_data(as_text=True)

    assert len(hashed) == 2
    assert all("m=19456,t=2,p=1" in one for one in hashed)
    assert known.replace("luo", "lua") == unknown


def test_no_transaction_is_open_while_a_password_is_looked_at(client, town, monkeypatch):
    member(town)
    open_then = []
    for name in ("verify", "hash"):
        real = getattr(PasswordHasher, name)

        def watched(self, *args, real=real):
            open_then.append(db.session().in_transaction())
            return real(self, *args)

        monkeypatch.setattr(PasswordHasher, name, watched)

    post_login(client)
    client.post(
        "/me/password", data={"current": GOOD, "password": GOOD + "和井", "again": GOOD + "和井"}
    )
    other = create_account("micro_member", town.micros[0].path)
    client.post(f"/accounts/{other.id}/password")

    assert open_then == [False] * 4


def test_after_too_many_failures_the_page_says_how_long_to_wait(client, town):
    member(town)
    for _ in range(5):
        post_login(client, "nonsense words")

    answer = post_login(client)

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert "秒" in answer.get_data(as_text=True)


def test_a_shift_is_twelve_hours_and_a_remembered_phone_thirty_days(client, town):
    member(town)
    post_login(client)
    shift = newest_session()
    assert shift.expires_at - shift.created_at == timedelta(hours=12)
    client.post("/logout")

    post_login(client, remember="y")

    phone = newest_session()
    assert phone.expires_at - phone.created_at == timedelta(days=30)


def test_logging_out_ends_the_session_in_the_database_too(client, town):
    member(town)
    post_login(client)
    with client.session_transaction() as cookie:
        kept = dict(cookie)

    client.post("/logout")
    with client.session_transaction() as cookie:
        cookie.update(kept)

    assert client.get("/me").status_code == 303
    assert newest_session().revoked_at is not None


def test_a_closed_account_and_an_expired_session_are_out_at_once(client, town):
    account = member(town)
    log_in(client, account)
    assert client.get("/me").status_code == 200
    login = newest_session()
    login.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()

    assert client.get("/me").status_code == 303
    account.disabled_at = clock.now()
    db.session.commit()
    assert post_login(client).status_code == 422


def test_one_ends_the_other_sessions_and_keeps_this_one(client, app, town):
    account = member(town)
    other = app.test_client()
    log_in(other, account)
    log_in(client, account)

    assert client.post("/me/sessions/end-others").status_code == 303

    assert client.get("/me").status_code == 200
    assert other.get("/me").status_code == 303


def test_a_device_logs_in_once_with_its_code_and_stays_for_a_year(client, town):
    code, hashed = passwords.one_time(), None
    hashed = passwords.hash_password(code)
    create_account(
        "kiosk",
        town.community.path,
        username="kiosk1",
        password_hash=hashed,
        is_device=True,
        must_change_password=True,
    )

    assert post_login(client, code, "kiosk1").headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/kiosk"
    assert client.get("/kiosk").status_code == 200
    assert newest_session().expires_at > clock.now() + timedelta(days=364)
    with client.session_transaction() as cookie:
        cookie.clear()
    assert post_login(client, code, "kiosk1").status_code == 422


def test_until_a_given_password_is_changed_every_page_leads_to_changing_it(client, town):
    member(town, must_change_password=True)
    post_login(client)

    assert client.get("/").headers["Location"] == "/me#password"
    partial = client.get("/", headers={"HX-Request-Type": "partial"})
    assert partial.headers["HX-Redirect"] == "/me#password"
    changed = client.post(
        "/me/password", data={"current": GOOD, "password": GOOD + "和井", "again": GOOD + "和井"}
    )
    assert changed.status_code == 303
    assert client.get("/").status_code == 200
    client.post("/logout")
    assert post_login(client).status_code == 422
    assert post_login(client, GOOD + "和井").status_code == 303


@pytest.mark.parametrize("weak", ["short", "1234567890", "aaaaaaaaaaaa", "luo1234567", "x" * 201])
def test_weak_passwords_are_refused_in_words(client, town, weak):
    log_in(client, member(town))

    answer = client.post("/me/password", data={"current": GOOD, "password": weak, "again": weak})

    assert answer.status_code == 422
    assert "aria-invalid" in answer.get_data(as_text=True)


def test_a_hash_with_older_parameters_is_renewed_at_login(client, town):
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    account = member(town, password_hash=old)

    post_login(client)

    db.session.expire_all()
    assert "m=19456,t=2,p=1" in db.session.get(Account, account.id).password_hash


def test_the_language_is_kept_for_the_visit_and_with_the_account(client, town):
    account = member(town)
    client.post("/locale", data={"locale": "en", "next": "/login"})
    assert 'lang="en"' in client.get("/login").get_data(as_text=True)
    post_login(client)
    assert 'lang="zh' in client.get("/me").get_data(as_text=True)

    client.post("/locale", data={"locale": "en", "next": "//evil.example"})
    client.post("/logout")
    post_login(client)

    assert 'lang="en"' in client.get("/me").get_data(as_text=True)
    db.session.expire_all()
    assert db.session.get(Account, account.id).locale == "en"


def test_knowing_who_asks_costs_one_query(app, client, town):
    log_in(client, member(town))
    statements = []

    def note(conn, cursor, statement, *rest):
        statements.append(statement)

    from intranet.access import current_viewer

    with client.session_transaction() as cookie:
        kept = dict(cookie)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with app.test_request_context("/me"):
            from flask import session

            session.update(kept)
            g.pop("viewer", None)
            assert current_viewer() is not None
            current_viewer()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert len([s for s in statements if s.lstrip().startswith("SELECT")]) == 1


def test_no_password_and_no_session_key_is_in_a_log_the_trail_or_the_attempts(
    client, town, caplog, capsys
):
    member(town)
    caplog.set_level(logging.DEBUG)
    post_login(client, "wrong-" + GOOD)
    post_login(client)
    with client.session_transaction() as cookie:
        key = cookie["_user_id"]
    client.post(
        "/me/password", data={"current": GOOD, "password": GOOD + "和井", "again": GOOD + "和井"}
    )
    other = create_account("micro_member", town.micros[0].path)
    page = client.post(f"/accounts/{other.id}/password").get_data(as_text=True)
    code = page.split("<code>")[1].split("</code>")[0]
    client.post("/logout")

    db.session.expire_all()
    rows = [str(vars(row)) for row in db.session.scalars(select(AuditEntry))]
    rows += [str(vars(row)) for row in db.session.scalars(select(LoginSession))]
    rows += [str(vars(row)) for row in db.session.scalars(select(LoginAttempt))]
    out = capsys.readouterr()
    everything = "\n".join([*rows, caplog.text, out.out, out.err])
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) >= 4
    assert len(code) == 14
    for secret in (GOOD, key, code, "$argon2"):
        assert secret not in everything


def test_what_one_does_with_one_s_own_account_is_written_down_with_where_from(client, app, town):
    account = member(town)
    for browser in (app.test_client(), app.test_client(), client):
        post_login(browser)
    found = db.session.scalars(
        select(LoginSession.id)
        .where(LoginSession.account_id == account.id)
        .order_by(LoginSession.id)
    ).all()
    client.post(f"/me/sessions/{found[0]}/end")
    client.post("/me/sessions/end-others")
    again = {"current": GOOD, "password": GOOD + "和井", "again": GOOD + "和井"}
    client.post("/me/password", data=again)
    client.post("/logout")

    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.address).order_by(AuditEntry.id)
    ).all()

    assert [row.action for row in rows if row.action != "people:login"] == [
        "people:session:revoke",
        "people:session:revoke",
        "people:password:change",
        "people:session:revoke",
    ]
    assert {row.address for row in rows} == {"127.0.0.1"}
