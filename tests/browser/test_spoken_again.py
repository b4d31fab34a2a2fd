"""What is recorded is listened to first, sent again where it failed, and never said twice by itself."""

from __future__ import annotations

import pytest
from browser.house_in_browser import CHROMIUM, address, enter, needs_chromium  # noqa: F401
from browser.test_speaking import mouth, register, speaking  # noqa: F401
from factories import create_account, create_town
from incidents_factory import create_category, create_incident
from media.rig.loudspeakers import OnvifCamera
from media.talking import decoded
from sqlalchemy import select

from intranet.cameras.models import Talk, TalkKind, TalkState
from intranet.db import db

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.timeout(180),
    pytest.mark.alone,
    pytest.mark.one_engine("postgresql"),
]


@pytest.fixture
def town(app):
    return create_town()


def open_camera(app, speaking, address, town, query=""):
    account = create_account("micro_member", town.micros[0].path)
    db.session.rollback()
    page = enter(app, speaking, address, account)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/cameras/TALK-1{query}")
    return page


def talks():
    db.session.rollback()
    found = [
        (one.kind, one.state, one.about)
        for one in db.session.scalars(select(Talk).order_by(Talk.id))
    ]
    db.session.rollback()
    return found


def hold(page, milliseconds):
    key = page.locator("[data-do=hold]")
    key.scroll_into_view_if_needed()
    box = key.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(milliseconds)


def test_listened_to_first_it_is_sent_by_a_second_press_or_not_at_all(
    app, mouth, address, speaking, town
):
    incident = create_incident(town.micros[0], create_category("占道经营")).number
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town, f"?about={incident}")
        page.locator("[data-do=first]").check()
        hold(page, 1500)
        page.mouse.up()
        page.locator(".talk-state", has_text="请先试听").wait_for()
        page.locator("[data-do=drop]").click()
        assert talks() == []
        hold(page, 2000)
        page.mouse.up()
        heard = page.locator(".listen audio")
        heard.wait_for()
        heard.evaluate("one => one.play()")
        page.wait_for_timeout(300)
        assert heard.evaluate("one => one.currentTime > 0 && !one.error")
        assert 1.5 < heard.evaluate("one => one.duration") < 3
        assert camera.heard == []
        hold(page, 400)
        page.mouse.up()
        page.locator(".talk-state", has_text="请先发送下面的录音").wait_for()
        assert heard.evaluate("one => one.duration") > 1.5, "a press loses nothing unsent"
        page.locator("[data-do=send]").click()
        page.locator(".talk-state", has_text="已播出").wait_for()
        [said] = camera.heard
        assert max(map(abs, decoded(said.sound))) > 0.1, "a voice, and no silence"
        assert page.complaints == []
        page.reload()
        assert page.locator("[data-do=first]").is_checked(), "the next time as this time"
    assert talks() == [(TalkKind.CLIP, TalkState.HEARD, incident)]


def test_slid_off_while_recording_nothing_is_kept(app, mouth, address, speaking, town):
    register(app, town, "rtsp://127.0.0.1:9/live")
    page = open_camera(app, speaking, address, town)
    page.locator("[data-do=first]").check()
    hold(page, 800)
    page.mouse.move(5, 5)
    page.locator(".talk-state", has_text="没有发送").wait_for()
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.locator(".listen").is_hidden()
    assert talks() == []


def test_what_the_camera_refused_is_sent_again_with_one_press(app, mouth, address, speaking, town):
    with OnvifCamera(status={"SETUP": "453 Not Enough Bandwidth"}) as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        hold(page, 2000)
        page.mouse.up()
        again = page.locator("[data-do=again]")
        again.wait_for()
        assert page.locator(".talk-state").inner_text() not in {"", "已播出"}
        camera.faults.clear()
        again.click()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert again.is_hidden()
        [said] = camera.heard
        assert max(map(abs, decoded(said.sound))) > 0.1, "a voice, and no silence"
    assert [state for _kind, state, _about in talks()] == [TalkState.FAILED, TalkState.HEARD]
    first, second = db.session.scalars(select(Talk).order_by(Talk.id)).all()
    assert second.again_of == first.id, "so no list offers the first once more"
    db.session.rollback()


def test_without_a_network_the_sentence_is_kept_and_sent_once_when_there_is_one(
    app, mouth, address, speaking, town
):
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        page.context.set_offline(True)
        hold(page, 2000)
        page.mouse.up()
        again = page.locator("[data-do=again]")
        again.wait_for()
        assert "网络" in page.locator(".talk-state").inner_text()
        again.click()
        again.wait_for()
        assert talks() == []
        page.context.set_offline(False)
        again.click()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert len(camera.heard) == 1
        assert len(decoded(camera.heard[0].sound)) / 8000 > 1.5, "the whole sentence"
    assert [state for _kind, state, _about in talks()] == [TalkState.HEARD]


def test_where_the_network_goes_in_the_middle_what_was_heard_is_asked_before_it_is_offered_again(
    app, mouth, address, speaking, town
):
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        page = open_camera(app, speaking, address, town)
        hold(page, 1500)
        page.context.set_offline(True)
        page.wait_for_timeout(1500)
        page.mouse.up()
        page.locator(".talk-state", has_text="暂不知道").wait_for()
        again = page.locator("[data-do=again]")
        assert again.is_hidden()
        page.wait_for_timeout(2500)
        page.context.set_offline(False)
        page.locator(".talk-state", has_text="只播出了一部分").wait_for()
        again.click()
        page.locator(".talk-state", has_text="已播出").wait_for()
        assert len(decoded(camera.heard[-1].sound)) / 8000 > 2.3, "the whole sentence"
    assert [state for _kind, state, _about in talks()] == [TalkState.FAILED, TalkState.HEARD]
