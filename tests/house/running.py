"""`intranet run` in a folder of its own, for the tests that need the whole house."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
START_SECONDS = 180  # how long is waited, not what is claimed: machines are busy
STOP_SECONDS = 30
PASSWORD = "a password for this test"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """`intranet run` in a folder of its own."""

    def __init__(self, folder, port, **more):
        self.folder, self.port = folder, port
        self.https_port = free_port()
        environment = {
            **os.environ,
            "INTRANET_DATA_DIR": str(folder),
            "INTRANET_DEMO_PASSWORD": PASSWORD,
            "INTRANET_HTTPS_PORT": str(self.https_port),
            **more,
        }
        self.log = folder.parent / "run.log"
        self.started = time.monotonic()
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "intranet", "run", "--port", str(port)],
                env=environment,
                cwd=HOUSE,
                stdout=sink,
                stderr=sink,
            )

    def wait_for_first_page(self):
        """Wait for the first whole page."""
        while time.monotonic() - self.started < START_SECONDS:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}/login", timeout=2
                ) as page:
                    assert b"</html>" in page.read()
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"no page within {START_SECONDS} s:\n{self.log.read_text()[-2000:]}")

    def left_behind(self):
        """Map the processes that carry this folder in their environment to their arguments."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if str(self.folder).encode() in words and not dead:
                arguments = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(entry.name)] = arguments.strip()
        return found

    def comes_back(self, words, before):
        """Wait until a process of these words is there that is not the one before."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if any(w.endswith(words) and pid != before for pid, w in self.left_behind().items()):
                return
            time.sleep(0.1)
        raise AssertionError(f"{words} did not come back:\n{self.log.read_text()[-2000:]}")

    def end(self):
        """End all of it, whatever the test came to: 86 cameras would go on beside the others."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_SECONDS)
        for pid in self.left_behind():
            os.kill(pid, signal.SIGKILL)

    def stop(self, number):
        """Stop it as a terminal would; return the exit status."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
