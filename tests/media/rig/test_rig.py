"""The rig itself: what it serves can be read, stalled, killed and brought back."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe
from media.rig import barcode
from media.rig.rig import camera_rig  # noqa: F401

WIDTH, HEIGHT = 640, 360


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 2**48 - 1), st.integers(0, barcode.CELLS - 5))
def test_a_misread_cell_is_never_taken_for_a_time(milliseconds, wrong):
    line = bytearray(barcode.row(milliseconds, WIDTH))
    picture = bytes(line) * 40
    assert barcode.read(picture, WIDTH, 40) == milliseconds
    start = (wrong + 2) * WIDTH // barcode.CELLS
    for column in range(start, start + WIDTH // barcode.CELLS):
        line[column] = 251 - line[column]
    assert barcode.read(bytes(line) * 40, WIDTH, 40) is None


def watch(url: str) -> subprocess.Popen[bytes]:
    """Return a process that writes the decoded grey frames of a stream to its standard output."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error"]
    command += ["-rtsp_transport", "tcp", "-timeout", "8000000", "-fpsprobesize", "0"]
    command += ["-i", url, "-map", "0:v:0", "-fps_mode", "passthrough"]
    command += ["-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def frames(process, count):
    """Return (time in the picture, time of arrival) of frames, Unix milliseconds."""
    seen = []
    for _ in range(count):
        luma = process.stdout.read(WIDTH * HEIGHT)
        assert len(luma) == WIDTH * HEIGHT, "the stream ended"
        seen.append((barcode.read(luma, WIDTH, HEIGHT), time.time_ns() // 1_000_000))
    return seen


@pytest.fixture
def watcher():
    """Start watching processes that end with the test."""
    started = []

    def start(url):
        started.append(watch(url))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.stdout.close()
        process.wait()


@pytest.mark.gstreamer
@pytest.mark.parametrize("path", ["/main", "/h265", "/odd"])
def test_the_picture_carries_the_wall_clock(camera_rig, watcher, path):
    seen = frames(watcher(camera_rig.url(path)), 60)
    shown = [moment for moment, _ in seen]
    assert None not in shown
    assert shown == sorted(set(shown))
    assert all(-5 <= arrived - moment < 2500 for moment, arrived in seen)


@pytest.mark.gstreamer
def test_digest_is_asked_for(camera_rig, watcher):
    assert frames(watcher(camera_rig.digest_url()), 3)
    refused = watcher(camera_rig.digest_url("wrong"))
    assert refused.stdout.read() == b""
    assert refused.wait(10) != 0


@pytest.mark.gstreamer
def test_a_stalled_camera_keeps_its_connection_and_goes_on(camera_rig, watcher):
    process = watcher(camera_rig.url("/main"))
    before = frames(process, 30)[-1][0]
    camera_rig.stall("/main")
    time.sleep(2)
    assert camera_rig.clients() == 1
    assert process.poll() is None
    camera_rig.resume("/main")
    gaps = [moment for moment, _ in frames(process, 60)]
    assert max(later - sooner for sooner, later in zip([before, *gaps], gaps, strict=False)) > 1500


@pytest.mark.gstreamer
def test_a_killed_server_comes_back_on_its_port(camera_rig, watcher):
    port = camera_rig.port
    process = watcher(camera_rig.url("/silent"))
    frames(process, 5)
    camera_rig.kill()
    process.stdout.read()
    process.wait(10)
    camera_rig.start()
    assert camera_rig.port == port
    assert frames(watcher(camera_rig.url("/silent")), 5)
