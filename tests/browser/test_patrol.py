"""A patrol on a phone: marked with a thumb, kept at once, nothing lost without a network."""

from __future__ import annotations

import io

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town, viewer_of
from incidents.patrol_factory import create_plan
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from intranet.db import db
from intranet.grids.models import GridKind
from intranet.incidents.models import Attachment, Category, Incident

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("postgresql"),
]
PHONE = {"width": 390, "height": 844}


def picture():
    packed = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 90, 60)).save(packed, "JPEG")
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": packed.getvalue()}


def matter():
    from factories import DAY

    parent = Category(code="01", name="安全隐患", opened_on=DAY)
    db.session.add(parent)
    db.session.flush()
    category = Category(code="0101", name="消防隐患", parent_id=parent.id, opened_on=DAY)
    db.session.add(category)
    db.session.commit()
    return category


def test_a_patrol_is_walked_on_a_phone_and_its_finding_sent(app, address, chromium):
    town = create_town()
    assert town.micros[0].kind is GridKind.MICRO
    account = create_account("micro_member", town.micros[0].path)
    assert viewer_of(account)
    create_plan(town.micros[0], matter())
    db.session.remove()
    page = enter(app, chromium, address, account)
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/incidents/patrols")
    page.get_by_role("button", name="开始巡查").click()
    row = page.locator(".walk-row").first
    for button in row.locator(".verdict").all():
        assert button.bounding_box()["height"] >= 44

    row.get_by_role("button", name="存在隐患").click()
    expect(row.get_by_role("button", name="存在隐患")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#walk-progress")).to_contain_text("已检查1/3项")
    page.context.set_offline(True)
    row.get_by_label("隐患情况").fill("堆了纸箱")
    row.get_by_label("隐患情况").blur()
    expect(page.locator("#offline")).to_be_visible()
    expect(row.get_by_label("隐患情况")).to_have_value("堆了纸箱")
    page.context.set_offline(False)
    # Nor is it when the house is busy: what it says stands above the row.
    page.route("**/checks/*", lambda route: route.fulfill(status=503, body="<p id=busy>忙</p>"))
    row.get_by_role("button", name="已整改").click()
    expect(page.locator("#busy")).to_be_visible()
    expect(row.get_by_label("隐患情况")).to_have_value("堆了纸箱")
    page.unroute("**/checks/*")
    # A slip of the thumb, and back: neither words nor the choice are gone.
    row.get_by_role("button", name="合格").click()
    expect(row.get_by_label("隐患情况")).to_have_count(0)
    row.get_by_role("button", name="存在隐患").click()
    expect(row.get_by_label("隐患情况")).to_have_value("堆了纸箱")
    row.get_by_label("上传照片").set_input_files(picture())
    expect(row.locator("img")).to_have_count(1)
    expect(row.get_by_label("隐患情况")).to_have_value("堆了纸箱")
    with page.expect_response(lambda answer: "/checks/" in answer.url):
        row.get_by_label("较大隐患").click()

    page.get_by_role("button", name="其余全部合格").click()
    expect(page.locator("#walk-progress")).to_contain_text("已检查3/3项")
    page.get_by_role("link", name="核对并完成").click()
    expect(page.locator(".finding")).to_contain_text("较大隐患")
    page.get_by_role("button", name="上报1起事件并完成巡查").click()
    expect(page.get_by_text("巡查已完成，已上报1项问题。")).to_be_visible()
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)

    incident = db.session.scalars(select(Incident)).one()
    assert incident.description == "堆了纸箱\n不合格的检查项：消防通道畅通，无杂物"
    assert len(db.session.scalars(select(Attachment)).all()) == 1
    assert page.complaints == []
