"""A browser speaks through each maker's camera: is all of it heard, and does it come evenly?

    python bench/talk_pacing.py [--presses 3] [--seconds 5]

The real house (gunicorn, the media worker) and Chromium with a microphone that hears a tone of
700 Hz or syllables with pauses. The key on the camera's page is held again and again; the camera
(ONVIF, Hikvision, Dahua) notes what arrives and when. Of every press: how long the key was held,
how much the page captured (its samples from the first to the last), how much was heard; the pitch
of the tone, or how alike the courses of loudness are; the loudest sample. Of the packets: how far
each was from 20 ms after the one before, the widest gap, and by how much the sound ever ran ahead
of the clock, which is what a burst would do. Exit status 1 when a claim fails.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from media.glass import ARGUMENTS, CHROMIUM, log_in
from media.house import House
from media.loudspeaker import DahuaCamera, Guard, HikvisionCamera, OnvifCamera, decoded, voices
from media.page import percentile
from media.processes import load
from playwright.sync_api import Page, sync_playwright

MAKERS = {
    "onvif": (OnvifCamera, "alaw"),
    "hikvision": (HikvisionCamera, "mulaw"),
    "dahua": (DahuaCamera, "alaw"),
}
LENGTH_MS, PITCH_HERTZ, LIKENESS, LOUDEST = 60, 10, 0.6, 0.95
PACING_P95_MS, GAP_MAX_MS, AHEAD_MAX_MS = 10, 40, 60
BYTES_A_MS = 8  # of G.711
HEARD_SECONDS = 30
# What the page captured is counted where it is sent: each piece is 16-bit samples at 16 kHz.
COUNTING = """
window.captured = 0;
const sent = window.fetch;
window.fetch = (address, options) => {
  if (String(address).includes("/pieces?")) window.captured += options.body.size / 32;
  return sent(address, options);
};
"""


@dataclass
class Pressed:
    """One press of the key; milliseconds."""

    held: float
    captured: float
    heard: float
    loudest: float
    is_right: bool  # it is what the microphone heard
    words: str

    @property
    def is_whole(self) -> bool:
        """Whether what was heard is what the page captured, unspoilt."""
        return (
            abs(self.heard - self.captured) <= LENGTH_MS
            and abs(self.captured - self.held) <= 2 * LENGTH_MS
            and self.is_right
            and self.loudest < LOUDEST
        )


@dataclass
class Even:
    """How evenly packets came; milliseconds."""

    errors: list[float] = field(default_factory=list)
    widest: float = 0.0
    ahead: float = 0.0

    def take(self, heard) -> None:
        """Add one talk. A piece read may hold two packets: its due time follows from its bytes."""
        for one, two, piece in zip(heard.at, heard.at[1:], heard.pieces, strict=False):
            gap = (two - one) * 1000
            self.errors.append(abs(gap - len(piece) / BYTES_A_MS))
            self.widest = max(self.widest, gap)
        # At any moment: what was sent since any earlier one, against the time that has passed.
        lead = [
            sent / BYTES_A_MS - (at - heard.at[0]) * 1000
            for at, sent in zip(heard.at, itertools.accumulate(map(len, heard.pieces)), strict=True)
        ]
        lowest = lead[0]
        for one in lead:
            lowest = min(lowest, one)
            self.ahead = max(self.ahead, one - lowest)


def tone_is_right(samples: list[float], _said: list[float]) -> tuple[bool, str]:
    """Judge the pitch."""
    found = voices.pitch(samples)
    return abs(found - voices.HERTZ) <= PITCH_HERTZ, f"{found} Hz"


def words_are_right(samples: list[float], said: list[float]) -> tuple[bool, str]:
    """Judge the course of loudness against what the microphone heard, which begins anew."""
    course = voices.loudness(said, voices.RATE)
    found = voices.likeness(voices.loudness(samples, 8000), course * 2)
    return found >= LIKENESS, f"alike {found:.2f}"


VOICES = {
    "tone": (voices.tone(12.0), tone_is_right),
    "words": (voices.sentence(12.0), words_are_right),
}


def press(page: Page, camera, law: str, voice: str, seconds: float) -> Pressed:
    """Hold the key for so long and wait until it was heard."""
    camera.heard.clear()
    page.evaluate("window.captured = 0")
    box = page.locator("[data-do=hold]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    began = time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    page.mouse.up()
    held = (time.monotonic() - began) * 1000
    page.locator(".talk-state", has_text="已播出").wait_for(timeout=HEARD_SECONDS * 1000)
    [heard] = camera.heard
    samples = decoded(heard.sound, law)
    said, judge = VOICES[voice]
    return Pressed(
        held,
        page.evaluate("window.captured"),
        len(samples) / BYTES_A_MS,
        max(map(abs, samples)),
        *judge(samples, said),
    )


def speak(playwright, house: House, maker: str, voice: str, options) -> tuple[list[Pressed], Even]:
    """Speak through one maker's camera; return each press and how evenly packets came."""
    kind, law = MAKERS[maker]
    path = house.folder / f"{voice}.wav"
    voices.write(path, VOICES[voice][0])
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    fake.append(f"--use-file-for-fake-audio-capture={path}")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *fake])
    pressed, even = [], Even()
    with kind(guard=Guard(qop=True)) as camera:
        code = f"{maker}-{voice}".upper()
        house.add_cameras([(code, "rtsp://127.0.0.1:9/none", camera.url())])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.add_init_script(COUNTING)
        log_in(page, house.address, house.user, house.password)
        page.goto(f"{house.address}/cameras/{code}")
        press(page, camera, law, voice, 2.0)  # opens the microphone, and finds the way
        for _ in range(options.presses):
            pressed.append(press(page, camera, law, voice, options.seconds))
            even.take(camera.heard[0])
    browser.close()
    return pressed, even


def tell(name: str, pressed: list[Pressed], even: Even) -> bool:
    """Print the figures of one maker and voice; return whether the claims hold."""
    for one in pressed:
        print(
            f"{name}: held {one.held:.0f} ms, captured {one.captured:.0f}, heard {one.heard:.0f}"
            f" ({one.heard - one.captured:+.0f}); {one.words}, loudest {one.loudest:.2f}"
            f"{'' if one.is_whole else '  <- NOT RIGHT'}"
        )
    p95 = percentile(even.errors, 0.95)
    print(
        f"    pacing error p95 {p95:.1f} ms, widest gap {even.widest:.0f} ms, at most"
        f" {even.ahead:.0f} ms ahead of the clock, {len(even.errors)} packets; load {load()}",
        flush=True,
    )
    return (
        all(one.is_whole for one in pressed)
        and p95 <= PACING_P95_MS
        and even.widest <= GAP_MAX_MS
        and even.ahead <= AHEAD_MAX_MS
    )


def run(options: argparse.Namespace, folder: Path) -> bool:
    """Start house and browser, speak, and return whether the claims hold."""
    with House(folder) as house, sync_playwright() as playwright:
        # No press is left out because one before it failed.
        held = [
            tell(f"{maker}, {voice}", *speak(playwright, house, maker, voice, options))
            for maker in MAKERS
            for voice in VOICES
        ]
    return all(held)


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--presses", type=int, default=3, help="of each maker and voice")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each press")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talk-pacing-") as folder:
        good = run(options, Path(folder))
    print("the claims hold" if good else "A CLAIM FAILS")
    sys.exit(not good)


if __name__ == "__main__":
    main()
