"""Real input: a third party's RTSP server, our worker and pages, the picture moving in Chromium."""

from __future__ import annotations

import threading
import time

import pytest
from browser.house_in_browser import address, chromium, enter, needs_chromium  # noqa: F401
from factories import AT, create_account, create_town
from media.rig.rig import DIGEST_PASSWORD, camera_rig  # noqa: F401

from intranet.cameras.operations import CameraFacts, add_camera
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.media import playlist
from intranet.media.command import find_ffmpeg
from intranet.media.door import State, StreamName
from intranet.media.supervisor import Supervisor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.gstreamer,
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.alone,
]
PIXELS = """() => {
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(64, 36), pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 64, 36);
  return [...pen.getImageData(0, 0, 64, 36).data];
}"""
# The place of the picture shown; null as long as there is none, though the player may have
# jumped to where it will begin.
NOW_SECONDS = """() => {
  const video = document.querySelector("video");
  return video?.readyState > 1 ? video.currentTime : null;
}"""


@pytest.fixture
def worker(app):
    """The media worker on the app's own database and folder."""
    settings = app.config["SETTINGS"]
    spoken = []
    supervisor = Supervisor(
        DatabaseDoor(app),
        settings.media_dir,
        find_ffmpeg(""),
        settings.camera_networks,
        lambda *words, **more: spoken.append(f"{words} {more}"),
    )
    stop = threading.Event()
    supervisor.claim()
    thread = threading.Thread(target=supervisor.run, args=(stop,), daemon=True)
    thread.start()
    supervisor.spoken = spoken
    yield supervisor
    stop.set()
    thread.join(20)


def register(app, town, code, url):
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
    db.session.remove()


