"""What happens at a hold key in the street: pressed again at once, let go elsewhere, slid off, no line."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import time

import pytest
from browser.house_in_browser import CHROMIUM, address, enter, needs_chromium  # noqa: F401
from browser.test_speaking import mouth, register, speaking  # noqa: F401
from browser.test_spoken_again import hold, open_camera, talks, town  # noqa: F401
from media.rig.loudspeakers import OnvifCamera
from sqlalchemy import select

from intranet.cameras.models import Talk, TalkKind, TalkState
from intranet.config import QuietHours
from intranet.db import db
from intranet.media.door import TalkTrouble

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180)]


# The microphone is given after a second, as by somebody who reads the question; it may be taken.
# It is closed a second and a half after the key, not half a minute.
ASKED = """
const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => {
  await new Promise((done) => { setTimeout(done, 1000); });
  window.given = await asked(what);
  return window.given;
};
const later = window.setTimeout;
window.setTimeout = (act, after, ...rest) => later(act, act.name === "close" ? 1500 : after, ...rest);
"""


@contextmanager
def at_camera(app, speaking, address, town, script=""):
    """A camera that notes what it hears, and its page, in which a script runs first."""
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        if script:
            page.add_init_script(script)
            page.reload()
        yield camera, page


def speak(page):
    """Hold the key until the page has counted a second and a half, however long the microphone took."""
    state = page.locator(".talk-state")
    hold(page, 0)
    for counted in ("0 / 30", "1 / 30"):
        state.filter(has_text=counted).wait_for()
    page.wait_for_timeout(500)


def test_a_second_sentence_right_after_the_first_is_heard_too(app, mouth, address, speaking, town):
    with at_camera(app, speaking, address, town) as (camera, page):
        speak(page)
        page.mouse.up()
        page.wait_for_timeout(300)
        speak(page)
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
    with at_camera(app, speaking, address, town) as (camera, page):
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
    with at_camera(app, speaking, address, town) as (camera, page):
        page.route("**/pieces*", lambda _route: None)  # it is never answered
        hold(page, 1500)
        page.mouse.up()
        page.locator("[data-do=again]").wait_for(timeout=30_000)
        assert page.locator(".talk-state").inner_text() not in {"", "已播出"}
        assert camera.heard == []
    [(kind, state, _about)] = talks()
    assert (kind, state) == (TalkKind.LIVE, TalkState.FAILED)


# The house takes two and a half seconds to say that one may speak.
SLOW = """
const fetched = window.fetch;
window.fetch = async (url, what) => {
  if (String(url).endsWith("/talk/live")) await new Promise((done) => { setTimeout(done, 2500); });
  return fetched(url, what);
};
"""


def test_what_was_said_while_the_house_was_slow_to_answer_is_heard_too(
    app, mouth, address, speaking, town
):
    with at_camera(app, speaking, address, town, SLOW) as (camera, page):
        hold(page, 4000)
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert page.complaints == []
        assert len(camera.heard) == 1
        assert len(camera.heard[0].sound) > 3.7 * 8000
    assert talks() == [(TalkKind.LIVE, TalkState.HEARD, "")]


def test_where_the_quiet_time_has_begun_the_reason_is_asked_for_beside_its_field(
    app, mouth, address, speaking, town, monkeypatch
):
    with at_camera(app, speaking, address, town) as (camera, page):
        reason, wrong = page.locator("#talk-reason"), page.locator("#talk-reason-error")
        assert reason.is_hidden()
        always = QuietHours(time.min, time.max)
        settings = replace(app.config["SETTINGS"], talk_quiet=always)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        hold(page, 1500)
        page.mouse.up()
        wrong.wait_for()
        assert wrong.inner_text() == "现在是安静时段，请写明为什么必须现在喊话"
        assert page.locator(".talk-state").inner_text() == "", "it is said once, at its place"
        assert reason.get_attribute("aria-invalid") == "true"
        assert reason.evaluate("one => one === document.activeElement")
        assert wrong.get_attribute("role") == "alert"
        wrong.evaluate("one => { one.textContent = ''; }")
        hold(page, 1500)
        page.mouse.up()
        told = page.locator("#talk-reason-error", has_text="安静时段")
        told.wait_for()  # where nothing was typed it is told anew
        reason.fill("楼道起火")
        assert wrong.is_hidden()
        assert reason.get_attribute("aria-invalid") is None
        hold(page, 1500)
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert len(camera.heard) == 1
        reason.fill("")
        hold(page, 1500)
        page.mouse.up()
        told.wait_for()
        quiet_over = replace(settings, talk_quiet=QuietHours(time.min, time.min))
        monkeypatch.setitem(app.config, "SETTINGS", quiet_over)
        hold(page, 1500)
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert wrong.is_hidden(), "what was taken is not wrong any more"
        assert page.complaints == []
    db.session.rollback()
    reasons = db.session.scalars(select(Talk.reason).order_by(Talk.id)).all()
    assert reasons == ["楼道起火", ""]
    db.session.rollback()


def test_who_let_go_to_allow_the_microphone_keeps_it_while_speaking(
    app, mouth, address, speaking, town
):
    with at_camera(app, speaking, address, town, ASKED) as (camera, page):
        hold(page, 300)
        page.mouse.up()
        page.locator(".talk-state", has_text="请再次按住说话").wait_for()
        hold(page, 3500)
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert [len(one.sound) / 8000 > 3 for one in camera.heard] == [True]
        assert page.locator("meter").evaluate("one => one.value") == 0


def test_a_microphone_that_is_taken_away_ends_the_sentence_and_that_is_told(
    app, mouth, address, speaking, town
):
    with at_camera(app, speaking, address, town, ASKED) as (camera, page):
        hold(page, 3000)
        page.evaluate("given.getTracks()[0].dispatchEvent(new Event('ended'))")
        page.locator(".talk-state", has_text="麦克风被占用或拔掉了").wait_for()
        page.mouse.up()
        assert [1 < len(one.sound) / 8000 < 2.6 for one in camera.heard] == [True]


def test_slid_off_in_the_middle_it_is_told_that_some_of_it_was_heard(
    app, mouth, address, speaking, town
):
    with at_camera(app, speaking, address, town) as (camera, page):
        hold(page, 1500)
        page.mouse.move(5, 5)
        page.mouse.up()
        page.locator(".talk-state", has_text="前面的话已播出").wait_for()
        assert page.locator("[data-do=again]").is_hidden()
        assert len(camera.heard) == 1


def test_where_the_last_piece_is_refused_what_was_heard_is_not_told_as_broken_off(
    app, mouth, address, speaking, town
):
    with at_camera(app, speaking, address, town) as (_camera, page):
        hold(page, 1500)
        page.route("**/pieces*", lambda route: route.fulfill(status=409, json={"error": "满了"}))
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert page.locator("[data-do=again]").is_hidden(), "the street has heard it"
    assert talks() == [(TalkKind.LIVE, TalkState.HEARD, "")]
