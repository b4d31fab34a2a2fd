"""The roster in a real Chromium: edited inline, by keyboard too, under the strict page policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from factories import create_account, create_town, log_in
from grids_factory import begin, create_named, secretary_of
from playwright.sync_api import expect, sync_playwright
from serving import serving

from intranet.grids.models import PostKind

CHROMIUM = Path("/usr/bin/chromium")
expect.set_options(timeout=15_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium from the system's packages"),
]


@pytest.fixture
def address(app):
    """The app on a port of its own."""
    with serving(app) as where:
        yield where


@pytest.fixture
def page(app, address):
    """A page of a browser logged in as the community's secretary; complaints fail the test."""
    town = create_town()
    grid = town.micros[0]
    begin(secretary_of(town), grid, create_named(grid, "李建国"), PostKind.RESIDENT)
    create_named(grid, "陈秀英", phone="13900001234")
    cookie = app.test_client()
    log_in(cookie, create_account("secretary", town.community.path))
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        value = cookie.get_cookie("weiwang").value
        context.add_cookies([{"name": "weiwang", "value": value, "url": address}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/grids/{town.community.code}/roster")
        yield page
        browser.close()
    assert [text for text in complaints if not re.search("status of 4(22|09)", text)] == []


def test_a_vacancy_is_filled_and_emptied_again_without_leaving_the_page(page):
    code = "51011510100101001"
    row = page.locator(f"#row-{code}")
    assert "空缺" in row.inner_text()

    row.get_by_role("link", name="编辑").focus()
    page.keyboard.press("Enter")
    panel = page.locator(f"#grid-{code} tr.panel")
    panel.wait_for()
    expect(panel.get_by_role("heading", name="现任队伍")).to_be_focused()

    # Sent without a person: the search is marked and takes the focus.
    panel.get_by_role("button", name="登记到任").click()
    expect(panel.locator("input[type=search]")).to_be_focused()

    panel.locator("input[type=search]").fill("cxy")
    choice = panel.get_by_label("陈*英")
    choice.check()
    panel.get_by_role("button", name="登记到任").click()
    row.get_by_text("陈*英").wait_for()
    page.locator("#tally", has_text="缺微网格员 3").wait_for()

    panel.get_by_role("button", name="撤回").press("Enter")
    row.get_by_text("空缺").first.wait_for()
    page.locator("#tally", has_text="缺微网格员 4").wait_for()

    panel.get_by_role("link", name="完成").press("Enter")
    panel.wait_for(state="detached")
    expect(row.get_by_role("link", name="编辑")).to_be_focused()


IN_SIGHT = """note => {
  const box = note.getBoundingClientRect();
  const hit = document.elementFromPoint(box.left + 30, box.top + 6);
  return box.top >= 0 && box.bottom <= innerHeight && note.contains(hit);
}"""


def test_what_is_said_to_an_act_is_in_sight_and_nobody_is_told_of_anothers_success(page):
    """The form is longer than the window, and the table's head sticks over what is above it."""
    page.set_viewport_size({"width": 1366, "height": 560})
    code = "51011510100101002"
    page.locator(f"#row-{code}").get_by_role("link", name="编辑").click()
    panel = page.locator(f"#grid-{code} tr.panel")
    note, sent = panel.locator(".note"), panel.get_by_role("button", name="登记到任")
    panel.locator("input[type=search]").fill("cxy")
    panel.get_by_label("陈*英").check()
    # The same person's other window is quicker.
    other = page.context.new_page()
    other.goto(page.url.replace("/510115101001/roster", f"/{code}/team?who=cxy"))
    other.locator("input[name=party]").first.check()
    other.get_by_role("button", name="登记到任").click()
    expect(other.locator(".panel .note")).to_contain_text("已登记")
    other.close()

    sent.click()
    expect(note).to_contain_text("刚刚更改")
    expect(note).to_be_focused()
    assert note.evaluate(IN_SIGHT)
    expect(panel.get_by_role("button", name="撤回")).to_have_count(0)

    panel.locator("input[type=search]").fill("ljg")
    panel.get_by_label("李*国").check()
    page.locator(f"#add-{code} select[name=kind]").select_option("resident")
    sent.click()
    expect(note).to_contain_text("已登记")
    assert note.evaluate(IN_SIGHT)
    panel.get_by_role("button", name="撤回").click()
    expect(note).to_contain_text("已撤回")
    assert note.evaluate(IN_SIGHT)


def test_searching_narrows_the_rows_and_back_widens_them(page):
    rows = page.locator("#roster tbody:not(.group)")
    expect(rows).to_have_count(4)
    page.locator("#q").fill("ljg")
    expect(rows).to_have_count(1)
    assert "q=ljg" in page.url
    page.go_back()
    expect(rows).to_have_count(4)


def test_finding_with_somebody_ticked_finds_and_appoints_nobody(page):
    code = "51011510100101001"
    page.locator(f"#row-{code}").get_by_role("link", name="编辑").click()
    panel = page.locator(f"#grid-{code} tr.panel")
    find, who = panel.get_by_role("button", name="查找"), panel.locator("input[type=search]")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    for search in (find.click, lambda: who.press("Enter")):
        panel.get_by_label("陈*英").check()
        who.fill("没有这个人")
        panel.get_by_text("没有找到").wait_for()
        who.fill("cxy")
        search()
        expect(panel.get_by_label("陈*英")).not_to_be_checked()
        # What was typed asks once more, 300 ms later.
        page.evaluate("() => new Promise((done) => setTimeout(done, 400))")
        expect(page.locator(".htmx-request")).to_have_count(0)

    assert "POST" not in sent
    assert "空缺" in page.locator(f"#row-{code}").inner_text()
    panel.get_by_label("陈*英").check()
    panel.locator("input[name=reason]").last.press("Enter")
    page.locator(f"#row-{code}").get_by_text("陈*英").wait_for()
