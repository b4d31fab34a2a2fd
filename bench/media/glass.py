"""Watches the camera page of the real app in Chromium and sums up what came to the screen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READER = Path(__file__).with_name("barcode.js")
FIRST_FRAME_SECONDS = 20


@dataclass(frozen=True)
class Seen:
    """What one opening of the page showed; milliseconds throughout."""

    delays: list[float]
    first_frame: float  # after the navigation began
    first_frame_after_playlist: float  # after the player first asked for the playlist
    gaps: list[tuple[float, float]]  # (since the first frame, length)
    waits: int
    frames: int
    unread: int

    def percentile(self, share: float) -> float:
        """Return the delay that this share of the frames stays below."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def log_in(page: Page, address: str, user: str, password: str) -> None:
    """Log in through the form, as people do."""
    page.goto(f"{address}/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def watch(page: Page, address: str, seconds: float) -> Seen:
    """Open a page with a live picture, watch it, and return what was seen."""
    page.goto(address, wait_until="commit")
    deadline = time.monotonic() + FIRST_FRAME_SECONDS
    while not page.evaluate("Boolean(window.glass && window.glass.first)"):
        if time.monotonic() > deadline:
            raise SystemExit(f"no picture within {FIRST_FRAME_SECONDS} s on {address}")
        time.sleep(0.05)
    time.sleep(seconds)
    glass = page.evaluate("window.glass")
    origin = page.evaluate("performance.timeOrigin")
    asked = page.evaluate(
        "performance.getEntriesByType('resource').filter("
        "entry => entry.name.includes('index.m3u8')).map(entry => entry.startTime)[0] ?? 0"
    )
    first = glass["first"] - origin
    return Seen(
        delays=glass["delays"],
        first_frame=first,
        first_frame_after_playlist=first - asked,
        gaps=[(at - glass["first"], length) for at, length in glass["gaps"]],
        waits=glass["waits"],
        frames=glass["frames"],
        unread=glass["unread"],
    )


def open_page(browser: Browser) -> Page:
    """Return a page of an office desktop with the barcode reader in it."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page.add_init_script(path=READER)
    return page


def promises(page: Page, address: str) -> str:
    """Return what the live playlist says of its parts, one line."""
    text = page.evaluate("url => fetch(url).then(answer => answer.text())", address)
    wanted = ("#EXT-X-SERVER-CONTROL", "#EXT-X-PART-INF", "#EXT-X-TARGETDURATION")
    return " ".join(line for line in text.splitlines() if line.startswith(wanted))
