"""The real house for a bench: its own data folder, the web and the media worker as processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

SET_UP = Path(__file__).with_name("set_up.py")
TOWN = Path(__file__).with_name("town.py")
START_SECONDS = 60
STOP_SECONDS = 10


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """Web and media worker in a folder of their own; a context manager stops both."""

    user, password = "secretary", "long enough for a bench"

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "INTRANET_DATA_DIR": str(folder),
            "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
            "INTRANET_TALK_QUIET": "off",  # a bench may run at night
        }
        self.grid = ""
        self.processes: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, str(SET_UP), self.user, self.password]
        made = subprocess.run(command, env=self.env, check=True, capture_output=True, text=True)
        self.grid = made.stdout.split()[-1]
        self.start("web", "--port", str(self.port))
        self.start("media")
        try:
            self._wait("the web", self._web_answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def start(self, command: str, *arguments: str) -> None:
        """Start one of the house's commands."""
        words = [sys.executable, "-m", "intranet", command, *arguments]
        self.processes[command] = subprocess.Popen(words, env=self.env)

    def add_camera(self, code: str, url: str) -> None:
        """Register a camera with its main stream."""
        words = ["-m", "intranet", "camera", "add", code, "--name", code, "--grid", self.grid]
        typed = f"{url}\n\n"  # the command asks for main and sub-stream
        subprocess.run([sys.executable, *words], env=self.env, input=typed, text=True, check=True)

    def add_cameras(self, cameras: list[tuple[str, str, str]]) -> None:
        """Register cameras: code, address of the pictures, address of the loudspeaker or ""."""
        words = [sys.executable, str(TOWN), self.grid]
        subprocess.run(words, env=self.env, input=json.dumps(cameras), text=True, check=True)

    def wait_until_live(self, code: str) -> None:
        """Return once the media worker has written some seconds of the camera."""
        folder = self.folder / "media" / code / "main"
        self._wait(f"camera {code}", lambda: bool(list(folder.glob("*/*.idx"))))
        time.sleep(5)

    def _web_answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()
        except OSError:  # refused, reset, or late on a busy machine
            return False
        return True

    def _wait(self, what: str, ready) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            ended = [name for name, one in self.processes.items() if one.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise SystemExit(f"{what} did not come up; ended: {ended or 'nothing'}")
            time.sleep(0.1)
