"""``make screenshot``: start the demo in a folder of its own, log in, and picture a camera page."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).resolve().parents[2] / "docs" / "screenshot.png"
PASSWORD = "only for a picture"
WAIT_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    raise SystemExit(f"{url} did not answer in {WAIT_SECONDS} s")


def take(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        page.goto(f"{address}/login")
        page.fill("[name=username]", "secretary")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/cameras/WT001")
        page.locator(".screen .state", has_text="直播").wait_for()
        # The light beside the name is of when the page was made: make it again now.
        page.wait_for_timeout(3000)
        page.reload()
        page.locator(".screen .state", has_text="直播").wait_for()
        page.wait_for_timeout(2000)
        page.screenshot(path=TARGET)
        browser.close()


def main() -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "INTRANET_DATA_DIR": folder,
            "INTRANET_DEMO_PASSWORD": PASSWORD,
            "PORT": str(port),
        }
        house = subprocess.Popen([sys.executable, "-m", "intranet", "run"], env=env)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            take(f"http://127.0.0.1:{port}")
        finally:
            house.send_signal(signal.SIGINT)
            house.wait(30)
    print(f"{TARGET.name} is made")


if __name__ == "__main__":
    main()
