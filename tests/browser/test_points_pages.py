"""Points on a phone and a tablet: lists to tick, photos made small, a login that ends meanwhile."""

from __future__ import annotations

import io
import re

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town, log_in
from PIL import Image
from playwright.sync_api import expect
from points.claims_factory import adopt
from points.claims_in_pages import add_party
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.people.operations import passwords
from intranet.points import operations
from intranet.points.models import Claim, ClaimPhoto, ClaimSource, ClaimState, Evidence, Window
from intranet.points.operations import Content
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.one_engine("sqlite"),
]
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 1024, "height": 768}
NAMES = ("徐国强", "徐建军", "徐志明", "何秀英", "罗建国", "陈桂芳")


@pytest.fixture
def town(app):
    made = create_town()
    for n, name in enumerate(NAMES):
        create_party(
            db.session(),
            actor=None,
            kind=PartyKind.HOUSEHOLD,
            grid_path=made.micros[0].path,
            at=clock.now(),
            values={
                PersonalField.NAME: name,
                PersonalField.ADDRESS: f"梧桐苑{n + 1}栋1单元{n}02",
            },
        )
    db.session.commit()
    return made


def box(page, text):
    return page.locator(".present label", has_text=text).locator("input")


def test_many_are_found_counted_and_kept_while_grid_and_rule_change(app, address, chromium, town):
    households, shops = frozenset({PartyKind.HOUSEHOLD}), frozenset({PartyKind.SHOP})
    adopt(town.community, "CY01", title="清洁日", kinds=households)
    adopt(town.community, "GS01", title="提供岗位", kinds=shops)
    add_party(PartyKind.SHOP, town.micros[0].path, public_name="老街茶铺")
    account = create_account("micro_member", town.micros[0].path)
    page = enter(app, chromium, address, account, has_touch=True)
    page.set_viewport_size(TABLET)
    db.session.rollback()
    page.goto(f"{address}/points/gathering")
    bar = page.locator(".tickbar")
    expect(bar).to_be_in_viewport()
    page.get_by_label("活动名称").fill("三栋清洁日")
    page.locator("[data-find]").fill("2栋")
    expect(page.locator(".present label:visible")).to_have_count(1)
    page.locator("[data-find]").press("Enter")
    box(page, "2栋").check()
    page.locator("[data-find]").fill("没有这样的")
    expect(page.get_by_text("名单里没有符合的")).to_be_visible()
    page.locator("[data-find]").fill("")
    box(page, "5栋").check()
    expect(bar).to_contain_text("已勾选 2 个")

    page.get_by_label("依据规则").select_option("GS01")
    expect(page.locator(".elsewhere")).to_contain_text("（2）")
    expect(page.get_by_text("老街茶铺")).to_be_visible()
    expect(page.get_by_label("活动名称")).to_have_value("三栋清洁日")
    page.get_by_label("依据规则").select_option("CY01")
    expect(page.locator(".elsewhere")).to_have_count(0)
    expect(box(page, "2栋")).to_be_checked()
    expect(bar).to_contain_text("已勾选 2 个")
    bar.get_by_role("button").click()
    expect(page.get_by_text("2 条等待别人审核")).to_be_visible()
    page.go_back()
    page.get_by_label("活动名称").fill("三栋清洁日")
    for one in ("2栋", "5栋"):
        box(page, one).check()
    bar.get_by_role("button").click()
    expect(page.get_by_role("alert").filter(has_text="当天已经登记过")).to_be_visible()
    assert len(db.session.scalars(select(Claim.id)).all()) == 2
    db.session.rollback()
    assert page.complaints == []


def test_all_of_a_page_is_approved_with_three_presses(app, address, chromium, town):
    adopt(town.community)
    shop = add_party(PartyKind.SHOP, town.micros[0].path, public_name="老街茶铺")
    for _ in range(12):
        operations.file(
            db.session(),
            actor=None,
            at=clock.now(),
            party=shop,
            content=Content("JS01", 1, clock.today(), "扫地"),
            source=ClaimSource.MEMBER,
        )
    db.session.commit()
    page = enter(app, chromium, address, create_account("office", town.community.path))
    db.session.rollback()
    page.goto(f"{address}/points/claims")
    every = page.get_by_label("本页全选")
    every.check()
    expect(page.get_by_text("已勾选 12 个")).to_be_visible()
    page.locator("input[name=one]").first.uncheck()
    assert every.evaluate("one => one.indeterminate")
    every.check()
    page.get_by_role("button", name="通过勾选的申报").click()
    expect(page.get_by_text("已通过 12 条申报")).to_be_visible()
    assert set(db.session.scalars(select(Claim.state))) == {ClaimState.PUBLICITY}
    db.session.rollback()
    assert page.complaints == []


