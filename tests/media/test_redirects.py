"""A device that sends us on to another address: it is not followed into a picture."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
from media.test_prober import probe
from media.test_worker import until, workers  # noqa: F401

from intranet.media import peers
from intranet.media.door import Trouble

pytestmark = pytest.mark.gstreamer
ELSEWHERE = "127.0.0.2"  # the device's own address; the real camera is at 127.0.0.1


class Crooked(threading.Thread):
    """An RTSP device that answers OPTIONS, or only DESCRIBE, with 302."""

    def __init__(self, location, at):
        super().__init__(daemon=True)
        self.location, self.at = location, at
        self.asked = []
        self.server = socket.create_server((ELSEWHERE, 0))
        self.url = f"rtsp://{ELSEWHERE}:{self.server.getsockname()[1]}/x"
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                while self.answer(stream):
                    pass

    def answer(self, stream):
        lines = []
        while (line := stream.readline().strip()) != b"" or not lines:
            if not line and not lines:
                return False
            lines.append(line.decode())
        verb = lines[0].split()[0]
        self.asked.append(verb)
        number = next(line for line in lines if line.lower().startswith("cseq"))
        head = f"RTSP/1.0 200 OK\r\n{number}\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"
        if verb == self.at:
            head = f"RTSP/1.0 302 Moved\r\n{number}\r\nLocation: {self.location}\r\n\r\n"
        stream.write(head.encode())
        stream.flush()
        return True

    def close(self):
        self.server.close()


@pytest.fixture(params=["OPTIONS", "DESCRIBE"])
def crooked(request, camera_rig):
    device = Crooked(camera_rig.url("/main"), request.param)
    yield device
    device.close()


def test_the_test_of_a_camera_says_that_it_sends_us_on(crooked):
    found = probe(crooked.url)
    assert crooked.at in crooked.asked
    assert found.trouble is Trouble.REDIRECTED
    assert found.picture == b""


def test_nothing_is_recorded_of_where_it_leads(crooked, workers):
    worker = workers({"code": "C1", "url": crooked.url})
    until(lambda: worker.state()["trouble"] == "redirected", 20, "it was not noticed")
    assert not list((worker.folder / "C1").rglob("*.mp4"))
    assert worker.state()["state"] != "live"


def test_the_far_ends_of_a_process_are_read_from_the_kernel():
    with socket.create_server((ELSEWHERE, 0)) as server:
        port = server.getsockname()[1]
        words = f"import socket,sys; s = socket.create_connection(('{ELSEWHERE}', {port})); sys.stdin.read()"
        child = subprocess.Popen([sys.executable, "-c", words], stdin=subprocess.PIPE)
        connection, _ = server.accept()
        assert {str(host) for host in peers.remote_hosts(child.pid)} == {ELSEWHERE}
        assert not peers.strays(child.pid, ELSEWHERE)
        assert peers.strays(child.pid, "127.0.0.1")
        child.stdin.close()
        child.wait(10)
        connection.close()
    assert peers.remote_hosts(child.pid) == set()
