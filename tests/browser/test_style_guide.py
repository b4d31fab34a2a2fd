"""Every component at once, in a real Chromium: accessible, within the policy, quiet."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from factories import create_account, create_town, log_in
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from intranet.access import Role
from intranet.assets import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium on this machine"),
]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {runOnly: [
  'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations
  .map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)"""


@pytest.fixture
def address(app):
    build()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cookie(app, client):
    town = create_town()
    log_in(client, create_account(Role.SECRETARY, town.community.path))
    held = client.get_cookie(SecureCookieSessionInterface().get_cookie_name(app))
    return {"name": held.key, "value": held.value}


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_style_guide_has_no_violation_and_breaks_no_policy(
    address, cookie, chromium, locale, scheme
):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 1366, "height": 768})
    context.add_cookies(
        [cookie | {"url": address}, {"name": "locale", "value": locale, "url": address}]
    )
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(f"{address}/style")
    page.locator("[data-dialog=style-dialog]").click()
    opened = page.locator("#style-dialog").is_visible()
    page.locator("#style-dialog [data-do=close]").last.click()
    page.evaluate(AXE.read_text(encoding="utf-8"))

    assert opened
    assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
    assert page.evaluate(RUN) == []
    assert said == []
    context.close()


@pytest.mark.parametrize("width", [1366, 1024, 390])
def test_no_part_is_wider_than_the_window_and_hands_find_44_pixels(
    address, cookie, chromium, width
):
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, has_touch=width < 1366, is_mobile=width < 500
    )
    context.add_cookies([cookie | {"url": address}])
    page = context.new_page()

    page.goto(f"{address}/style")
    heights = page.eval_on_selector_all(
        "main .btn, main .input, main .select, .rooms a", "all => all.map(e => e.offsetHeight)"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(height for height in heights if height) >= (34 if width == 1366 else 44)
    context.close()