def heavy(n):
    """Return a photo of noise: no picture of its size is larger."""
    out = io.BytesIO()
    Image.effect_noise((2600, 1900), 90 + n).convert("RGB").save(out, "JPEG", quality=97)
    return {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def mine(app, address, chromium, town):
    """A phone at the claim's form."""
    adopt(town.community, "GX02", title="看望老人", evidence=Evidence.PHOTO)
    adopt(town.community, "CY01", title="清洁日", caps={Window.MONTH: 8})
    home = add_party(PartyKind.HOUSEHOLD, town.micros[0].path)
    account = create_account("resident", town.micros[0].path, party_id=home.id)
    account.password_hash = passwords.hash_password("correct horse battery")
    db.session.commit()
    page = enter(app, chromium, address, account, has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    page.account = (account.id, account.username)
    db.session.rollback()
    page.goto(f"{address}/points/claims/new")
    return page


def test_photos_are_made_small_on_the_phone_and_the_rule_says_what_it_asks(mine):
    asks = mine.locator("#rule-asks [data-of]:visible")
    mine.get_by_label("做了什么").select_option("CY01")
    expect(asks).to_have_count(1)
    expect(asks).to_contain_text("每月上限 8 分，还可得 8 分")
    mine.get_by_label("做了什么").select_option("GX02")
    expect(asks).to_contain_text("照片")
    photos = [heavy(n) for n in range(5)]
    before = sum(len(one["buffer"]) for one in photos[:4])
    mine.locator("#photos").set_input_files(photos)
    expect(mine.locator("#photos-said")).to_contain_text("共 4 张", timeout=60_000)
    expect(mine.locator("#photos-said")).to_contain_text("一次最多 4 张照片")
    sizes = mine.evaluate(
        "() => [...document.getElementById('photos').files].map((one) => one.size)"
    )
    assert len(sizes) == 4
    assert sum(sizes) < before / 1.5
    mine.get_by_label("简单说明").fill("给张婆婆送了饺子")
    mine.get_by_role("button", name="提交申报").click()
    mine.wait_for_url(re.compile(r"/points/claims/\d+$"))
    assert len(db.session.scalars(select(ClaimPhoto.id)).all()) == 4
    db.session.rollback()
    assert mine.complaints == []


def test_what_was_typed_under_an_ended_login_is_there_after_it(app, address, mine):
    mine.get_by_label("做了什么").select_option("GX02")
    mine.get_by_label("简单说明").fill("给张婆婆送了饺子")
    mine.get_by_label("数量").fill("2")
    mine.context.clear_cookies()
    mine.get_by_role("button", name="提交申报").click()
    mine.wait_for_url("**/login**")
    mine.locator("#username").fill(mine.account[1])
    mine.locator("#password").fill("correct horse battery")
    mine.locator("form.card button.primary").click()
    mine.wait_for_url("**/points/claims/new")
    expect(mine.get_by_label("简单说明")).to_have_value("给张婆婆送了饺子")
    expect(mine.get_by_label("数量")).to_have_value("2")
    expect(mine.get_by_label("做了什么")).to_have_value("GX02")
    expect(mine.get_by_text("登录已过期，刚才填写的内容已经恢复")).to_be_visible()
    expect(mine.locator("#rule-asks [data-of]:visible")).to_contain_text("看望老人")
    mine.goto(f"{address}/points/claims/new")
    expect(mine.get_by_label("简单说明")).to_have_value("")
    assert mine.complaints == []


def test_another_who_logs_in_there_gets_nothing_of_it(app, address, mine, town):
    other = create_account("resident", town.micros[1].path)
    visitor = app.test_client()
    log_in(visitor, other)
    cookie = visitor.get_cookie("weiwang").value
    db.session.rollback()
    mine.get_by_label("简单说明").fill("给张婆婆送了饺子")
    mine.context.clear_cookies()
    mine.get_by_role("button", name="提交申报").click()
    mine.wait_for_url("**/login**")
    mine.context.add_cookies([{"name": "weiwang", "value": cookie, "url": address}])
    mine.goto(f"{address}/points")
    assert mine.evaluate("() => sessionStorage.getItem('typed')") is None
