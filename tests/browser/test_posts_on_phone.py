"""Whoever acts for a company writes a post on a phone: the occupation found as it is typed."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from jobs.jobs_factory import CARER, occupation
from jobs.posts_scene import scene  # noqa: F401
from playwright.sync_api import expect
from sqlalchemy import select

from intranet.db import db
from intranet.jobs.models import JobPost, PostState

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("sqlite"),
]


def test_a_post_is_written_on_a_phone_and_handed_in(app, address, chromium, scene):
    occupation(CARER)
    db.session.commit()
    page = enter(app, chromium, address, scene.handler_account, has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    db.session.rollback()
    page.goto(f"{address}/jobs/mine")
    page.get_by_role("link", name="发布岗位").tap()
    page.get_by_label("岗位名称").fill("社区养老护理员")
    page.locator("#occupation_words").press_sequentially("yanglao", delay=20)
    page.get_by_role("radio", name="养老护理员").check()
    page.get_by_label("工作内容").fill("照护 80 岁以上老人起居")
    page.get_by_label("招用条件").fill("有耐心，持健康证")
    page.get_by_label("最低报酬（元）").fill("三千")
    page.get_by_label("最高报酬（元）").fill("4500")
    page.get_by_label("上班时间").fill("08:30")
    page.get_by_label("下班时间").fill("16:00")
    page.get_by_role("button", name="保存并提交审核").tap()
    expect(page.locator("#pay_min_fen-error")).to_contain_text("金额")
    expect(page.get_by_role("radio", name="养老护理员")).to_be_checked()
    page.get_by_label("最低报酬（元）").fill("3800")
    page.get_by_role("button", name="保存并提交审核").tap()
    page.wait_for_url("**/jobs/mine/*")
    expect(page.locator(".head")).to_contain_text("待审核")
    made = db.session.scalar(select(JobPost))
    db.session.rollback()
    assert (made.occupation_code, made.state) == (CARER, PostState.SUBMITTED)
    assert (made.pay_min_fen, made.from_minute, made.to_minute) == (380_000, 510, 960)
    assert page.complaints == []
