"""The place on a phone is looked up once at a time: the last answer stands, and a refusal asks."""

from __future__ import annotations

import contextlib
import io

import pytest
from browser.house_in_browser import address, chromium, needs_chromium  # noqa: F401
from browser.test_fireworks import on_phone, open_report, reports
from browser.test_report_offline import back_online, choose
from factories import create_account, create_town
from incidents.phones import EAST, WEST, draw, photo
from incidents_factory import create_category, create_incident
from PIL import Image
from playwright.sync_api import Error, expect

from intranet import clock
from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("sqlite"),
]
IN_FIRST = {"latitude": 30.425, "longitude": WEST + 0.005}
IN_SECOND = {"latitude": 30.425, "longitude": EAST + 0.005}
FAR = {"latitude": 31.2, "longitude": 104.9}


@pytest.fixture
def phone(app, address, chromium):
    town = draw(create_town())
    matter = create_category("占道经营", is_public=True)
    create_incident(town.micros[1], matter, description="早就有了", at=clock.now())
    page = on_phone(app, chromium, address, create_account("resident", town.micros[0].path))
    page.own, page.other = town.micros[0].path, town.micros[1].path
    page.names = [one.name for one in town.micros]
    db.session.rollback()
    return page


def taken_at(place):
    return {
        "name": "album.jpg",
        "mimeType": "image/jpeg",
        "buffer": photo((place["latitude"], place["longitude"])),
    }


def add(phone, file):
    phone.locator("#photos").set_input_files(file)
    expect(phone.locator("#previews img")).not_to_have_count(0)


def hold_first(phone, part):
    """Hold the first request to an address back; return what lets it go."""
    held = []

    def handle(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    def let_go():
        for _ in range(100):
            if held:
                break
            phone.wait_for_timeout(50)
        with contextlib.suppress(Error):  # cut off meanwhile by the newer one
            held[0].continue_()
        phone.wait_for_timeout(500)

    phone.context.route(part, handle)
    return let_go


def latest(before):
    """What was reported beyond what there was before."""
    return reports()[before:]


def test_an_older_answer_does_not_replace_a_newer_one(phone, address):
    open_report(phone, address)
    let_go = hold_first(phone, "**/incidents/where*")
    add(phone, taken_at(FAR))
    phone.wait_for_timeout(300)
    phone.locator("#previews button").tap()
    add(phone, taken_at(IN_SECOND))
    expect(phone.locator("#where")).to_contain_text(phone.names[1])
    let_go()
    expect(phone.locator("#where")).to_contain_text(phone.names[1])
    expect(phone.locator("#outside")).to_be_hidden()
    assert phone.complaints == []


def test_two_questions_on_a_slow_line_end_with_the_answer_to_the_second(phone, address):
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation(IN_FIRST)
    open_report(phone, address)
    expect(phone.locator("#where")).to_contain_text("按当前位置")
    session = phone.context.new_cdp_session(phone)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", slow)
    for place in (FAR, IN_FIRST, FAR):
        add(phone, taken_at(place))
        phone.locator("#previews button").tap()
    add(phone, taken_at(IN_SECOND))
    expect(phone.locator("#where")).to_contain_text(phone.names[1])
    expect(phone.locator("#where")).to_contain_text("按照片")
    expect(phone.locator("#outside")).to_be_hidden()


def test_a_question_that_fails_leaves_no_place_standing_that_is_not_sent(phone, address):
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation(IN_FIRST)
    open_report(phone, address)
    expect(phone.locator("#where")).to_contain_text("按当前位置")
    phone.context.route("**/incidents/where*", lambda route: route.abort())
    add(phone, taken_at(IN_SECOND))
    expect(phone.locator("#where")).to_contain_text("位置已记下")
    expect(phone.locator(".placed-at")).not_to_contain_text(phone.names[0])
    phone.locator("#previews button").tap()
    add(phone, taken_at(FAR))
    expect(phone.locator("#outside")).to_be_visible()


def test_a_page_opened_with_a_network_asks_about_a_far_photo_after_losing_it(phone, address):
    open_report(phone, address)
    phone.context.set_offline(True)
    add(phone, taken_at(FAR))
    expect(phone.locator("#outside")).to_be_visible()
    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("请先选择怎么处理")
    expect(phone.locator("#outbox")).to_be_hidden()


def test_what_was_refused_for_its_place_comes_back_with_the_choice_and_can_be_sent(phone, address):
    before = len(reports())
    open_report(phone, address)
    # As a page of before this version kept it: it does not know where the community ends.
    phone.locator("#report").evaluate("form => { delete form.dataset.box; }")
    phone.context.set_offline(True)
    add(phone, taken_at(FAR))
    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("已存在本机")
    back_online(phone)
    edit = phone.locator("#outbox li[data-state=failed] a")
    edit.tap()
    asked = phone.locator("#outside")
    expect(phone.locator("#say")).to_contain_text("不在本社区范围内")
    expect(asked).to_be_visible()
    expect(asked).to_contain_text("公里")
    asked.locator(".check").first.tap()
    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    assert [one.grid_path for one in latest(before)] == [phone.own]
    assert phone.complaints == []


def test_a_photo_whose_place_only_the_server_can_read_is_asked_about_too(phone, address):
    before = len(reports())
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo((FAR["latitude"], FAR["longitude"])))) as known:
        Image.new("RGB", (80, 60), "red").save(out, "PNG", exif=known.getexif())
    open_report(phone, address)
    add(phone, {"name": "shot.png", "mimeType": "image/png", "buffer": out.getvalue()})
    choose(phone)
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("不在本社区范围内")
    asked = phone.locator("#outside")
    expect(asked).to_be_visible()
    asked.locator(".check").first.tap()
    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    assert [one.grid_path for one in latest(before)] == [phone.own]


def test_the_same_nearby_is_looked_for_again_where_the_place_changes(phone, address):
    open_report(phone, address)
    choose(phone)
    phone.wait_for_timeout(500)
    expect(phone.locator("#similar")).to_be_empty()
    add(phone, taken_at(IN_SECOND))
    expect(phone.locator("#similar")).to_contain_text("我也遇到")
    phone.locator("#previews button").tap()
    expect(phone.locator("#similar")).to_be_empty()
    phone.locator("#change summary").tap()
    phone.locator("#grid").select_option(phone.other)
    expect(phone.locator("#similar")).to_contain_text("我也遇到")
    assert phone.complaints == []
