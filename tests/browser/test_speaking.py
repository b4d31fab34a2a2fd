"""Somebody holds the key on a camera's page and speaks: what the far end hears, and what is told."""

from __future__ import annotations

import math
import threading
import wave

import pytest
from browser.house_in_browser import ARGUMENTS, CHROMIUM, address, enter, needs_chromium  # noqa: F401
from factories import AT, create_account, create_town
from media.rig.loudspeakers import Guard, OnvifCamera
from media.talking import FFMPEG, decoded, voiced_strength
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from intranet import files
from intranet.cameras.models import Talk, TalkState
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.media.talk.mouth import Mouth

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180)]
HERTZ = 700


def warble(path, seconds=60, rate=48_000):
    """Write a tone that comes and goes as syllables do: what is steady, browsers take for noise."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        one = bytearray()
        for n in range(rate):  # a second of it, again and again
            swell = max(0.0, math.sin(2 * math.pi * 4 * n / rate))
            sample = int(12_000 * swell * math.sin(2 * math.pi * HERTZ * n / rate))
            one += sample.to_bytes(2, "little", signed=True)
        for _second in range(seconds):
            file.writeframes(bytes(one))


@pytest.fixture
def speaking(tmp_path):
    """A browser whose microphone hears the warble."""
    path = tmp_path / "voice.wav"
    warble(path)
    fake = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*ARGUMENTS, *fake]
        )
        yield browser
        browser.close()


@pytest.fixture
def mouth(app):
    """The speaking part of the media worker, on the app's own database and folder."""
    settings, stop = app.config["SETTINGS"], threading.Event()
    worker = Mouth(
        DatabaseDoor(app),
        settings.media_dir,
        FFMPEG,
        settings.camera_networks,
        lambda *words, **more: print(words, more),
    )
    thread = threading.Thread(target=worker.keep, args=(stop,), daemon=True)
    thread.start()
    yield worker
    stop.set()
    thread.join(40)


def register(app, town, url, code="TALK-1"):
    add_camera(
        db.session(),
        actor=None,
        code=code,
        facts=CameraFacts(
            "老南街口", town.micros[0].path, None, None, None, url, "", wallclock=False
        ),
        allowed=app.config["SETTINGS"].camera_networks,
        at=AT,
    )
    db.session.commit()


def test_what_is_said_while_the_key_is_held_is_heard_at_the_camera(app, mouth, address, speaking):
    town = create_town()
    with OnvifCamera(guard=Guard(qop=True)) as camera:
        register(app, town, camera.url())
        account = create_account("micro_member", town.micros[0].path)
        page = enter(app, speaking, address, account)
        page.goto(f"{address}/cameras/TALK-1")
        key = page.locator("[data-do=hold]")
        box = key.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.wait_for_timeout(3000)
        assert camera.heard, "it is heard before the key is let go"
        page.mouse.up()
        page.locator(".talk-state", has_text="已播出").wait_for()

        assert page.complaints == []
        assert camera.closed == 1
        [heard] = camera.heard
        samples = decoded(heard.sound)
        seconds = len(samples) / 8000
        assert 2.0 < seconds < 4.5
        assert voiced_strength(samples, HERTZ) > 0.7
        assert max(map(abs, samples)) < 0.95, "clipped"
    db.session.expire_all()
    talk = db.session.scalars(select(Talk)).one()
    assert talk.state is TalkState.HEARD
    assert talk.file_key
    assert files.content(talk.file_key).startswith(b"RIFF")
    assert talk.spoken_milliseconds == pytest.approx(seconds * 1000, abs=60)


def test_the_second_who_presses_is_told_by_name_who_speaks(app, mouth, address, speaking):
    town = create_town()
    with OnvifCamera() as camera:
        register(app, town, camera.url())
        first = create_account("micro_member", town.micros[0].path, display_name="周姐")
        second = create_account("micro_member", town.micros[0].path, display_name="老吴")
        pages = [enter(app, speaking, address, one) for one in (first, second)]
        for page in pages:
            page.goto(f"{address}/cameras/TALK-1")
        pages[0].locator("[data-do=toggle]").click()
        pages[0].locator(".talk-state", has_text="/ 30 秒").wait_for()
        pages[0].wait_for_timeout(500)
        pages[1].locator("[data-do=toggle]").click()
        pages[1].locator(".talk-state", has_text="周姐正在用这个摄像头喊话").wait_for()
        pages[0].locator("[data-do=toggle]").click()
        pages[0].locator(".talk-state", has_text="已播出").wait_for()
        assert len(camera.heard) == 1


def test_by_the_keyboard_one_speaks_too_and_what_the_camera_refuses_is_told(
    app, mouth, address, speaking
):
    town = create_town()
    with OnvifCamera(status={"DESCRIBE": "551 Option not supported"}) as camera:
        register(app, town, camera.url())
        page = enter(app, speaking, address, create_account("micro_member", town.micros[0].path))
        page.goto(f"{address}/cameras/TALK-1")
        page.locator("[data-do=hold]").focus()
        page.keyboard.down("Space")
        page.wait_for_timeout(800)
        page.keyboard.up("Space")
        page.locator(".talk-state", has_text="没有可用的喇叭").wait_for()
        assert camera.heard == []
