"""The touch screen in a real browser: by touch alone, by keyboard, without a network, and cleared."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_axe import AXE, RUN, SMALL
from jobs.fairs_factory import create_booth, create_fair
from jobs.jobs_factory import CLEANER
from jobs.kiosk_hands import PHONE, TALL, grandmother, page, press, touch, town, whole  # noqa: F401
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Company, Screen, Wish
from intranet.people.models import LoginSession

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.one_engine("sqlite"),
]
WIDE = {"width": 1024, "height": 768}


def test_whoever_walks_away_is_warned_and_then_all_is_cleared(page, town, address):
    grandmother(page)
    page.clock.run_for(100_000)
    expect(page.locator("#kiosk-idle")).to_be_hidden()
    page.clock.run_for(21_000)
    expect(page.get_by_role("button", name="我还在，继续")).to_be_visible()
    page.get_by_role("button", name="我还在，继续").tap()
    expect(page.locator("#kiosk-idle")).to_be_hidden()
    expect(page.locator("#phone")).to_have_value(PHONE)

    page.clock.run_for(139_000)
    expect(page.locator("#kiosk-idle")).to_be_visible()
    page.clock.run_for(3_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")
    assert PHONE not in whole(page)
    page.go_back()
    page.wait_for_timeout(300)
    assert PHONE not in page.content()
    db.session.rollback()
    assert db.session.scalars(db.select(Wish)).all() == []


def test_whoever_only_looked_is_asked_after_a_minute(page):
    touch(page, "工种")
    expect(page.get_by_role("heading", level=1)).to_have_text("想做哪一类？")
    page.clock.run_for(59_000)
    expect(page.locator("#kiosk-idle")).to_be_hidden()
    page.clock.run_for(3_000)
    expect(page.locator("#kiosk-idle")).to_be_visible()
    page.clock.run_for(21_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")


def test_back_leads_nowhere_because_nothing_stands_in_the_history(page):
    length = page.evaluate("history.length")
    touch(page, "工种")
    touch(page, "保洁打扫")
    touch(page, "楼道保洁员")
    expect(page.get_by_role("heading", level=1)).to_have_text("楼道保洁员")
    assert page.evaluate("history.length") == length
    assert "/kiosk/posts/" in page.url


def test_without_a_network_the_last_page_stays_and_comes_back_by_itself(page, town):
    page.context.set_offline(True)
    touch(page, "工种")
    expect(page.locator("#kiosk-offline")).to_contain_text("网络断了")
    said = page.locator("#kiosk-offline time")
    expect(said).to_have_text(re.compile(r"^\d{1,2}月\d{1,2}日 \d\d:\d\d$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect(page.locator("#kiosk-offline")).to_be_hidden()
    touch(page, "工种")
    expect(page.get_by_role("heading", level=1)).to_have_text("想做哪一类？")


def test_without_a_network_what_was_typed_goes_at_once_and_the_key_later(page, town):
    grandmother(page)
    db.session.rollback()
    [key] = db.session.scalars(db.select(LoginSession.key_hash))
    db.session.rollback()
    page.context.set_offline(True)
    page.clock.run_for(141_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")
    assert PHONE not in whole(page)
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect(page.locator("#kiosk-offline")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")
    db.session.rollback()
    assert db.session.scalars(db.select(LoginSession.key_hash)).all() != [key]
    db.session.rollback()


@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
def test_what_could_not_be_sent_is_said_beside_the_button_and_can_be_sent_again(page, town, size):
    page.set_viewport_size(size)
    grandmother(page)
    send, said = page.get_by_role("button", name="请给我打电话"), page.locator("#kiosk-unsent")
    expect(said).to_be_hidden()
    page.context.set_offline(True)
    send.tap()
    expect(said).to_contain_text("没有发送成功")
    expect(said).to_be_in_viewport(ratio=1)
    expect(page.locator("#phone")).to_have_value(PHONE)
    assert page.locator("[name=surname]:checked").get_attribute("value") == "张"
    db.session.rollback()
    assert db.session.scalars(db.select(Wish)).all() == []
    db.session.rollback()
    page.context.set_offline(False)
    send.tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("登记好了")
    db.session.rollback()
    assert len(db.session.scalars(db.select(Wish)).all()) == 1
    db.session.rollback()


def test_what_breaks_on_our_side_takes_nothing_that_was_typed(page, town):
    grandmother(page)
    page.route("**/kiosk/wish", lambda one: one.fulfill(status=503, body="<p id=kiosk>x</p>"))
    page.get_by_role("button", name="请给我打电话").tap()
    expect(page.locator("#kiosk-unsent")).to_contain_text("您填的内容都还在")
    expect(page.locator("#phone")).to_have_value(PHONE)


def test_the_screen_says_that_it_is_alive(page, town):
    expect(page.locator("#kiosk-offline")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    db.session.rollback()
    [screen] = db.session.scalars(db.select(Screen))
    assert screen.seen_at is not None
    db.session.rollback()


def test_letters_grow_on_the_spot_and_what_is_typed_stays(page, town):
    grandmother(page)
    page.get_by_role("button", name="字号 A++").tap()
    expect(page.locator("body")).to_have_class(re.compile("look-3"))
    page.get_by_role("button", name="高对比").tap()
    expect(page.locator("body")).to_have_class(re.compile("look-strong"))
    expect(page.locator("#phone")).to_have_value(PHONE)
    expect(page.get_by_role("button", name="字号 A++")).to_have_attribute("aria-pressed", "true")


def test_it_is_read_aloud_where_the_browser_can(page):
    page.evaluate(
        "() => { speechSynthesis.speak = (one) => { window.said = [one.lang, one.text]; }; }"
    )
    touch(page, "工种")
    expect(page.get_by_role("heading", level=1)).to_have_text("想做哪一类？")
    page.get_by_role("button", name="读给我听").tap()
    lang, text = page.evaluate("said")
    assert lang == "zh-CN"
    assert "保洁打扫" in text
    assert "高对比" not in text


def test_what_is_wrong_is_shown_without_a_page_more_in_the_history(page, town):
    length = page.evaluate("history.length")
    touch(page, "工种")
    touch(page, "保洁打扫")
    touch(page, "楼道保洁员")
    touch(page, "请网格员给我打电话")
    press(page, "1398765")
    page.locator("[data-key='back']").tap()
    page.get_by_role("button", name="请给我打电话").tap()
    expect(page.locator("#surname-error")).to_have_text("请点您的姓")
    expect(page.locator("#phone")).to_have_value("139876")
    expect(page.locator(".kiosk-pad")).to_be_visible()
    assert page.evaluate("history.length") == length
    page.locator("[data-key='clear']").tap()
    expect(page.locator("#phone")).to_have_value("")


def test_all_of_it_goes_by_keyboard_with_the_focus_seen(page):
    page.keyboard.press("Tab")
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('.tile')"):
            break
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "4px"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("想做哪一类？")
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_without_scripts_a_wish_is_filed_and_the_screen_cleared(app, town, chromium, address):
    page = enter(app, chromium, address, town.kiosk, has_touch=True, java_script_enabled=False)
    page.goto(f"{address}/kiosk")
    for name in ("我要找工作", "保洁打扫", "什么时间都行", "住在别处", "远近都行", "工资不限"):
        touch(page, name)
    page.locator("label.kiosk-name", has_text="李").first.tap()
    page.locator("#phone").fill(PHONE)
    for box in page.locator(".kiosk-check").all():
        box.tap()
    page.get_by_role("button", name="请给我打电话").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("登记好了")
    page.get_by_role("button", name="结束并清空屏幕").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("家门口的工作")


def test_the_slip_is_one_small_sheet(page, town, address):
    page.goto(f"{address}/kiosk/posts/{town.post}/take")
    expect(page.get_by_role("button", name="打印小条")).to_be_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    [box] = set(re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf))
    assert float(box.split()[2]) < 240  # points: 80 mm


# Headings that are not larger than the words around them, each page's and the question's.
FLAT = """() => [...document.querySelectorAll("#kiosk-page, #kiosk-idle")].flatMap((part) => {
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  const said = [...part.querySelectorAll("p, dd, dt, small, legend, .kiosk-facts, .kiosk-row b")]
    .filter((one) => !one.matches(".kiosk-big") && (one.checkVisibility() || part.id === "kiosk-idle"));
  return [...part.querySelectorAll("h1, h2, h3")]
    .flatMap((head) => said.filter((one) => size(one) >= size(head))
      .map((one) => `${head.textContent} ${size(head)} <= ${one.textContent} ${size(one)}`));
})"""


def test_headings_are_larger_than_the_words_around_them(page, town, address):
    fair = create_fair(town.community, day=clock.today() + timedelta(days=1))
    create_booth(fair, db.session.scalar(db.select(Company)))
    db.session.commit()
    found, heights = [], []
    for size in (TALL, WIDE):
        page.set_viewport_size(size)
        for tail in ("", "/fairs", f"/posts/{town.post}", f"/posts/{town.post}/take", "/wish"):
            page.goto(f"{address}/kiosk{tail}")
            found += [f"{tail} {size['width']}: {one}" for one in page.evaluate(FLAT)]
    assert found == []
    for look in ("1", "2", "3"):
        page.goto(f"{address}/kiosk/kinds")
        page.locator(f".size-{look}").tap()
        expect(page.locator("body")).to_have_class(re.compile(f"look-{look}"))
        page.clock.run_for(61_000)
        heights.append(page.locator("#kiosk-idle h2").bounding_box()["height"])
    assert heights[0] < heights[1] < heights[2]


# What takes the focus and then lies below the foot, or out of sight.
COVERED = """() => { const foot = document.querySelector(".kiosk-foot");
  return [...document.querySelectorAll(".kiosk-who :is(input:not([type=hidden]), button, summary)")]
    .filter((one) => one.checkVisibility() && !foot.contains(one))
    .filter((one) => { one.focus(); const box = one.getBoundingClientRect();
      return box.bottom > foot.getBoundingClientRect().top + 1 || box.top < -1; })
    .map((one) => one.outerHTML.slice(0, 80)); }"""


@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
def test_the_button_of_the_last_step_is_in_sight_and_covers_nothing(page, town, address, size):
    page.set_viewport_size(size)
    for look in ("1", "2", "3"):
        said = f"kind={CLEANER}&hours=any&home={town.home}&far=30&pay=0"
        for tail in (f"wish?{said}", f"posts/{town.post}/ring"):
            page.goto(f"{address}/kiosk/{tail}")
            # The body may have looked so before: what is waited for is the form that came with
            # the answer.
            page.evaluate("document.querySelector('[data-look]').dataset.before = ''")
            page.locator(f".size-{look}").tap()
            expect(page.locator("[data-look]:not([data-before])")).to_have_count(1)
            expect(page.locator("body")).to_have_class(re.compile(f"look-{look}"))
            page.evaluate("scrollTo(0, 0)")
            send = page.get_by_role("button", name="请给我打电话")
            expect(send).to_be_in_viewport(ratio=1)
            assert send.bounding_box()["height"] >= 60
            assert page.evaluate(COVERED) == []
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            foot = page.locator(".kiosk-foot").bounding_box()
            last = page.locator(".kiosk-phone > :last-child").bounding_box()
            assert last["y"] + last["height"] <= foot["y"] + 1


def test_whoever_typed_on_is_not_called_back_when_the_look_has_changed(page, town, address):
    held = []
    page.goto(f"{address}/kiosk/posts/{town.post}/ring")
    page.route("**/kiosk/look", lambda route: held.extend([route]))
    with page.expect_request("**/kiosk/look"):
        page.locator(".size-3").tap()
    phone = page.locator(".kiosk-phone .input")
    phone.focus()
    held[0].continue_()
    expect(page.locator("body")).to_have_class(re.compile("look-3"))
    expect(phone).to_be_focused()


def pages_of(town):
    said = f"kind={CLEANER}&hours=any&home={town.home}&far=30"
    post = town.post
    return [
        "",
        "/kinds",
        "/kinds?under=all",
        "/fairs",
        "/choose/within",
        "/posts",
        "/posts?shift=night",
        f"/posts/{post}",
        f"/posts/{post}/take",
        f"/posts/{post}/ring",
        f"/posts/{town.gone}",
        "/wish",
        f"/wish?{said}",
        f"/wish?{said}&pay=0",
    ]


def test_every_page_is_for_a_whole_fingertip_and_axe_finds_nothing(app, town, chromium, address):
    page = enter(app, chromium, address, town.kiosk, has_touch=True, bypass_csp=True)
    found = []
    for look in ({"size": "1", "strong": "0"}, {"size": "3", "strong": "1"}):
        page.request.post(
            f"{address}/kiosk/look", form=look, headers={"Sec-Fetch-Site": "same-origin"}
        )
        for tail in pages_of(town):
            page.goto(f"{address}/kiosk{tail}")
            expect(page.locator("body")).to_have_class(re.compile(f"look-{look['size']}"))
            for one in page.locator("details").all():
                one.evaluate("one => { one.open = true }")
            page.add_script_tag(path=str(AXE))
            for size in (TALL, WIDE):
                page.set_viewport_size(size)
                here = f"{tail} {look['size']} {size['width']}"
                found += [f"{here}: {one}" for one in page.evaluate(RUN)]
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{here} is {wide} px wide"] if wide > size["width"] else []
                found += [f"{here}: {one}" for one in page.evaluate(SMALL, 60)]
    assert found == []
