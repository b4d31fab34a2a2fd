"""A phrase recorded in the page by the office is said with one press by a micro-grid member."""

from __future__ import annotations

import pytest
from browser.house_in_browser import CHROMIUM, address, enter, needs_chromium  # noqa: F401
from browser.test_speaking import mouth, register, speaking  # noqa: F401
from factories import create_account, create_town
from media import voices
from media.rig.loudspeakers import OnvifCamera
from media.talking import decoded

from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.alone,
    pytest.mark.one_engine("sqlite"),
]


def test_recorded_in_the_page_and_said_with_one_press(app, mouth, address, speaking):
    town = create_town()
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        office = enter(
            app, speaking, address, create_account("office", town.community.path, display_name="邓")
        )
        member = create_account("micro_member", town.micros[0].path)
        db.session.rollback()
        office.goto(f"{address}/cameras/phrases")
        office.locator("#words").fill("请把电动车停到位")
        press = office.locator(".speak")
        press.click()
        office.wait_for_timeout(1500)
        press.click()
        office.locator(".recorder audio").wait_for()
        office.get_by_role("button", name="保存").first.click()
        office.locator("tbody th", has_text="请把电动车停到位").wait_for()
        assert office.complaints == []

        page = enter(app, speaking, address, member)
        page.goto(f"{address}/cameras/TALK-1")
        page.locator("[name=phrase]").click()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert page.url.endswith("/cameras/TALK-1"), "told where one is"
        [said] = camera.heard
        assert voices.pitch(decoded(said.sound)[2_000:9_000]) == pytest.approx(voices.HERTZ, abs=10)
        assert page.complaints == []
