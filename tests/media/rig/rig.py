"""Fixtures that start, freeze, kill and restart GStreamer's RTSP server (``gst_server.py``).

Use from any test directory (``tests/`` is on ``sys.path``)::

    from media.rig.rig import camera_rig  # noqa: F401

    def test_something(camera_rig):
        url = camera_rig.url("/main")
        camera_rig.stall("/main")

Skips where the system's Python has no ``gi``; in CI (``CI`` set) that is a failure instead.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("gst_server.py")
DIGEST_USER = "camera"
DIGEST_PASSWORD = "k7@Secret:9/x"
START_SECONDS = 15
ANSWER_SECONDS = 5


class CameraRig:
    """One GStreamer RTSP server in a process of its own, on a port that stays the same."""

    def __init__(self, *, port: int = 0, size: str = "640x360", gop_seconds: float = 2.0):
        self.port, self.size, self.gop_seconds = port, size, gop_seconds
        self.process: subprocess.Popen[str] | None = None
        self.answers: queue.Queue[str] = queue.Queue()

    def start(self) -> None:
        """Start the server and wait until it listens; the first start picks the port."""
        command = [SYSTEM_PYTHON, str(SERVER), "--port", str(self.port), "--size", self.size]
        command += ["--gop-seconds", str(self.gop_seconds)]
        self.answers = queue.Queue()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process, self.answers), daemon=True).start()
        word, _, port = self._answer(START_SECONDS).partition(" ")
        assert word == "READY", f"the RTSP server did not start: {word}"
        self.port = int(port)

    @staticmethod
    def _read(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
        with process.stdout:
            for line in process.stdout:
                answers.put(line.strip())
        answers.put("ERROR the server ended")

    def _answer(self, seconds: float) -> str:
        try:
            return self.answers.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"the RTSP server said nothing in {seconds} s") from None

    def command(self, line: str) -> str:
        """Give the server one command line and return what follows OK."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self._answer(ANSWER_SECONDS)
        assert answer.startswith("OK"), answer
        return answer[3:]

    def stall(self, path: str) -> None:
        """Stop frames and sound of a mount; its TCP connections stay open."""
        self.command(f"stall {path}")

    def stall_video(self, path: str) -> None:
        """Stop only the frames; the sound goes on."""
        self.command(f"stall-video {path}")

    def resume(self, path: str) -> None:
        """Let a stalled mount go on."""
        self.command(f"resume {path}")

    def jump(self, seconds: float) -> None:
        """Shift the RTP timestamps of ``/odd`` from now on."""
        self.command(f"jump {seconds}")

    def clients(self) -> int:
        """Return how many clients are connected."""
        return int(self.command("clients"))

    def freeze(self) -> None:
        """Stop the whole server with all connections open: not even RTCP is sent."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server hard, as a power cut does; ``start`` brings it back on its port."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process = None

    def url(self, path: str = "/main", *, user: str = "", password: str = "") -> str:
        """Return the RTSP address of a mount."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp://{login}127.0.0.1:{self.port}{path}"

    def digest_url(self, password: str = DIGEST_PASSWORD) -> str:
        """Return the address of the mount that asks for a password."""
        return self.url("/digest", user=DIGEST_USER, password=password)


def need_gstreamer() -> None:
    """Skip where GStreamer's RTSP server is missing; fail there in CI."""
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    try:
        found = subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True, check=False)
        missing = found.returncode != 0
    except FileNotFoundError:
        missing = True
    if missing:
        reason = "GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi) is not installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture
def camera_rig():
    """A GStreamer RTSP server for one test, killed after it."""
    need_gstreamer()
    rig = CameraRig()
    rig.start()
    yield rig
    rig.kill()
