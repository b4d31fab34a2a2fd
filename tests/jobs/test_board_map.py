"""The board's map with many posts: few spots for whole fingers, with figures that can be read."""

from __future__ import annotations

import random

import pytest
from browser.house_in_browser import address, chromium, needs_chromium  # noqa: F401
from jobs.board_world import company_of, drawn_town, publish
from jobs.jobs_factory import STATION_PLACE

from intranet.db import db
from intranet.grids.queries import Drawing, by_squares
from intranet.grids.queries.drawing import Projection

MANY = 120
# Per spot: its size in pixels as it is hit, whether all of what is drawn is inside the map, and
# how large its figures are. Nothing else may lie over its middle.
SPOTS = """() => { const drawn = document.querySelector("#job-map svg");
  const scale = (one) => one.getScreenCTM().a;
  return [...document.querySelectorAll("#job-map .pin")].map((pin) => {
    const map = drawn.getBoundingClientRect();
    const box = pin.querySelector(".hit").getBoundingClientRect(), text = pin.querySelector("text");
    pin.scrollIntoView({ block: "center" });
    const at = pin.querySelector(".hit").getBoundingClientRect();
    const hit = document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2);
    return { wide: box.width, high: box.height, reached: pin.contains(hit),
      inside: box.left >= map.left - 1 && box.right <= map.right + 1
        && box.top >= map.top - 1 && box.bottom <= map.bottom + 1,
      figures: text && parseFloat(getComputedStyle(text).fontSize) * scale(text) }; }); }"""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [(1000.0, 700.0), (380.0, 1000.0), (1000.0, 90.0)])
def test_every_thing_lies_in_one_square_and_no_square_over_another(seed, size):
    dice, (width, height) = random.Random(seed), size
    drawing = Drawing(width, height, (), "", 100.0, 100, Projection(0.0, 0.0, 1.0, 1.0))
    corners = [drawing.projection.at(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
    assert len(set(corners)) == 4
    things = [(dice.uniform(-0.1, 1.1) * height, dice.uniform(0, 1) * width) for _ in range(300)]
    things += [(None, None), (0.0, 0.0), (-height, width)]
    found = by_squares(things, drawing, lambda one: (None if one[0] is None else -one[0], one[1]))
    kept = [one for spot in found.spots for one in spot.things] + found.elsewhere
    assert sorted(map(str, kept)) == sorted(map(str, things))
    assert (None, None) in found.elsewhere
    half = found.side / 2
    for at, spot in enumerate(found.spots):
        assert half - 0.1 <= spot.x <= width - half + 0.1
        assert height < found.side or half - 0.1 <= spot.y <= height - half + 0.1
        for other in found.spots[:at]:
            apart = max(abs(spot.x - other.x), abs(spot.y - other.y))
            assert apart >= found.side - 0.2


def test_without_a_drawing_all_are_elsewhere():
    found = by_squares([1, 2], None, lambda _one: (1.0, 1.0))
    assert (found.spots, found.elsewhere) == ([], [1, 2])


@pytest.fixture
def crowd(app):
    company, dice = company_of(drawn_town()), random.Random(7)
    for n in range(MANY):
        north, east = dice.uniform(-0.0099, 0.0099), dice.uniform(-0.0099, 0.0099)
        latitude, longitude = STATION_PLACE[0] + north, STATION_PLACE[1] + east
        publish(company, f"保洁员{n}", latitude=latitude, longitude=longitude)
    db.session.commit()


@pytest.mark.browser
@needs_chromium
@pytest.mark.timeout(180)
@pytest.mark.one_engine("sqlite")
def test_a_finger_hits_every_spot_of_a_crowded_map_and_reads_its_figures(
    crowd,
    chromium,
    address,
):
    for width, least in ((390, 44), (1024, 44), (1366, 24)):
        page = chromium.new_context(
            viewport={"width": width, "height": 844}, java_script_enabled=True
        ).new_page()
        page.goto(f"{address}/jobs/map")
        spots = page.evaluate(SPOTS)
        assert 10 < len(spots) <= 64
        for one in spots:
            assert one["wide"] >= least - 0.5, one
            assert one["high"] >= least - 0.5, one
            assert one["inside"], one
            assert one["reached"], one
            assert one["figures"] is None or one["figures"] >= 14, one
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
@needs_chromium
@pytest.mark.timeout(180)
@pytest.mark.one_engine("sqlite")
def test_a_spot_leads_to_its_posts_by_keyboard_and_without_scripts(crowd, chromium, address):
    page = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False
    ).new_page()
    page.goto(f"{address}/jobs/map")
    spot = page.locator("#job-map .pin.many").nth(3)
    many = int(spot.locator("text").text_content())
    spot.focus()
    page.keyboard.press("Enter")
    found = page.locator(spot.get_attribute("href"))
    assert found.locator("li a").count() == many > 1
    assert found.locator("li a").first.bounding_box()["y"] < 844
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")
    assert "保洁员" in page.locator("h1").text_content()
