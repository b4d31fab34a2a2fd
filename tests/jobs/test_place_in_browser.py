"""The map that is pressed, in a browser: with scripts and without, and standing there."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_axe import AXE, RUN, SCREENS, SMALL
from factories import create_account
from jobs.board_world import drawn_town
from jobs.jobs_factory import STATION_PLACE
from jobs.station_factory import create_station
from sqlalchemy import select

from intranet.db import db
from intranet.jobs.models import Station

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(300),
    pytest.mark.one_engine("sqlite"),
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def account(app):
    town = drawn_town()
    create_station(town.community, name="鱼凫就业驿站")
    account = create_account("station", town.community.path)
    db.session.commit()
    return account


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_a_station_is_placed_by_two_presses(app, account, address, chromium, scripts):
    page = enter(app, chromium, address, account, java_script_enabled=scripts)
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/jobs/stations/new")
    page.fill("#name", "东街驿站")
    page.fill("#address", "东街 5 号")
    page.locator("#place > summary").click()
    for spot in ({"x": 210, "y": 100}, {"x": 100, "y": 200}):
        page.locator("input[type=image]").click(position=spot)
        page.locator("#place[open]").wait_for()
        assert page.url.endswith("#place")
        assert page.locator("#name").input_value() == "东街驿站"
    # The map stays in sight, where the finger is.
    assert page.locator("input[type=image]").bounding_box()["y"] < 700
    placed = [float(page.locator(f"#{name}").input_value()) for name in ("latitude", "longitude")]
    page.get_by_role("button", name="保存").click()
    page.get_by_text("东街驿站").wait_for()
    db.session.rollback()
    made = db.session.scalar(select(Station).where(Station.name == "东街驿站"))
    assert [made.latitude, made.longitude] == placed
    assert made.latitude > STATION_PLACE[0]
    assert made.longitude > STATION_PLACE[1]


def test_whoever_stands_there_presses_once(app, account, address, chromium):
    page = enter(app, chromium, address, account)
    page.set_viewport_size(PHONE)
    page.context.grant_permissions(["geolocation"])
    here = {"latitude": STATION_PLACE[0] + 0.002, "longitude": STATION_PLACE[1]}
    page.context.set_geolocation(here)
    page.goto(f"{address}/jobs/companies/new")
    page.fill("#public_name", "寿安面粉厂")
    page.locator("#place > summary").click()
    page.get_by_role("button", name="我现在就在这里").click()
    page.locator("#place[open]").wait_for()
    page.get_by_text("在“", exact=False).wait_for()
    assert page.locator("#public_name").input_value() == "寿安面粉厂"
    assert float(page.locator("#latitude").input_value()) == pytest.approx(here["latitude"])


def test_enter_in_a_field_saves_and_presses_no_map(app, account, address, chromium):
    page = enter(app, chromium, address, account)
    page.goto(f"{address}/jobs/stations/new")
    page.fill("#address", "东街 5 号")
    page.press("#address", "Enter")
    page.locator("#name-error").wait_for()
    assert "place" not in page.url


def test_the_picker_holds_what_every_page_is_held_to(app, account, address, chromium):
    page = enter(app, chromium, address, account, bypass_csp=True)
    for url in ("stations/new", "companies/new"):
        page.goto(f"{address}/jobs/{url}")
        page.locator("#place > summary").click()
        page.locator("input[type=image]").click(position={"x": 160, "y": 160})
        page.locator("#place[open]").wait_for()
        page.locator(".place-degrees > summary").click()
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
            if width < 1100:
                assert page.evaluate(SMALL, 44) == [], page.url
        page.add_script_tag(path=str(AXE))
        assert page.evaluate(RUN) == [], page.url
    assert page.complaints == []
