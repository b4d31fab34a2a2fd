"""Reports on a phone: two tabs, an expired login, a refusal, a voice note, a large photo."""

from __future__ import annotations

import io
import json

import pytest
from browser.house_in_browser import (  # noqa: F401
    ARGUMENTS,
    CHROMIUM,
    address,
    chromium,
    enter,
    needs_chromium,
)
from browser.test_fireworks import (  # noqa: F401
    PHONE,
    lost_answers,
    on_phone,
    open_report,
    photo,
    report,
    reports,
    until,
)
from factories import create_account, create_town
from incidents_factory import create_category
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect, sync_playwright

from intranet.db import db
from intranet.incidents.models import Attachment, Category, State
from intranet.people.models import LoginSession

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("postgresql"),
]
VOICE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def matter(town):
    return create_category("占道经营", keywords="摆摊 流动摊贩")


@pytest.fixture
def phone(app, address, chromium, town, matter):
    account = create_account("micro_member", town.micros[0].path)
    page = on_phone(app, chromium, address, account)
    db.session.rollback()
    return page


def waiting(page, count=1):
    expect(page.locator("#outbox")).to_contain_text(f"待发送 {count} 件")


def test_two_tabs_send_each_draft_once_between_them(phone, address, lost_answers):
    phone.context.set_offline(True)
    for colour in ("red", "blue"):
        report(phone, "占道经营", colour)
        expect(phone.locator("#say")).to_contain_text("已存在本机")
    waiting(phone, 2)
    second = phone.context.new_page()
    second.goto(f"{address}/incidents")  # the lists' page is not kept: the report's comes instead
    waiting(second, 2)
    assert lost_answers["posts"] == 0

    phone.context.set_offline(False)
    for page in (phone, second):
        page.evaluate("dispatchEvent(new Event('online'))")
    for page in (phone, second):
        expect(page.locator("#outbox li[data-state=sent]")).to_have_count(2, timeout=20_000)
    assert lost_answers["posts"] == 2
    assert len(reports()) == 2
    phone.locator("#outbox button", has_text="知道了").first.tap()
    expect(second.locator("#outbox li")).to_have_count(1)


def test_an_expired_login_keeps_the_draft_and_it_is_sent_after_logging_in_by_its_owner_alone(
    app, phone, address, chromium, town, lost_answers
):
    mine = phone.locator("#outbox").get_attribute("data-account")
    db.session.execute(db.delete(LoginSession))
    db.session.commit()
    report(phone, "占道经营")
    row = phone.locator("#outbox li")
    expect(row).to_contain_text("登录后自动发送")
    expect(row.get_by_role("link", name="登录")).to_be_visible()
    assert reports() == []

    def go_in_as(account):
        other = enter(app, chromium, address, account)
        db.session.rollback()
        phone.context.add_cookies(other.context.cookies())
        other.context.close()
        open_report(phone, address)

    go_in_as(create_account("micro_member", town.micros[1].path))
    expect(phone.locator("#outbox")).to_be_hidden()
    sent_as_other = lost_answers["posts"]
    go_in_as(db.session.get(type(create_account("resident", town.micros[0].path)), int(mine)))
    expect(row).to_have_attribute("data-state", "sent", timeout=20_000)
    assert lost_answers["posts"] == sent_as_other + 1
    assert [one.reporter_id for one in reports()] == [int(mine)]


def test_what_is_refused_is_kept_with_its_reason_and_sent_when_corrected(phone, address, matter):
    other = create_category("噪声扰民")
    phone.context.set_offline(True)
    open_report(phone, address)
    report(phone, "占道经营")
    waiting(phone)
    # The matter is closed while the draft waits.
    db.session.execute(
        db.update(Category).where(Category.id == matter.id).values(closed_on=matter.opened_on)
    )
    db.session.commit()
    assert other.name
    db.session.rollback()
    phone.context.set_offline(False)
    row = phone.locator("#outbox li")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(row).to_have_attribute("data-state", "failed", timeout=20_000)
    expect(row).to_contain_text("发送失败：")
    assert reports() == []

    open_report(phone, address)
    row.get_by_role("link", name="修改后再报").tap()
    expect(phone.locator("#previews img")).to_have_count(1)
    phone.locator(".kinds summary", has_text="安全隐患").first.tap()
    phone.locator(".kinds details .chip", has_text="噪声扰民").tap()
    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    [made] = reports()
    assert made.state is State.REPORTED


