"""Twenty cameras are spoken to at once while 86 stream: is live picture or recording harmed?

    python bench/talk_beside_live.py [--minutes 1] [--rounds 2] [--cameras 86] [--talkers 20]

The real house (gunicorn, the media worker, SQLite) with the 86 light senders of ``media_cost.py``;
two players without a screen follow two of them over HTTP and read from each picture when the
camera sent it. Quiet and two ways of speaking take turns: again and again a recording of 6 s sent
to twenty cameras in the same moment, and 6 s of speech spoken live to the same twenty, to
loudspeakers that note when each packet came. All of it — senders, players,
speakers, loudspeakers — shares the machine's cores.

A player stays behind what there is by as much as the playlist says (PART-HOLD-BACK), so that
whoever looks sees no difference until a picture takes that much longer than the quickest of the
quiet time: then the picture stops. Exit status 1 when a picture came later than that, the p95 of
the way to the player grew more than × 1.1, anything of any recording is missing, a word was not
heard, or packets come unevenly.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from media.house import House, free_port
from media.loudspeaker import clip
from media.page import Page, percentile
from media.processes import cost, load, withheld
from media.recordings import check_playlists, check_recordings
from media.talkers import Talker, at_once, warble
from media_cost import FRAMES_PER_SECOND, delivered, make_loop

HERE = Path(__file__).parent / "media"
GROWTH_MAX, PACING_P95_MS = 1.1, 10.0
QUICKEST = 0.05  # nearly the quickest: the very quickest may be a clock's whim
SPEECH_SECONDS = 6.0
UP_SECONDS = 90


class Helper:
    """A process that answers each line with one of JSON."""

    def __init__(self, script: str, *words: object) -> None:
        command = [sys.executable, str(HERE / script), *map(str, words)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def told(self) -> object:
        """Return the next line it says by itself."""
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[1]} ended")
        return json.loads(line)

    def ask(self) -> object:
        """Return what came since the last time."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.told()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Figures:
    """What was found in all phases of one kind."""

    ages: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    parts: int = 0
    hold_back: float = 0.0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    withheld_seconds: float = 0.0
    heard: list[dict] = field(default_factory=list)
    talks: int = 0
    bad: int = 0

    def print(self, name: str) -> None:
        """Print one line, and what went wrong."""
        print(
            f"{name:9} {len(self.ages)} pictures in {self.parts} parts, camera to player"
            f" p50 {percentile(self.ages, 0.5):.0f} ms, p95 {percentile(self.ages, 0.95):.0f} ms,"
            f" p99 {percentile(self.ages, 0.99):.0f} ms, worst {max(self.ages):.0f} ms;"
            f" web and worker {self.cpu_seconds / self.seconds:.2f} cores, the host kept back"
            f" {self.withheld_seconds / self.seconds:.2f}; {self.talks} talks",
            flush=True,
        )
        for trouble in self.troubles[:10]:
            print(f"          {trouble}")


def pacing(heard: list[dict]) -> tuple[list[float], float, int]:
    """Return how far each packet was from 20 ms after the last, and the widest gaps."""
    gaps = [
        (later - sooner) * 1000 for one in heard for sooner, later in itertools.pairwise(one["at"])
    ]
    return [abs(gap - 20) for gap in gaps], max(gaps), sum(gap > 40 for gap in gaps)


def phase(figures: Figures, players: Helper, house: House, seconds: float, speak) -> None:
    """Watch for so long, speaking or not, and add up what was seen."""
    players.ask()
    pids = [process.pid for process in house.processes.values()]
    before, kept_back, began = cost(pids), withheld(), time.monotonic()
    while time.monotonic() - began < seconds:
        figures.talks += speak()
    figures.seconds += time.monotonic() - began
    figures.withheld_seconds += withheld() - kept_back
    figures.cpu_seconds += cost(pids).cpu_seconds - before.cpu_seconds
    seen = players.ask()
    figures.ages += seen["ages"]
    figures.parts += seen["parts"]
    figures.hold_back = max(figures.hold_back, seen["hold_back"])
    figures.troubles += seen["troubles"]


