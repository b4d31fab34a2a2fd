"""A grandmother finds work: from the touch screen to the follow-up, every side on its own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account
from jobs.jobs_factory import create_handler
from jobs.kiosk_hands import PHONE, end_and_search, grandmother, page, town  # noqa: F401
from playwright.sync_api import expect

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Company, FollowUp, JobPost, Wish
from intranet.people.models import LoginSession

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(240)]
PHONE_SIZE = {"width": 390, "height": 844}


def stored(model):
    """Read what there is, and let go: the browser writes through the same database."""
    found = db.session.scalars(db.select(model)).all()
    db.session.expunge_all()
    db.session.rollback()
    return found


@pytest.fixture
def people(town):
    """Her micro-grid's volunteer, and whoever acts for the company."""
    acting = create_account("company", town.dedicated.path)
    create_handler(db.session.scalars(db.select(Company)).one(), acting)
    volunteer = create_account("micro_member", town.home_path)
    db.session.commit()
    return volunteer, acting


def act(hand, name, **fields):
    """Open what is called so, fill in what it asks for, send it and see the page again."""
    form = hand.locator("details", has=hand.locator("summary", has_text=name)).last
    form.locator("summary").click()
    for field, value in fields.items():
        box = form.locator(f"[name={field}]")
        box.select_option(value) if box.evaluate("e => e.matches('select')") else box.fill(value)
    with hand.expect_navigation():
        form.locator("button.primary").click()
    hand.wait_for_load_state()
    assert (
        hand.locator("#content .error:visible, #content .note.bad:visible").all_inner_texts() == []
    )


def ask_at_the_screen(page, town, address):
    """By touch alone; and the next person finds nothing of her."""
    grandmother(page)
    page.get_by_role("button", name="请给我打电话").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("登记好了，网格员 3 天内给您打电话。")
    expect(page.locator(".kiosk-row").first).to_contain_text("楼道保洁员")
    [wish] = stored(Wish)
    assert wish.grid_path == town.home_path
    end_and_search(page, address)
    assert page.complaints == []
    return wish.id


def ring_and_refer(member, address):
    """She stands in red on the list of whom to ring; what fits her says why."""
    member.goto(f"{address}/jobs/wishes")
    expect(member.locator("tbody .light.red")).to_have_count(1)
    member.locator("tbody th a").click()
    expect(member.locator("#content p.note.bad")).to_be_visible()
    best = member.locator("#matches li").first
    expect(best.get_by_role("heading")).to_contain_text("楼道保洁员")
    expect(best.locator("details").first).to_contain_text("步行")
    assert PHONE not in member.content()
    phone = member.locator(".facts dd", has_text="139").locator("details.unmask")
    phone.locator("summary").click()
    phone.locator("button.primary").click()
    expect(member.locator("main")).to_contain_text(PHONE)
    member.locator("[name=reached]").select_option("spoken")
    member.get_by_role("button", name="记录").click()
    expect(member.locator("#content p.note.bad")).to_have_count(0)
    best.get_by_role("button", name="推荐到这个岗位").click()
    expect(member.locator("main table")).to_contain_text("楼道保洁员")


def take_on(desk, address, day):
    """The company asks her to come, offers the work, and she begins."""
    desk.goto(f"{address}/jobs/referrals")
    desk.locator("tbody a").first.click()
    expect(desk.locator("h1")).to_contain_text("张")
    act(desk, "约面试", day=day.isoformat(), hour="10:00", place="驿站二楼")
    act(desk, "拟录用", words="领班试过工")
    act(desk, "登记上岗", starts_on=day.isoformat(), pay="2800", pay_unit="month")


def test_from_the_screen_to_the_follow_up(app, page, town, people, chromium, address, monkeypatch):
    def enters(account):
        hand = enter(app, chromium, address, account, locale="zh-CN")
        ends = clock.now() + timedelta(hours=8)  # of the day it is here
        db.session.execute(db.update(LoginSession).values(expires_at=ends))
        db.session.commit()
        return hand

    def pass_days(days):
        then = clock.now() + timedelta(days=days, hours=1)
        monkeypatch.setattr(clock, "now", lambda: then)

    volunteer, acting = people
    [post] = [one for one in stored(JobPost) if one.title == "楼道保洁员"]
    wish = ask_at_the_screen(page, town, address)

    pass_days(3)
    member, desk = enters(volunteer), enters(acting)
    member.set_viewport_size({"width": 390, "height": 844})
    ring_and_refer(member, address)
    take_on(desk, address, clock.today() + timedelta(days=1))
    [taken] = [one for one in stored(JobPost) if one.id == post.id]
    assert taken.openings_left == post.openings_left - 1
    expect(desk.locator("main")).to_contain_text(f"剩 {taken.openings_left} 个")

    pass_days(8)
    later = enters(volunteer)
    later.set_viewport_size({"width": 390, "height": 844})
    later.goto(f"{address}/jobs/wishes/{wish}")
    later.locator("main table a", has_text="楼道保洁员").click()
    act(later, "填写回访结果", still_there="yes", as_posted="yes", words="领班和气")
    expect(later.locator("#follow")).to_contain_text("仍在岗")
    done = [one for one in stored(FollowUp) if one.done_at]
    assert [(one.days, one.still_there, one.words) for one in done] == [(7, True, "领班和气")]
    assert member.complaints == desk.complaints == later.complaints == []
