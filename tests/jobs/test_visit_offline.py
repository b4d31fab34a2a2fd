"""A household's wishes filed on a phone without a network: each sent once, and no name stays."""

from __future__ import annotations

import socket

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_fireworks import PHONE, until
from factories import create_account, create_town
from jobs.jobs_factory import CLEANER, GUARD, create_seeker, occupation
from playwright.sync_api import expect
from sqlalchemy import select

from intranet import HOUSE
from intranet import drafts as drafts_of_house
from intranet.db import db
from intranet.jobs.models import Channel, Consent, Seeker, Wish

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.one_engine("sqlite"),
]
VISIT = "/jobs/wishes/visit"
GRANNY, SON = ("张桂芬", "13800001234", "保洁员"), ("张大海", "13800005678", "保安员")
# All that this browser holds of the house: nothing of it may name anybody.
STORED = """async () => {
  const base = await new Promise((done) => {
    indexedDB.open("weiwang").onsuccess = (event) => done(event.target.result); });
  const all = await Promise.all([...base.objectStoreNames].map((store) => new Promise((done) => {
    base.transaction(store).objectStore(store).getAll().onsuccess =
      (event) => done(event.target.result); })));
  const kept = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const one of await cache.keys()) {
      const answer = await cache.match(one, { ignoreVary: true });
      if ((answer.headers.get("Content-Type") || "").includes("html")) kept.push(await answer.text());
    }
  }
  return JSON.stringify([all, kept, { ...localStorage }, { ...sessionStorage }, history.state]);
}"""
# The drafts as they lie in the store, and one made so many days older.
DRAFTS = """async () => {
  const base = await new Promise((done) => {
    indexedDB.open("weiwang").onsuccess = (event) => done(event.target.result); });
  const all = await new Promise((done) => {
    base.transaction("drafts").objectStore("drafts").getAll().onsuccess =
      (event) => done(event.target.result); });
  return all.map((one) => ({
    key: one.key, account: one.account, text: JSON.stringify(one), sealed: one.sealed?.byteLength,
  }));
}"""
AGED = """async (days) => {
  const base = await new Promise((done) => {
    indexedDB.open("weiwang").onsuccess = (event) => done(event.target.result); });
  await new Promise((done) => {
    const store = base.transaction("drafts", "readwrite").objectStore("drafts");
    store.getAll().onsuccess = (event) => {
      const made = Date.now() - days * 86400000;
      store.put({ ...event.target.result[0], made }).onsuccess = done;
    };
  });
}"""


@pytest.fixture
def town(app):
    for code in (CLEANER, GUARD):
        occupation(code)
    return create_town()


@pytest.fixture
def lossy(app):
    """So many answers to wishes are lost on the way; the house did its work, though."""
    losing = {"left": 0, "posts": 0}
    whole = app.wsgi_app

    def weak_signal(environ, start_response):
        answer = whole(environ, start_response)
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("POST", VISIT):
            return answer
        losing["posts"] += 1
        if losing["left"]:
            losing["left"] -= 1
            b"".join(answer)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            message = "the signal is gone"
            raise ConnectionResetError(message)
        return answer

    app.wsgi_app = weak_signal
    yield losing
    app.wsgi_app = whole


@pytest.fixture
def phone(app, address, chromium, town):
    account = create_account("micro_member", town.micros[0].path)
    page = enter(app, chromium, address, account, has_touch=True, is_mobile=True)
    db.session.rollback()
    page.set_viewport_size(PHONE)
    open_visit(page, address)
    until(
        page,
        "async () => !!navigator.serviceWorker.controller"
        " && !!await caches.match('/jobs/wishes/visit/shell')",
    )
    return page


def open_visit(page, address):
    page.goto(f"{address}{VISIT}")
    expect(page.locator("#visit[data-keeps]")).to_be_attached()


def fill(page, person):
    name, phone, work = person
    page.locator("[name=name]").fill(name)
    page.locator("[name=phone]").fill(phone)
    page.locator("#trades .chip", has_text=work).first.tap()
    page.locator("[name=legal_age]").check()
    page.locator("[name=consents]").check()


def send(page):
    page.locator("#visit button.primary").tap()


def back_online(page):
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def wishes():
    db.session.rollback()
    found = db.session.execute(select(Wish.id, Wish.channel).order_by(Wish.id)).all()
    keys = list(db.session.scalars(select(Consent.filing_key)))
    db.session.rollback()
    return [tuple(one) for one in found], keys


