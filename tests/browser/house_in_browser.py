"""A real Chromium on the app of the test, logged in; complaints of the page fail the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import log_in
from playwright.sync_api import sync_playwright
from serving import serving

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Chromium from the system's packages"
)


@pytest.fixture
def address(app):
    """The app on a port of its own."""
    with serving(app) as where:
        yield where


@pytest.fixture
def chromium():
    """The browser itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


def enter(app, browser, address, account, **context_options):
    """Return a page logged in as the account; what it complains about is in page.complaints."""
    cookie = app.test_client()
    log_in(cookie, account)
    context = browser.new_context(viewport={"width": 1366, "height": 768}, **context_options)
    value = cookie.get_cookie("weiwang").value
    context.add_cookies([{"name": "weiwang", "value": value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page
