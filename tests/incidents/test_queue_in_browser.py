"""The queue in a real Chromium: what is chosen and where one is stays, whatever comes in."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town
from incidents_factory import create_category, create_incident
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db
from intranet.incidents.models import Incident, State

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("sqlite"),
]
LONG = "三单元二楼楼道口堆着旧沙发和纸箱，消防通道被挡住一半，住户说已经放了一个多星期，晚上经过看不清。"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def matter(town):
    return create_category("楼道堆放杂物占用消防通道")


def reported(town, matter, many):
    """Have so many things reported just now."""
    return [
        create_incident(
            town.micros[n % 4],
            matter,
            at=clock.now(),
            description=LONG,
            place="梧桐苑三栋二单元二楼",
        )
        for n in range(many)
    ]


@pytest.fixture
def page(app, chromium, address, town, matter):
    """A secretary's browser with the list open; complaints of the page fail the test."""
    reported(town, matter, 40)
    page = enter(app, chromium, address, create_account("secretary", town.community.path))
    page.goto(f"{address}/incidents?tab=inbox")
    yield page
    assert page.complaints == []


def poll(page):
    """Have the page ask now instead of in a third of a minute."""
    with page.expect_response(lambda answer: "seen=" in answer.url) as answer:
        page.evaluate(
            "document.getElementById('queue-poll').dispatchEvent(new Event('look-again'))"
        )
    page.wait_for_timeout(150)
    return answer.value.status


def test_selection_focus_and_scroll_stay_when_something_comes_in(page, town, matter):
    rows = page.locator("#queue tbody tr")
    for number in (3, 5):
        rows.nth(number).locator("input[name=one]").check()
    chosen = page.evaluate(
        "[...document.querySelectorAll('input[name=one]:checked')].map(b => b.value)"
    )
    rows.nth(20).locator("a.open").focus()
    focused = rows.nth(20).get_attribute("id")
    page.evaluate("scrollTo(0, 400)")
    assert poll(page) == 204

    [new] = reported(town, matter, 1)
    # It is the 41st of those that wait: let the eldest go, so that the new one is on the page.
    oldest = db.session.get(Incident, int(rows.nth(0).get_attribute("id")[1:]))
    oldest.is_open, oldest.state = False, State.VOID
    db.session.commit()
    assert poll(page) == 200

    expect(page.locator(f"#i{new.id}")).to_have_class("is-new")
    assert page.locator("tr.is-new").count() == 1
    assert page.evaluate("document.activeElement.closest('tr').id") == focused
    assert page.evaluate("scrollY") == 400
    now = page.evaluate(
        "[...document.querySelectorAll('input[name=one]:checked')].map(b => b.value)"
    )
    assert now == chosen
    expect(page.locator("[data-chosen]")).to_have_text("已选 2 件")
    expect(page.get_by_role("button", name="合并")).to_be_enabled()
    assert page.locator("#queue-poll").count() == 1


def test_a_hidden_page_does_not_ask_and_asks_at_once_when_it_is_seen_again(page, town, matter):
    asked = []
    page.on(
        "request", lambda request: asked.append(request.url) if "seen=" in request.url else None
    )
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})"
    page.evaluate(hide % "true")
    page.evaluate("document.getElementById('queue-poll').dispatchEvent(new Event('every'))")
    page.wait_for_timeout(300)
    assert asked == []

    reported(town, matter, 1)
    with page.expect_response(lambda answer: "seen=" in answer.url):
        page.evaluate(hide % "false")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 1


def test_the_keys_walk_choose_and_act(page):
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("已选 2 件")

    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    expect(keys).to_contain_text("受理所选")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    page.keyboard.press("f")
    expect(page.locator("#q")).to_be_focused()
    page.locator("#narrow summary").focus()
    page.keyboard.press("f")
    page.keyboard.press("m")
    page.get_by_role("heading", name="合并").wait_for()
    page.locator("main button.primary").click()
    expect(page.locator(".note[role=status]")).to_contain_text("已并入")

    page.get_by_role("button", name="撤销合并").click()
    expect(page.locator("#queue tbody tr")).to_have_count(40)
    page.keyboard.press("6")
    page.wait_for_url("**tab=area**")


def test_the_list_fits_every_screen_with_forty_long_rows(page):
    for width, height in ((390, 844), (1024, 768), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
