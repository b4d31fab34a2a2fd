"""Whoever stands before the touch screen: what is touched, and what the next person could find."""

from __future__ import annotations

import json
import re

import pytest
from browser.house_in_browser import enter
from factories import create_account
from jobs.board_world import company_of, drawn_town, move, publish
from jobs.jobs_factory import CARER, CLEANER, STATION_PLACE, occupation
from playwright.sync_api import expect

from intranet.db import db
from intranet.jobs.models import PostState

TALL = {"width": 1080, "height": 1920}
PHONE = "13987654321"
STORED = """async () => {
  const cached = [], rows = [];
  for (const name of "caches" in window ? await caches.keys() : []) {
    const cache = await caches.open(name);
    for (const one of await cache.keys()) cached.push(name, one.url, await (await cache.match(one)).text());
  }
  for (const {name} of indexedDB.databases ? await indexedDB.databases() : []) {
    const base = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    rows.push(name);
    for (const store of base.objectStoreNames) rows.push(store, await new Promise((done) => {
      base.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result);
    }));
    base.close();
  }
  return JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie, cached, rows,
    document.documentElement.outerHTML, [...document.querySelectorAll("input")].map((one) => one.value),
    location.href, name]);
}"""


@pytest.fixture
def town(app):
    for code in (CLEANER, CARER):
        occupation(code)
    town = drawn_town()
    company = company_of(town, "成都温江鱼凫家政服务与养老护理有限责任公司")
    posts = [
        publish(company, "楼道保洁员", latitude=STATION_PLACE[0] - 0.003),
        publish(company, "居家养老护理员兼钟点工（可接送孩子）", occupation_code=CARER),
        publish(company, "写字楼晚间保洁", from_minute=17 * 60, to_minute=21 * 60),
        *(publish(company, f"保洁员{n}", latitude=STATION_PLACE[0] + 0.01) for n in range(5)),
    ]
    gone = publish(company, "已招满的")
    move(gone, PostState.FILLED)
    town.kiosk = create_account("kiosk", town.community.path, is_device=True)
    town.post, town.gone = posts[1].id, gone.id
    town.home, town.home_path = town.micros[0].code, town.micros[0].path
    db.session.rollback()  # what is read later would keep the one writer waiting
    return town


@pytest.fixture
def page(app, town, chromium, address):
    page = enter(app, chromium, address, town.kiosk, has_touch=True, locale="zh-CN")
    page.set_viewport_size(TALL)
    page.clock.install()
    page.goto(f"{address}/kiosk")
    return page


def touch(page, name):
    page.locator("#kiosk").get_by_role("link", name=name).first.tap()


def press(page, figures):
    for one in figures:
        page.locator(f"[data-key='{one}']").tap()


def grandmother(page):
    """Say all that 张婆婆 says, up to the last button, by touch."""
    touch(page, "我要找工作")
    touch(page, "保洁打扫")
    touch(page, "接孩子放学之前")
    touch(page, "微网格1-1")
    touch(page, "30 分钟")
    touch(page, "每月 2000 元")
    page.locator("label.kiosk-name", has_text="张").first.tap()
    press(page, PHONE)
    expect(page.locator("#phone")).to_have_value(PHONE)
    page.get_by_text("我已满 16 周岁").tap()
    page.get_by_text("我同意驿站和网格员").tap()


def whole(page):
    """Return all that a next person could find in page, storage and caches."""
    return page.evaluate(STORED)


def end_and_search(page, address):
    """Press the last button and be the next person, who looks everywhere for the one before."""
    page.evaluate("sessionStorage.setItem('x', '1'); localStorage.setItem('y', '1')")
    before = page.context.cookies()

    page.get_by_role("button", name="结束并清空屏幕").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")

    assert page.context.cookies()[0]["value"] != before[0]["value"]
    for _ in range(10):
        found = whole(page)
        assert PHONE not in found
        assert "张" not in re.sub(r"kiosk-name.*?</label>", "", found)
        assert json.loads(found)[:2] == [{}, {}]
        page.go_back()
        page.wait_for_timeout(100)
        if not page.url.startswith(address):  # before the first page there is nothing
            page.goto(f"{address}/kiosk")
    page.goto(f"{address}/kiosk/done")
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")
