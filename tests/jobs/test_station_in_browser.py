"""The station's own pages in a browser: no violation, no page too wide, nothing too small."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_axe import AXE, RUN, SCREENS, SMALL
from factories import create_account
from jobs.posts_scene import published, scene  # noqa: F401
from jobs.station_factory import create_complaint, create_station

from intranet.db import db
from intranet.jobs.models import Wrong

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(300),
    pytest.mark.one_engine("sqlite"),
]


def test_complaints_are_said_and_answered_and_the_pages_hold(app, scene, address, chromium):
    post = published(scene)
    create_station(scene.town.community)
    create_complaint(post, Wrong.OTHER, words="面试地点是一家中介公司，要先交资料费" * 6)
    post_id, station = post.id, scene.staff[0]
    resident = create_account("resident", scene.town.micros[0].path)
    db.session.commit()

    page = enter(app, chromium, address, resident, bypass_csp=True)
    look(page, f"{address}/jobs/{post_id}/complain")
    page.get_by_role("button", name="提交举报").click()
    page.locator("#wrong-error").wait_for()  # nothing was chosen
    held(page)
    page.get_by_label("要收费、收押金或扣证件").check()
    page.get_by_role("button", name="提交举报").click()
    page.locator(".toast", has_text="谢谢").wait_for()

    desk = enter(app, chromium, address, station, bypass_csp=True)
    for url in ("desk", "desk/visits", "complaints", "stations", "stations/new", "figures"):
        look(desk, f"{address}/jobs/{url}")
    desk.goto(f"{address}/jobs/desk")
    desk.get_by_role("button", name="来找工作").click()
    desk.get_by_role("link", name="1 今日来访").wait_for()
    look(desk, f"{address}/jobs/complaints/{post_id}")
    desk.get_by_label("看过，没有问题").check()
    desk.get_by_label("内部记录").fill("与经办人核实，未收费")
    desk.get_by_role("button", name="提交答复").click()
    desk.get_by_text("没有待处理的举报").wait_for()
    assert desk.complaints == page.complaints == []


def look(page, url):
    """Open a page and hold it to what every page is held to."""
    page.goto(url)
    held(page)


def held(page):
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        if width < 1100:
            assert page.evaluate(SMALL, 44) == [], page.url
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(RUN) == [], page.url
