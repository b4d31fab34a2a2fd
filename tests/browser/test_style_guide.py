"""Every component at once, in a real Chromium: accessible, within the policy, quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import create_account, create_town

from intranet.access import Role

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.one_engine("sqlite")]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)"""


@pytest.fixture
def secretary(app):
    return create_account(Role.SECRETARY, create_town().community.path)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_style_guide_has_no_violation_and_breaks_no_policy(
    app,
    address,
    chromium,
    secretary,
    locale,
    scheme,
):
    page = enter(app, chromium, address, secretary, color_scheme=scheme)
    page.context.add_cookies([{"name": "locale", "value": locale, "url": address}])
    page.on("console", lambda message: page.complaints.append(message.text))

    page.goto(f"{address}/style")
    page.locator("[data-dialog=style-dialog]").click()
    opened = page.locator("#style-dialog").is_visible()
    page.locator("#style-dialog [data-do=close]").last.click()
    # Evaluated, not added as a script: the policy stays in force, and would complain.
    page.evaluate(AXE.read_text(encoding="utf-8"))

    assert opened
    assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
    assert page.evaluate(RUN) == []
    assert page.complaints == []


@pytest.mark.parametrize("width", [1366, 1024, 390])
def test_no_part_is_wider_than_the_window_and_hands_find_44_pixels(
    app,
    address,
    chromium,
    secretary,
    width,
):
    page = enter(app, chromium, address, secretary, has_touch=width < 1366)
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(f"{address}/style")
    heights = page.eval_on_selector_all(
        "main .btn, main .input, main .select, .rooms a", "all => all.map(e => e.offsetHeight)"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(height for height in heights if height) >= (34 if width == 1366 else 44)