def test_two_of_a_household_are_filed_without_a_network_sent_once_and_leave_no_name(
    phone, address, lossy
):
    phone.context.set_offline(True)
    open_visit(phone, address)  # from what the phone keeps
    expect(phone.locator("#no-network")).to_be_visible()
    for person in (GRANNY, SON):
        fill(phone, person)
        send(phone)
        expect(phone.locator("#say")).to_contain_text("已存在本机")
        expect(phone.locator("[name=name]")).to_have_value("")
        expect(phone.locator("#trades input:checked")).to_have_count(0)
    rows = phone.locator("#outbox li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("张* · 保洁员")
    assert wishes() == ([], [])

    lossy["left"] = 1
    back_online(phone)
    expect(phone.locator("#outbox li[data-state=sent]")).to_have_count(2, timeout=60_000)
    found, keys = wishes()
    assert [channel for _id, channel in found] == [Channel.VISIT, Channel.VISIT]
    assert len(set(keys)) == 2
    assert lossy["posts"] == 3
    expect(rows.first).to_contain_text("已登记")
    stored = phone.evaluate(STORED)
    for trace in ("张", "桂芬", "大海", "13800001234", "13800005678"):
        assert trace not in stored
    assert phone.complaints == []


def test_what_is_missing_is_asked_for_while_the_person_is_there(phone):
    phone.locator("[name=name]").fill("张桂芬")
    send(phone)
    asked = phone.locator("#visit .asked")
    expect(asked).to_have_count(4)
    expect(asked.first).to_be_visible()
    expect(phone.locator("#outbox")).to_be_hidden()
    assert wishes() == ([], [])


def test_somebody_known_comes_back_to_be_decided_and_is_filed_once(phone, address, town):
    known = create_seeker(town.micros[0]).id
    db.session.commit()
    phone.context.set_offline(True)
    fill(phone, GRANNY)
    send(phone)
    expect(phone.locator("#outbox")).to_contain_text("待发送 1 件")
    back_online(phone)
    row = phone.locator("#outbox li")
    expect(row).to_have_attribute("data-state", "failed", timeout=20_000)
    open_visit(phone, address)
    row.get_by_role("link", name="修改后再报").tap()
    expect(phone.locator("[name=name]")).to_have_value("张桂芬")
    expect(phone.locator("#trades input:checked")).to_have_count(1)
    phone.locator(f"#same input[value='{known}']").check()
    send(phone)
    expect(row).to_have_attribute("data-state", "sent", timeout=20_000)
    expect(phone.locator("#say")).to_contain_text("下一位")
    db.session.rollback()
    assert [one.seeker_id for one in db.session.scalars(select(Wish))] == [known]
    assert db.session.scalars(select(Seeker.id)).all() == [known]
    db.session.rollback()
    assert phone.complaints == []


def test_another_account_of_the_phone_sees_and_sends_nothing_of_it(
    app, phone, address, chromium, town
):
    phone.context.set_offline(True)
    fill(phone, GRANNY)
    send(phone)
    expect(phone.locator("#outbox li")).to_have_count(1)
    other = enter(app, chromium, address, create_account("micro_member", town.micros[1].path))
    db.session.rollback()
    phone.context.add_cookies(other.context.cookies())
    other.context.close()
    phone.context.set_offline(False)
    open_visit(phone, address)
    phone.wait_for_timeout(1000)
    expect(phone.locator("#outbox")).to_be_hidden()
    assert wishes() == ([], [])


def test_correcting_one_loses_nothing_of_another_who_is_half_written(phone, address, town):
    create_seeker(town.micros[0])
    db.session.commit()
    fill(phone, GRANNY)
    send(phone)
    row = phone.locator("#outbox li")
    expect(row).to_have_attribute("data-state", "failed", timeout=20_000)
    open_visit(phone, address)
    phone.locator("[name=name]").fill("张大海")
    phone.locator("[name=words]").fill("晚上才有空")
    row.get_by_role("link", name="修改后再报").tap()
    expect(phone.locator("[name=name]")).to_have_value("张桂芬")
    expect(phone.locator("[name=words]")).to_have_value("")
    both = phone.locator("#outbox li")
    expect(both).to_have_count(2)
    half = both.filter(has_text="还没填完")
    half.get_by_role("link", name="修改后再报").tap()
    expect(phone.locator("[name=name]")).to_have_value("张大海")
    expect(phone.locator("[name=words]")).to_have_value("晚上才有空")
    expect(phone.locator("#outbox li")).to_have_count(2)
    assert phone.complaints == []


def test_what_waits_is_sealed_and_goes_after_thirty_days_whosever_it_is(
    app, phone, address, chromium, town
):
    phone.context.set_offline(True)
    fill(phone, GRANNY)
    send(phone)
    expect(phone.locator("#outbox li")).to_contain_text("张* · 保洁员")
    drafts = DRAFTS
    [kept] = phone.evaluate(drafts)
    assert kept["sealed"] > 100
    assert "张" not in kept["text"]
    assert "13800001234" not in kept["text"]

    other = enter(app, chromium, address, create_account("micro_member", town.micros[1].path))
    db.session.rollback()
    phone.context.add_cookies(other.context.cookies())
    other.context.close()
    phone.context.set_offline(False)
    open_visit(phone, address)
    assert [one["key"] for one in phone.evaluate(drafts)] == [kept["key"]]
    whose = kept["account"]
    assert phone.evaluate("(account) => outbox.list(account)", whose) == [], "no key opens it"
    phone.evaluate(AGED, 29)
    open_visit(phone, address)
    assert len(phone.evaluate(drafts)) == 1
    phone.evaluate(AGED, 31)
    open_visit(phone, address)
    until(phone, f"async () => (await ({drafts})()).length === 0")
    assert f"{drafts_of_house.VISIT_DAYS} 天" in phone.locator("main").inner_text()
    script = (HOUSE / "static/js/outbox.js").read_text()
    assert f"VISIT_DAYS = {drafts_of_house.VISIT_DAYS}," in script
    assert phone.complaints == []