def until(what, seconds, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def state_of(worker, code):
    stream = worker.streams.get((code, StreamName.MAIN))
    return stream.state if stream else None


def moves(page, seconds=30):
    """Wait until the picture goes on for half a second and its pixels change."""
    end = time.monotonic() + seconds
    until("a picture", seconds, lambda: page.evaluate(NOW_SECONDS) is not None)
    at = page.evaluate(NOW_SECONDS) or 0
    left = end - time.monotonic()
    until("the picture moves", left, lambda: (page.evaluate(NOW_SECONDS) or 0) > at + 0.5)
    # The video's own pixels: the clock and the name laid over it change by themselves.
    before = page.evaluate(PIXELS)
    page.wait_for_timeout(700)
    after = page.evaluate(PIXELS)
    assert len(set(before)) > 1, "the picture is of one colour"
    assert after != before


def test_the_picture_moves_and_moves_again_after_the_camera_was_dead(
    app,
    worker,
    address,
    chromium,
    camera_rig,
):
    town = create_town()
    register(app, town, "LIVE-1", camera_rig.url("/main"))
    until("the camera is live", 30, lambda: state_of(worker, "LIVE-1") is State.LIVE)
    account = create_account("secretary", town.community.path)
    page = enter(app, chromium, address, account)
    page.goto(f"{address}/cameras/LIVE-1")
    page.evaluate("window.sameDocument = true")

    moves(page)
    assert page.locator(".screen .state").inner_text() == "直播"

    camera_rig.kill()
    page.locator(".screen .state", has_text="正在重连").wait_for()
    camera_rig.start()
    moves(page, seconds=60)

    assert page.evaluate("window.sameDocument") is True
    assert page.complaints == []


KEEP_WORDS = """() => {
  const badge = document.querySelector(".screen .state");
  window.said = [];
  new MutationObserver(() => window.said.push(badge.textContent)).observe(badge, { childList: true });
}"""


@pytest.fixture
def watched(app, worker, address, chromium, camera_rig):
    """A page on which the picture of a camera moves and is called live."""
    town = create_town()
    register(app, town, "OLD-1", camera_rig.url("/main"))
    until("the camera is live", 30, lambda: state_of(worker, "OLD-1") is State.LIVE)
    page = enter(app, chromium, address, create_account("secretary", town.community.path))
    page.goto(f"{address}/cameras/OLD-1")
    moves(page)
    page.locator(".screen .state", has_text="直播").wait_for()
    return page


def is_never_called_live(page, camera_rig):
    """Freeze the camera, look a while at what the page calls its last picture, and let it go on."""
    camera_rig.freeze()
    page.locator(".screen .state", has_text="正在重连").wait_for()
    page.evaluate(KEEP_WORDS)
    page.wait_for_timeout(12_000)
    said = page.evaluate("window.said")
    camera_rig.thaw()

    assert "直播" not in said
    moves(page, seconds=60)
    page.locator(".screen .state", has_text="直播").wait_for()


@pytest.mark.one_engine("sqlite")
def test_an_old_picture_is_never_called_live_for_the_server_gives_a_new_player_nothing_old(
    watched, camera_rig
):
    is_never_called_live(watched, camera_rig)


@pytest.mark.one_engine("postgresql")
def test_an_old_picture_is_never_called_live_for_the_player_knows_it_by_its_date(
    monkeypatch, watched, camera_rig
):
    monkeypatch.setattr(playlist, "FRESH_SECONDS", 1000.0)
    is_never_called_live(watched, camera_rig)


def test_a_camera_that_stalls_with_its_connection_open_is_found_and_recovered(
    app,
    worker,
    camera_rig,
):
    town = create_town()
    register(app, town, "STALL-1", camera_rig.url("/main"))
    until("the camera is live", 30, lambda: state_of(worker, "STALL-1") is State.LIVE)

    camera_rig.stall("/main")
    until("the stall is found", 3.2, lambda: state_of(worker, "STALL-1") is not State.LIVE)
    camera_rig.resume("/main")

    until("the camera is back", 60, lambda: state_of(worker, "STALL-1") is State.LIVE)


def test_h265_is_recorded_and_the_page_says_honestly_that_it_cannot_play(
    app,
    worker,
    address,
    chromium,
    camera_rig,
):
    town = create_town()
    register(app, town, "HEVC-1", camera_rig.url("/h265"))
    until("the camera is live", 60, lambda: state_of(worker, "HEVC-1") is State.LIVE)
    until(
        "its codec is known",
        20,
        lambda: worker.streams[("HEVC-1", StreamName.MAIN)].codecs.startswith("hvc1"),
    )
    until("the page knows", 20, lambda: _page_knows_codecs(app, "HEVC-1"))
    page = enter(app, chromium, address, create_account("secretary", town.community.path))

    page.goto(f"{address}/cameras/HEVC-1")

    page.locator(".screen .state", has_text="H.265").wait_for()


def _page_knows_codecs(app, code):
    from intranet.cameras.models import Camera, StreamState

    found = db.session.scalar(db.select(StreamState.codecs).join(Camera).where(Camera.code == code))
    db.session.rollback()
    return bool(found)


def test_a_camera_password_appears_nowhere(
    app,
    worker,
    address,
    chromium,
    camera_rig,
    tmp_path,
    capfd,
):
    from pathlib import Path

    town = create_town()
    register(app, town, "SECRET-1", camera_rig.digest_url())
    register(app, town, "SECRET-2", camera_rig.digest_url("wrong-" + DIGEST_PASSWORD))
    until("the camera is live", 30, lambda: state_of(worker, "SECRET-1") is State.LIVE)
    until(
        "the wrong one is refused",
        30,
        lambda: worker.streams[("SECRET-2", StreamName.MAIN)].trouble,
    )
    account = create_account("secretary", town.community.path)
    page = enter(app, chromium, address, account)
    texts = []
    for path in (
        "/cameras",
        "/cameras/SECRET-1",
        "/cameras/SECRET-1/edit",
        "/cameras/SECRET-2",
        "/audit",
    ):
        page.goto(f"{address}{path}")
        texts.append(page.content())
    texts += worker.spoken
    captured = capfd.readouterr()
    texts += [captured.out, captured.err]
    texts += [str(row) for row in db.session.execute(db.text("SELECT * FROM audit_entry"))]
    texts += [str(row) for row in db.session.execute(db.text("SELECT * FROM camera"))]
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(entry.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    for path in app.config["SETTINGS"].media_dir.rglob("*"):
        if path.is_file() and path.suffix not in {".mp4", ".jpg"}:
            texts.append(path.read_bytes().decode(errors="replace"))

    from urllib.parse import quote

    secrets = {DIGEST_PASSWORD, quote(DIGEST_PASSWORD, safe="")}
    assert [text[:200] for text in texts for secret in secrets if secret in text] == []
