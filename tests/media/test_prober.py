"""Every way a camera can be wrong is told apart, against real servers."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest

from intranet.media import command, networks, prober
from intranet.media.door import Diagnosis, TestWanted, Trouble

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
OWNER = "test-of-the-prober"

pytestmark = pytest.mark.gstreamer


def probe(url) -> Diagnosis:
    return prober.probe(url, command.find_ffmpeg(""), LOOPBACK, OWNER)


def test_a_good_camera_shows_its_picture_and_what_it_sends(camera_rig):
    found = probe(camera_rig.url("/main"))
    assert found.trouble is None
    assert found.notes == ()
    assert (found.codec, found.width, found.height) == ("h264", 640, 360)
    assert 20 < found.frames_per_second < 30
    assert found.audio_codec == "pcm_alaw"
    assert found.picture.startswith(b"\xff\xd8")


def test_h265_is_shown_and_said(camera_rig):
    found = probe(camera_rig.url("/h265"))
    assert found.trouble is None
    assert found.codec == "hevc"
    assert found.notes == (Trouble.H265,)
    assert found.picture.startswith(b"\xff\xd8")


def test_a_password_opens_and_a_wrong_one_is_said(camera_rig):
    assert probe(camera_rig.digest_url()).trouble is None
    assert probe(camera_rig.digest_url("wrong")).trouble is Trouble.WRONG_PASSWORD
    assert probe(camera_rig.url("/digest")).trouble is Trouble.WRONG_PASSWORD


def test_no_video_and_no_such_path_are_told_apart(camera_rig):
    silent = probe(camera_rig.url("/audio"))
    assert (silent.trouble, silent.audio_codec) == (Trouble.NO_VIDEO, "pcm_alaw")
    assert probe(camera_rig.url("/nothing")).trouble is Trouble.NOT_FOUND


def test_a_clock_that_jumps_while_we_listen_is_noted(camera_rig):
    jumped = threading.Event()

    def jump():
        while not jumped.wait(1.0):
            camera_rig.jump(700)

    jumper = threading.Thread(target=jump)
    jumper.start()
    found = probe(camera_rig.url("/odd"))
    jumped.set()
    jumper.join()
    assert found.trouble is None
    assert Trouble.ODD_TIMESTAMPS in found.notes


def test_a_closed_port_and_a_deaf_one_are_told_apart(monkeypatch):
    monkeypatch.setattr(prober, "SECONDS_MAX", 3.0)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert probe(f"rtsp://127.0.0.1:{port}/x").trouble is Trouble.REFUSED
        server.listen()
        assert probe(f"rtsp://127.0.0.1:{port}/x").trouble is Trouble.TIMED_OUT


def test_an_address_outside_and_no_address_are_refused_without_a_connection():
    assert probe("rtsp://10.9.8.7/x").trouble is Trouble.OUTSIDE_NETWORKS
    assert probe("http://127.0.0.1/x").trouble is Trouble.BAD_ADDRESS


def test_a_test_that_cannot_be_run_is_answered_and_those_behind_it_are_run(monkeypatch):
    """Whatever a test does to the prober, the next one has its turn."""
    waiting = [TestWanted(1, "rtsp://127.0.0.1/x"), TestWanted(2, "http://127.0.0.1/x")]
    answers = {}
    stop = threading.Event()
    real = networks.pinned

    def pinned(url, allowed):
        if url.startswith("rtsp"):
            raise RuntimeError
        return real(url, allowed)

    class Door:
        def tests_wanted(self):
            return [one for one in waiting if one.id not in answers]

        def test_done(self, test_id, found):
            answers[test_id] = found.trouble
            if len(answers) == len(waiting):
                stop.set()

    class Worker:
        ffmpeg, allowed, owner = command.find_ffmpeg(""), LOOPBACK, OWNER

    monkeypatch.setattr(networks, "pinned", pinned)
    thread = threading.Thread(
        target=prober.keep, args=(Worker(), Door(), stop, lambda *_, **__: None)
    )
    thread.start()
    thread.join(20)
    assert answers == {1: Trouble.UNKNOWN, 2: Trouble.BAD_ADDRESS}
