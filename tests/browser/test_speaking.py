"""Somebody holds the key on a camera's page and speaks: what the far end hears, and what is told."""

from __future__ import annotations

import io
import threading
import wave
from array import array
from itertools import pairwise

import pytest
from browser.house_in_browser import ARGUMENTS, CHROMIUM, address, enter, needs_chromium  # noqa: F401
from factories import AT, create_account, create_town
from media import voices
from media.rig.loudspeakers import DahuaCamera, Guard, HikvisionCamera, OnvifCamera
from media.talking import FFMPEG, decoded
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from intranet import files
from intranet.cameras.models import Talk, TalkState
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.media.door import TalkDriver
from intranet.media.talk.mouth import Mouth

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.timeout(180), pytest.mark.alone]
MAKERS = {
    TalkDriver.BACKCHANNEL: (OnvifCamera, "alaw"),
    TalkDriver.ISAPI: (HikvisionCamera, "mulaw"),
    TalkDriver.DAHUA: (DahuaCamera, "alaw"),
}


@pytest.fixture
def speaking(tmp_path):
    """A browser whose microphone hears a tone, then a sentence, from when it is opened."""
    path = tmp_path / "voice.wav"
    voices.write(path, voices.tone() + voices.sentence())
    fake = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}%noloop",
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
    settings, stop, logged = app.config["SETTINGS"], threading.Event(), []
    worker = Mouth(
        DatabaseDoor(app),
        settings.media_dir,
        FFMPEG,
        settings.camera_networks,
        lambda event, **more: logged.append((event, more)),
    )
    worker.logged = logged
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
            *("老南街口", town.micros[0].path, None, None, None, "rtsp://127.0.0.1:9/live", ""),
            wallclock=False,
            talk_url=url,
        ),
        allowed=app.config["SETTINGS"].camera_networks,
        at=AT,
    )
    db.session.commit()


def hold(page, camera, milliseconds):
    """Press the key, speak, let go, and wait until the page says that it was heard."""
    box = page.locator("[data-do=hold]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    assert camera.heard, "it is heard before the key is let go"
    page.mouse.up()
    page.locator(".talk-state", has_text="已播出").wait_for()


def captured(key):
    """Return the samples the page sent, from the first to the last, as they are kept."""
    with wave.open(io.BytesIO(files.content(key))) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (voices.RATE, 1)
        raw = sound.readframes(sound.getnframes())
    return [one / 32768 for one in array("h", raw)]


@pytest.mark.parametrize("driver", MAKERS)
def test_what_is_said_while_the_key_is_held_is_heard_whole_at_every_makers_camera(
    app, mouth, address, speaking, driver
):
    kind, law = MAKERS[driver]
    town = create_town()
    with kind(guard=Guard(qop=True)) as camera:
        register(app, town, camera.url())
        page = enter(app, speaking, address, create_account("micro_member", town.micros[0].path))
        page.goto(f"{address}/cameras/TALK-1")
        hold(page, camera, 5000)
        assert page.complaints == []
        assert camera.sees_it_closed()
        [heard] = camera.heard

    db.session.expire_all()
    talk = db.session.scalars(select(Talk)).one()
    assert (talk.state, talk.driver) == (TalkState.HEARD, driver)
    said, samples = captured(talk.file_key), decoded(heard.sound, law)
    seconds = len(samples) / 8000
    assert talk.spoken_milliseconds == pytest.approx(seconds * 1000, abs=1)
    filled = sum(more["milliseconds"] for event, more in mouth.logged if "filled" in event) / 1000
    assert seconds - filled == pytest.approx(len(said) / voices.RATE, abs=0.06), "all of it, once"
    assert voices.pitch(samples[:12_000]) == pytest.approx(voices.HERTZ, abs=10)
    assert max(map(abs, samples)) < 0.95, "clipped"
    loud = voices.loudness(samples, 8000)
    assert voices.likeness(loud, voices.loudness(said, voices.RATE)) > 0.8, "what the page heard"
    spoken = voices.loudness(voices.tone() + voices.sentence(), voices.RATE)
    assert voices.likeness(loud, spoken) > 0.6, "what was said into the microphone"
    if driver is TalkDriver.BACKCHANNEL:
        follows_without_a_hole(heard)


def follows_without_a_hole(heard):
    """Check that each packet has 20 ms, and goes on where the one before it ended (RFC 3550)."""
    assert {len(piece) for piece in heard.pieces} == {160}
    for at, size, modulo, step in ((2, 2, 2**16, 1), (4, 4, 2**32, 160)):
        numbers = [int.from_bytes(head[at : at + size], "big") for head in heard.heads]
        assert {(two - one) % modulo for one, two in pairwise(numbers)} == {step}


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
        page.locator(".talk-state", has_text="没有可用的喇叭").wait_for()
        page.keyboard.up("Space")
        assert camera.heard == []