def measure(options: argparse.Namespace, house: House, players: Helper, speakers: Helper, cookie):
    """Let quiet and both ways of speaking take turns; return the figures of each."""
    found = {"quiet": Figures(), "clips": Figures(), "live": Figures()}
    words, speech = clip(seconds=SPEECH_SECONDS), warble(SPEECH_SECONDS)
    troubles: list[str] = []
    talkers = [Talker(house.port, cookie, f"C{n:03}", troubles) for n in range(options.talkers)]

    def spoken(say) -> int:
        at_once(talkers, say)
        return len(talkers)

    acts = {
        "quiet": lambda: time.sleep(1) or 0,
        "clips": lambda: spoken(lambda one: one.clip(words)),
        "live": lambda: spoken(lambda one: one.live(speech)),
    }
    speakers.ask()
    for turn in range(options.rounds):
        for name, figures in found.items():
            phase(figures, players, house, options.minutes * 60, acts[name])
            figures.heard += speakers.ask()
            figures.troubles += troubles
            troubles.clear()
            print(f"        turn {turn + 1}, {name}: load {load()}", flush=True)
            figures.bad += check_playlists(house.folder / "media", options.cameras)
    return found


def is_good(name: str, figures: Figures, quiet: Figures) -> bool:
    """Print what a way of speaking did, beside the quiet; return whether the claims hold."""
    errors, widest, wide = pacing(figures.heard)
    even = percentile(errors, 0.95)
    growth = percentile(figures.ages, 0.95) / percentile(quiet.ages, 0.95)
    due = percentile(quiet.ages, QUICKEST) + quiet.hold_back
    late = sum(age > due for age in figures.ages)
    whole = sum(one["bytes"] >= SPEECH_SECONDS * 8000 * 0.99 for one in figures.heard)
    print(
        f"{name}: {late} of {len(figures.ages)} pictures too late for a player, who holds"
        f" {quiet.hold_back:.0f} ms back (claim: 0); p95 × {growth:.2f}"
        f" (claim: at most {GROWTH_MAX}); of {figures.talks} talks"
        f" {whole} heard whole; pacing error p95 {even:.1f} ms (claim: at most"
        f" {PACING_P95_MS:.0f}), widest gap {widest:.0f} ms, {wide} of {len(errors)} over 40 ms"
    )
    heard_all = len(figures.heard) == whole == figures.talks
    calm = late == 0 and growth <= GROWTH_MAX
    return calm and heard_all and even <= PACING_P95_MS


def tell(options: argparse.Namespace, found: dict[str, Figures], folder: Path) -> bool:
    """Print all beside each other; return whether the claims hold."""
    for name, figures in found.items():
        figures.print(name)
    quiet = found.pop("quiet")
    good = [is_good(name, figures, quiet) for name, figures in found.items()]
    gaps = check_recordings(folder, options.cameras) + sum(one.bad for one in found.values())
    print(f"gaps {gaps} (claim: none)")
    return all(good) and gaps == 0 and not any(one.troubles for one in found.values())


def run(options: argparse.Namespace, folder: Path) -> bool:
    """Start everything, measure, and return whether the claims hold."""
    loop, port = folder / "loop.h264", free_port()
    make_loop(loop)
    codes = [f"C{n:03}" for n in (0, options.cameras - 1)]  # spoken to, and not
    words = [sys.executable, str(HERE / "sender.py"), str(port)]
    with contextlib.ExitStack() as stack:
        sender = subprocess.Popen(
            [*words, str(loop), str(FRAMES_PER_SECOND), *codes], stdout=subprocess.PIPE
        )
        stack.callback(sender.communicate)
        stack.callback(sender.kill)
        if not sender.stdout.readline():
            raise SystemExit("the sender did not start")
        speakers = stack.enter_context(Helper("loudspeakers_many.py", options.talkers))
        house = stack.enter_context(House(folder / "house"))
        told = speakers.told() + [""] * options.cameras
        names = [f"C{n:03}" for n in range(options.cameras)]
        house.add_cameras(
            [(one, f"rtsp://127.0.0.1:{port}/{one}/main", told[n]) for n, one in enumerate(names)]
        )
        media, deadline = house.folder / "media", time.monotonic() + UP_SECONDS
        while not delivered(media, options.cameras):
            if time.monotonic() > deadline:
                raise SystemExit(f"not every camera came up within {UP_SECONDS} s")
            time.sleep(0.5)
        print(f"{options.cameras} cameras up; load {load()}", flush=True)
        page = Page(house, codes[0])
        cookie = "; ".join(f"{one.name}={one.value}" for one in page.jar)
        players = stack.enter_context(Helper("viewers.py", house.address, cookie, *codes))
        time.sleep(10)
        return tell(options, measure(options, house, players, speakers, cookie), media)


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="of each turn, quiet or not")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cameras", type=int, default=86)
    parser.add_argument("--talkers", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talk-beside-live-") as folder:
        good = run(options, Path(folder))
    print("the claims hold" if good else "A CLAIM FAILS")
    sys.exit(not good)


if __name__ == "__main__":
    main()
