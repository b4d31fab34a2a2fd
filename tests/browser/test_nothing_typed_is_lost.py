"""Drafts gone on with and words typed under an expired login: what was there is there again."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_fireworks import on_phone, open_report
from browser.test_place_one_at_a_time import IN_SECOND, add, taken_at
from browser.test_report_offline import choose
from factories import create_account, create_town, log_in
from incidents.phones import draw
from incidents_factory import create_category, create_incident
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("postgresql"),
]


def test_a_photo_added_to_a_draft_decides_the_grid_nobody_chose(app, address, chromium):
    town = draw(create_town())
    matter = create_category("占道经营", is_public=True)
    create_incident(town.micros[1], matter, description="早就有了", at=clock.now())
    account = create_account("resident", town.micros[0].path)
    name = town.micros[1].name
    phone = on_phone(app, chromium, address, account)
    db.session.rollback()
    open_report(phone, address)
    choose(phone)
    phone.locator("button[value=draft]").last.tap()
    phone.wait_for_url("**/edit")
    add(phone, taken_at(IN_SECOND))
    expect(phone.locator(".placed-at")).to_contain_text(name)
    expect(phone.locator("#similar")).to_contain_text("我也遇到")

    phone.locator("button[value=draft]").last.tap()
    expect(phone.locator("#photos-taken")).to_be_visible()
    expect(phone.locator(".placed-at")).to_contain_text(name)
    expect(phone.locator(".placed-at")).to_contain_text("按草稿")
    expect(phone.locator("#similar")).to_contain_text("我也遇到")
    assert phone.complaints == []


def test_words_typed_under_an_expired_login_stand_in_their_form_after_it(app, address, chromium):
    town, matter = create_town(), create_category("占道经营")
    account = create_account("secretary", town.community.path)
    number = create_incident(town.micros[0], matter).number
    page = enter(app, chromium, address, account)
    again = app.test_client()
    log_in(again, account)
    cookie = again.get_cookie("weiwang").value
    db.session.rollback()
    where = f"{address}/incidents/{number}"
    page.goto(where)
    box = page.locator("form[hx-post$='/comment'] textarea")
    box.evaluate("one => { const box = one.closest('details'); if (box) box.open = true; }")
    box.fill("已到现场，正在劝离")
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.locator("form[hx-post$='/comment'] button").last.click()
    page.wait_for_url("**/login**")
    assert kept
    page.context.add_cookies([{"name": "weiwang", "value": cookie, "url": address}])
    page.goto(where)
    expect(box).to_be_visible()
    expect(box).to_have_value("已到现场，正在劝离")

    page.locator("form[hx-post$='/comment'] button").last.click()
    expect(page.locator("#case")).to_contain_text("已到现场，正在劝离")
    page.goto(where)
    expect(box).to_have_value("")
    assert page.complaints == []
