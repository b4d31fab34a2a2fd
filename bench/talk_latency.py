"""From the key to the camera: how soon a voice is heard, and how evenly its packets come.

    python bench/talk_latency.py [--rounds 25]

The real house (gunicorn, the media worker) and a camera with an ONVIF loudspeaker that notes when
each packet came. Two ways are measured. *Clip*: a recording of 2 s is sent as the page sends it;
the time from the request to the first packet. *Live*: speech goes out in pieces of 60 ms while it
is being said, silence with a short tone each second; the time from the tone's first sample, as the
microphone heard it, to the packet that carries it. The last lines tell of all packets how far each
was from its due time by one clock, and the widest gap. Exit status 1 when a claim fails.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import threading
import time
from pathlib import Path

from media.house import House
from media.loudspeaker import Guard, OnvifCamera, clip
from media.page import FORM, Page, percentile
from media.processes import load

CLIP_P50_MS, CLIP_P95_MS, LIVE_P50_MS = 300, 600, 500
PACING_P95_MS, GAP_MAX_MS = 10, 40
PIECE_SECONDS, HERTZ = 0.06, 16_000
CODE = "TALK-1"


def clips(page: Page, camera, rounds: int) -> list[float]:
    """Return the milliseconds from the request to the first packet."""
    data, found = clip(seconds=2.0), []
    for _ in range(rounds):
        heard = len(camera.heard)
        began = time.monotonic()
        told = page.send(data)
        page.wait(told)
        found.append((camera.heard[heard].at[0] - began) * 1000)
    return found


def live(page: Page, camera, rounds: int) -> list[float]:
    """Return the milliseconds from a tone's first sample to the packet that carries it."""
    found = []
    for _ in range(max(3, rounds // 4)):
        heard = len(camera.heard)
        spoken_at = speak(page, seconds=6)
        found += delays(camera.heard[heard], spoken_at)
    return found


def speak(page: Page, seconds: int) -> list[float]:
    """Speak in real time as the page's script does; return when each tone began."""
    told = json.loads(page.post(f"/cameras/{page.code}/talk/live", b"", FORM))
    size, began, spoken_at = int(PIECE_SECONDS * HERTZ), time.monotonic(), []
    waiting: list[bytes] = []
    more, over = threading.Condition(), threading.Event()

    def send() -> None:
        offset = 0
        while True:
            with more:
                more.wait_for(lambda: waiting or over.is_set())
                if not waiting:
                    break
                body = b"".join(waiting)
                waiting.clear()
            page.post(f"{told['pieces']}?offset={offset}", body, "application/octet-stream")
            offset += len(body)
        page.post(told["end"], b"", "application/octet-stream")

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(int(seconds / PIECE_SECONDS)):
        first = number * size
        samples = (tone(n) for n in range(first, first + size))
        piece = b"".join(one.to_bytes(2, "little", signed=True) for one in samples)
        if any(n % HERTZ == HERTZ // 2 for n in range(first, first + size)):
            spoken_at.append(began + (first - first % HERTZ + HERTZ // 2) / HERTZ)
        # A piece is there when its last sample was heard.
        time.sleep(max(0.0, began + (first + size) / HERTZ - time.monotonic()))
        with more:
            waiting.append(piece)
            more.notify()
    with more:
        over.set()
        more.notify()
    sender.join()
    page.wait(told)
    return spoken_at


def tone(number: int) -> int:
    """Return a sample: a tone from half a second on, for 200 ms, every second."""
    within = number % HERTZ
    if not HERTZ // 2 <= within < HERTZ // 2 + HERTZ // 5:
        return 0
    return int(9000 * math.sin(2 * math.pi * 700 * number / HERTZ))


def delays(heard, spoken_at: list[float]) -> list[float]:
    """Return for each tone how long after its first sample the first loud packet came."""
    loud = [
        at
        for at, piece in zip(heard.at, heard.pieces, strict=True)
        if sum(abs((one ^ 0x55) & 0x7F) > 0x30 for one in piece) > 20
    ]
    found = []
    for began in spoken_at:
        after = [at for at in loud if at >= began]
        if after:
            found.append((after[0] - began) * 1000)
    return found


def pacing(camera) -> tuple[list[float], float]:
    """Return how far each packet was from its due time, and the widest gap; milliseconds."""
    errors, gap = [], 0.0
    for heard in camera.heard:
        # The clock is the sender's first packet and 20 ms for each that follows; a shift that
        # stays (a late wake-up moves all after it) is the sender's new clock.
        for one, two in zip(heard.at, heard.at[1:], strict=False):
            errors.append(abs(two - one - 0.02) * 1000)
            gap = max(gap, (two - one) * 1000)
    return errors, gap


def run(options: argparse.Namespace) -> bool:
    """Start house and camera, speak, and return whether the claims hold."""
    with (
        tempfile.TemporaryDirectory() as folder,
        OnvifCamera(guard=Guard(qop=True)) as camera,
        House(Path(folder)) as house,
    ):
        house.add_camera(CODE, camera.url())
        page = Page(house, CODE)
        page.wait(page.send(clip(seconds=0.5)))
        camera.heard.clear()
        sent, spoken = clips(page, camera, options.rounds), live(page, camera, options.rounds)
        errors, gap = pacing(camera)
    p50, p95, live_p50 = percentile(sent, 0.5), percentile(sent, 0.95), percentile(spoken, 0.5)
    print(f"clip: request to first packet p50 {p50:.0f} ms, p95 {p95:.0f} ms, {len(sent)} clips")
    print(
        f"live: voice to packet p50 {live_p50:.0f} ms, p95 {percentile(spoken, 0.95):.0f} ms,"
        f" worst {max(spoken):.0f} ms, {len(spoken)} tones"
    )
    even = percentile(errors, 0.95)
    print(f"pacing: error p95 {even:.1f} ms, widest gap {gap:.0f} ms, {len(errors)} packets")
    print(f"load {load()}")
    return (
        p50 <= CLIP_P50_MS
        and p95 <= CLIP_P95_MS
        and live_p50 <= LIVE_P50_MS
        and even <= PACING_P95_MS
        and gap <= GAP_MAX_MS
    )


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    good = run(parser.parse_args())
    print("the claims hold" if good else "A CLAIM FAILS")
    sys.exit(not good)


if __name__ == "__main__":
    main()
