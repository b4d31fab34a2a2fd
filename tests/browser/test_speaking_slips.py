"""What happens at a hold key in the street: pressed again at once, let go elsewhere, slid off, no line."""

from __future__ import annotations

import pytest
from browser.house_in_browser import CHROMIUM, address, enter, needs_chromium  # noqa: F401
from browser.test_speaking import mouth, register, speaking  # noqa: F401
from browser.test_spoken_again import hold, open_camera, talks, town  # noqa: F401
from media.rig.loudspeakers import OnvifCamera
from sqlalchemy import select

from intranet.cameras.models import Talk, TalkKind, TalkState
from intranet.db import db
from intranet.media.door import TalkTrouble

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180)]


def test_a_second_sentence_right_after_the_first_is_heard_too(app, mouth, address, speaking, town):
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        hold(page, 1500)
        page.mouse.up()
        page.wait_for_timeout(300)
        hold(page, 1500)
        state = page.locator(".talk-state")
        assert "已播出" not in state.inner_text(), "the first one's end is not this one's"
        page.mouse.up()
        state.filter(has_text="已播出").wait_for()
        assert page.complaints == []
        assert [len(one.sound) / 8000 > 1.2 for one in camera.heard] == [True, True]
    assert talks() == [(TalkKind.LIVE, TalkState.HEARD, "")] * 2


def test_a_key_let_go_where_the_focus_has_gone_ends_the_sentence(
    app, mouth, address, speaking, town
):
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        key = page.locator("[data-do=hold]")
        key.focus()
        page.keyboard.down("Space")
        page.wait_for_timeout(1000)
        page.keyboard.press("Tab")
        assert key.evaluate("one => !one.classList.contains('on')"), "nobody hears what follows"
        page.keyboard.up("Space")
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert len(camera.heard) == 1
        assert len(camera.heard[0].sound) < 3 * 8000


def test_slid_off_while_nobody_has_begun_to_say_it_it_is_never_said(app, address, speaking, town):
    register(app, town, "rtsp://127.0.0.1:9/live")
    page = open_camera(app, speaking, address, town)
    with page.expect_response(lambda one: one.url.endswith("/drop")) as dropped:
        hold(page, 1000)
        page.mouse.move(5, 5)
    assert dropped.value.status == 204
    page.mouse.up()
    page.wait_for_timeout(500)
    assert page.locator("[data-do=again]").is_hidden(), "it was not wanted"
    db.session.rollback()
    [talk] = db.session.scalars(select(Talk)).all()
    assert (talk.state, talk.trouble) == (TalkState.FAILED, TalkTrouble.WITHDRAWN)
    db.session.rollback()


def test_a_line_that_hangs_is_told_and_the_sentence_is_offered_again(
    app, mouth, address, speaking, town
):
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        page.route("**/pieces*", lambda _route: None)  # it is never answered
        hold(page, 1500)
        page.mouse.up()
        page.locator("[data-do=again]").wait_for(timeout=30_000)
        assert page.locator(".talk-state").inner_text() not in {"", "已播出"}
        assert camera.heard == []
    [(kind, state, _about)] = talks()
    assert (kind, state) == (TalkKind.LIVE, TalkState.FAILED)
