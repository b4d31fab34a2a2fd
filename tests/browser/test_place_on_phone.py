"""A place far from the community on a phone, with and without a network: said, and asked about."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, needs_chromium  # noqa: F401
from browser.test_fireworks import on_phone, open_report, report, reports, until
from factories import create_account, create_town
from incidents.phones import draw
from incidents_factory import create_category
from playwright.sync_api import expect

from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("postgresql"),
]
FAR = {"latitude": 31.2, "longitude": 104.9}


@pytest.fixture
def phone(app, address, chromium):
    town = draw(create_town())
    create_category("占道经营")
    page = on_phone(app, chromium, address, create_account("resident", town.micros[0].path))
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(FAR)
    page.own, page.other = town.micros[0].path, town.micros[1].path
    db.session.rollback()
    return page


def test_a_far_position_is_asked_about_before_anything_is_sent(phone, address):
    open_report(phone, address)
    asked = phone.locator("#outside")
    expect(asked).to_contain_text("不在本社区范围内")
    expect(asked).to_contain_text("公里")
    report(phone, "占道经营")
    expect(phone.locator("#say")).to_contain_text("请先选择怎么处理")
    expect(phone.locator("#previews img")).to_have_count(1)
    assert reports() == []

    phone.locator("#grid").select_option(phone.other)
    expect(asked.locator("input:checked")).to_have_value("without")
    phone.locator("button.send").tap()
    phone.wait_for_url("**/incidents/5*")
    assert [one.grid_path for one in reports()] == [phone.other]
    assert phone.complaints == []


def test_without_a_network_the_phone_sees_by_itself_that_it_is_elsewhere(
    phone,
    address,
):
    phone.context.set_offline(True)
    open_report(phone, address)
    asked = phone.locator("#outside")
    expect(asked).to_contain_text("不在本社区范围内")
    report(phone, "占道经营")
    expect(phone.locator("#say")).to_contain_text("请先选择怎么处理")
    expect(phone.locator("#outbox")).to_be_hidden()
    asked.locator(".check").first.tap()
    phone.locator("button.send").tap()
    expect(phone.locator("#say")).to_contain_text("已存在本机")

    phone.context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    until(phone, "async () => !!document.querySelector('#outbox li[data-state=sent]')")
    assert [one.grid_path for one in reports()] == [phone.own]
    assert phone.complaints == []
