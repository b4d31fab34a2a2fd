"""The console stays empty on the pages of incidents: no refused style, no ignored header, no error.

Asked for as the browser's own machine, where it takes the origin for a safe one, and under a name
over plain HTTP, as the office's desktops do.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from browser.house_in_browser import (  # noqa: F401
    ARGUMENTS,
    CHROMIUM,
    address,
    enter,
    needs_chromium,
)
from factories import create_account, create_town
from incidents_factory import create_category, create_incident
from playwright.sync_api import sync_playwright

from intranet import clock
from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.one_engine("postgresql"),
]
NAME = "weiwang.test"
PAGES = (
    *("?tab=inbox", "?tab=area", "/map?tab=area", "/new", "/callbacks", "/figures", "/patrols"),
    *(
        "/filters",
        "/shortcuts",
        "/shell",
        "/{number}",
        "/{number}/related",
        "/{number}/description",
    ),
    *("/{number}/callback", "/{number}/papers/registration", "/patrols/history", "/patrols/plans"),
)


@pytest.fixture
def chromium():
    """A browser to which our name is this machine."""
    with sync_playwright() as playwright:
        mapped = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, mapped]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("host", ["127.0.0.1", NAME])
@pytest.mark.parametrize("role", ["secretary", "micro_member"])
def test_the_console_is_silent(app, chromium, address, host, role):
    town, said = create_town(), []
    place = town.community if role == "secretary" else town.micros[0]
    account = create_account(role, place.path)
    made = create_incident(town.micros[0], create_category(), at=clock.now(), reporter=account)
    number = made.number
    db.session.rollback()
    house = f"http://{host}:{urlsplit(address).port}"
    page = enter(app, chromium, house, account)
    page.on("console", lambda message: said.append((page.url, message.type, message.text)))
    seen = 0
    for path in PAGES:
        answer = page.goto(f"{house}/incidents{path.format(number=number)}")
        if answer.status == 200:  # what is another role's, the browser calls an error
            seen += 1
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.adoptedStyleSheets.length") == 0
        else:
            assert answer.status in {403, 404}
            said.clear()
    assert seen >= 8
    assert said == []
    page.goto(f"{house}/incidents?tab=mine")
    with page.expect_response(lambda answer: "seen=" in answer.url):
        page.evaluate(
            "document.getElementById('queue-poll').dispatchEvent(new Event('look-again'))"
        )
    page.wait_for_timeout(300)
    assert said == []
    assert page.complaints == []