def test_logging_out_leaves_nothing_of_the_page_and_keeps_what_waits(phone, address):
    db.session.execute(db.delete(LoginSession))
    db.session.commit()
    report(phone, "占道经营")
    waiting(phone)
    phone.goto(f"{address}/login")
    until(phone, "async () => !await caches.has('weiwang-shell')")
    kept = phone.evaluate("""() => new Promise((done) => {
      indexedDB.open("weiwang").onsuccess = (event) => {
        event.target.result.transaction("drafts").objectStore("drafts").count().onsuccess =
          (found) => done(found.target.result); }; })""")
    assert kept == 1
    phone.context.set_offline(True)
    with pytest.raises(PlaywrightError, match="ERR_"):
        phone.goto(f"{address}/incidents/new")


def large_photo(place):
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: the pixels lie on their side
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 16:05:09"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[3] = "N", "E"
    gps[2], gps[4] = ((int(one), one % 1 * 60, 0.0) for one in place)
    out = io.BytesIO()
    Image.effect_noise((3000, 2000), 80).convert("RGB").save(out, "JPEG", quality=90, exif=exif)
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_large_photo_of_the_album_is_made_small_and_its_place_is_the_reports(
    app, address, chromium, town, matter
):
    west, north = 103.63, 30.43
    ring = [[west, 30.42], [west + 0.01, 30.42], [west + 0.01, north], [west, north], [west, 30.42]]
    town.micros[1].boundary_wgs84 = json.dumps({"type": "Polygon", "coordinates": [ring]})
    db.session.commit()
    account, name = create_account("micro_member", town.micros[0].path), town.micros[1].name
    page = on_phone(app, chromium, address, account)
    path = town.micros[1].path
    db.session.rollback()
    picture = large_photo((30.425, 103.635))
    expect(page.locator("#where")).to_contain_text("本人所在网格")
    page.locator("#photos").set_input_files(picture)
    expect(page.locator("#where")).to_contain_text(name)
    expect(page.locator("#where")).to_contain_text("按照片位置")
    size = page.evaluate("document.getElementById('report').photos.files[0].size")
    assert size < len(picture["buffer"]) / 2
    page.locator(".kinds summary").first.tap()
    page.locator(".kinds details .chip", has_text="占道经营").tap()
    page.locator("button.send").tap()
    page.wait_for_url("**/incidents/5*")

    [made] = reports()
    kept = db.session.scalars(db.select(Attachment)).one()
    assert made.grid_path == path
    assert (kept.latitude_wgs84, kept.longitude_wgs84) == pytest.approx((30.425, 103.635), abs=1e-4)
    assert kept.taken_at is not None
    assert kept.height > kept.width  # upright, once
    db.session.rollback()
    assert page.complaints == []


def test_a_voice_note_is_recorded_played_and_sent(app, address, town, matter):
    account = create_account("micro_member", town.micros[0].path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, *VOICE]
        )
        page = on_phone(app, browser, address, account)
        db.session.rollback()
        press = page.locator("#speak .speak")
        press.tap()
        expect(page.locator("#speak")).to_contain_text("1 秒 / 60 秒")
        press.tap()
        expect(page.locator("#speak audio")).to_be_visible()
        page.locator("#speak").get_by_role("button", name="删除录音").tap()
        expect(page.locator("#speak audio")).to_be_hidden()
        press.tap()
        expect(page.locator("#speak")).to_contain_text("1 秒 / 60 秒")
        press.tap()
        expect(page.locator("#speak audio")).to_be_visible()
        report(page, "占道经营")
        page.wait_for_url("**/incidents/5*")
        expect(page.locator("#photos-taken audio")).to_have_count(1)
        assert page.complaints == []
        browser.close()
    kinds = db.session.scalars(db.select(Attachment.media_type).order_by(Attachment.id)).all()
    db.session.rollback()
    assert kinds == ["image/jpeg", "audio/webm"]


def test_without_a_secure_connection_the_page_says_so_and_reports_all_the_same(
    app, address, town, matter
):
    account = create_account("micro_member", town.micros[0].path)
    plain = address.replace("127.0.0.1", "weiwang.test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[*ARGUMENTS, "--host-resolver-rules=MAP weiwang.test 127.0.0.1"],
        )
        page = enter(app, browser, plain, account, has_touch=True, is_mobile=True)
        db.session.rollback()
        page.goto(f"{plain}/incidents/new")
        expect(page.locator("#say")).to_contain_text("不是安全连接")
        expect(page.locator("#speak input")).to_be_visible()
        report(page, "占道经营")
        page.wait_for_url("**/incidents/5*")
        assert page.complaints == []
        browser.close()
    assert len(reports()) == 1
