"""A camera whose clock jumped: stamped by ours for a while, and forgiven."""

from __future__ import annotations

import ipaddress
import threading

import pytest
from media.plain_worker import PlainDoor
from media.test_worker import LIVE_SECONDS, until

from intranet.media import command, supervisor
from intranet.media.door import State, StreamName, Trouble

pytestmark = pytest.mark.gstreamer


def test_odd_timestamps_are_forgiven_after_good_running(camera_rig, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "HEALTHY_SECONDS", 1.0)
    monkeypatch.setattr(supervisor, "FORGIVEN_SECONDS", 4.0)
    media, stop = tmp_path / "media", threading.Event()
    door = PlainDoor([{"code": "C1", "url": camera_rig.url("/odd")}])
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    at_work = supervisor.Supervisor(
        door, media, command.find_ffmpeg(""), networks, lambda *_words, **_more: None
    )
    at_work.claim()
    thread = threading.Thread(target=at_work.run, args=(stop,), daemon=True)
    thread.start()

    def said():
        stream = at_work.streams.get(("C1", StreamName.MAIN))
        return (stream.state, stream.trouble) if stream else None

    try:
        until(lambda: said() == (State.LIVE, None), LIVE_SECONDS, "not live")
        camera_rig.jump(500)
        odd = (State.LIVE, Trouble.ODD_TIMESTAMPS)
        until(lambda: said() == odd, 20, "the jump was not seen")
        until(lambda: said() == (State.LIVE, None), 10, "it is held against the camera for ever")
        assert at_work.streams["C1", StreamName.MAIN].reconnects == 1
    finally:
        stop.set()
        thread.join(20)
