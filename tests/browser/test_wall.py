"""A wall of cameras is seen at a glance, on the page and in full screen."""

from __future__ import annotations

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from browser.test_live import register
from factories import create_account, create_town

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(120),
    pytest.mark.one_engine("sqlite"),
]
# The last camera's lower edge and the wall's right one, and how much of them can be seen.
EDGES = """() => {
  const boxes = [...document.querySelectorAll(".wall .screen")].map((one) => one.getBoundingClientRect());
  return {
    lowest: Math.max(...boxes.map((box) => box.bottom)), right: Math.max(...boxes.map((box) => box.right)),
    top: Math.min(...boxes.map((box) => box.top)), height: innerHeight, width: innerWidth,
    shown: boxes.length, full: document.fullscreenElement?.id ?? null,
  };
}"""


@pytest.fixture
def wall(app, address, chromium):
    """A secretary's page, and sixteen cameras that nobody answers for."""
    town = create_town()
    for number in range(16):
        register(app, town, f"WALL-{number:02d}", f"rtsp://127.0.0.1:9/{number}")
    return enter(app, chromium, address, create_account("secretary", town.community.path))


SCREENS = ((1366, 768), (1024, 768), (1920, 1080))


def test_all_cameras_of_a_wall_are_in_sight(wall, address):
    for size in (4, 9, 16):
        wall.goto(f"{address}/cameras/wall?size={size}")
        for width, height in SCREENS:
            wall.set_viewport_size({"width": width, "height": height})
            seen = wall.evaluate(EDGES)
            assert seen["shown"] == size
            assert seen["lowest"] <= height, (size, width)
            assert seen["right"] <= width, (size, width)

        wall.get_by_role("button", name="全屏").click()
        wall.wait_for_function("document.fullscreenElement")
        full = wall.evaluate(EDGES)
        assert full["full"] == "wall"
        assert full["top"] >= 0
        assert full["lowest"] <= full["height"], size
        assert full["right"] <= full["width"], size
        assert full["lowest"] - full["top"] > 0.75 * full["height"], "it is big there"
        wall.evaluate("document.exitFullscreen()")


def test_a_tile_that_never_had_a_picture_is_not_reconnecting(wall, address):
    wall.goto(f"{address}/cameras/wall?size=4")
    wall.evaluate("""() => {
      window.said = new Set();
      setInterval(() => document.querySelectorAll(".screen .state").forEach((one) => window.said.add(one.textContent)), 50);
    }""")
    wall.wait_for_timeout(6000)
    said = set(wall.evaluate("[...window.said]"))

    assert "正在连接" in said
    assert "正在重连" not in said


def test_one_camera_goes_full_screen_with_the_words_about_it(wall, address):
    wall.goto(f"{address}/cameras/WALL-03")
    wall.get_by_role("button", name="全屏").click()
    wall.wait_for_function("document.fullscreenElement")

    assert wall.evaluate("document.fullscreenElement.id") == "screen-WALL-03"
    for part in (".ghost", ".state"):
        box = wall.locator(f".screen {part}").bounding_box()
        assert 0 <= box["y"] <= 768 - box["height"]
    assert wall.locator(".screen .state").inner_text() in {"正在连接", "离线"}
    wall.keyboard.press("Escape")
