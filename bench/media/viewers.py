"""Players without a screen: each follows one camera's live playlist as hls.js does.

    viewers.py ADDRESS COOKIE CODE …

Each asks for the next part, is made to wait for it, fetches it, and reads from the stamps in it how
long ago its pictures were sent. For each line on stdin it prints what came since the last, as JSON:
``ages`` in milliseconds, ``parts``, ``troubles``, and ``hold_back``, the milliseconds by which the
playlist has a player stay behind what there is.
"""

from __future__ import annotations

import http.client
import json
import queue
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import stamp

PART = re.compile(r'#EXT-X-PART:.*URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"')
HOLD_BACK = re.compile(r"PART-HOLD-BACK=([0-9.]+)")
FIRST = re.compile(r"#EXT-X-MEDIA-SEQUENCE:(\d+)")


@dataclass
class Seen:
    """What all players saw since somebody last asked."""

    ages: list[float] = field(default_factory=list)
    parts: int = 0
    troubles: list[str] = field(default_factory=list)
    hold_back: float = 0.0


class Line:
    """A connection that stays open, as a browser's do."""

    def __init__(self, address: str, cookie: str) -> None:
        parts = urlsplit(address)
        self.line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self.headers = {"Cookie": cookie}

    def get(self, path: str, ranges: str = "") -> bytes:
        """Return the body. Raises OSError."""
        headers = self.headers | ({"Range": ranges} if ranges else {})
        try:
            self.line.request("GET", path, headers=headers)
            answer = self.line.getresponse()
            body = answer.read()
        except (http.client.HTTPException, OSError) as error:
            self.line.close()
            raise OSError(path) from error
        if answer.status not in {200, 206}:
            message = f"{path}: {answer.status}"
            raise OSError(message)
        return body


class Player:
    """One player: while it fetches a part it asks for the next already, on another connection."""

    def __init__(self, address: str, cookie: str, code: str, seen: list[Seen]) -> None:
        self.path = f"/cameras/{code}/live/index.m3u8"
        self.seen = seen
        self.lists, self.parts = Line(address, cookie), Line(address, cookie)
        self.wanted: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin to play."""
        for work in (self.follow, self.fetch):
            threading.Thread(target=work, daemon=True).start()

    def follow(self) -> None:
        """Ask for one playlist after the other, each with the next part."""
        known: set[tuple[str, str]] = set()
        query = ""
        while True:
            try:
                query = self.step(query, known)
            except (OSError, ValueError) as error:
                self.seen[-1].troubles.append(f"{self.path}: {error!r}")
                query = ""
                time.sleep(1)

    def step(self, query: str, known: set[tuple[str, str]]) -> str:
        """Fetch a playlist and note its new parts; return the question for the next."""
        number, part, found = 0, 0, []
        for line in self.lists.get(self.path + query).decode().splitlines():
            if first := FIRST.match(line):
                number = int(first[1])
            elif held := HOLD_BACK.search(line):
                self.seen[-1].hold_back = float(held[1]) * 1000
            elif line.startswith("#EXTINF"):
                number, part = number + 1, 0
            elif one := PART.match(line):
                part += 1
                found.append((one[1], f"bytes={one[3]}-{int(one[3]) + int(one[2]) - 1}"))
        fresh = [one for one in found if one not in known]
        known.update(fresh)
        for one in fresh if query else []:
            self.wanted.put(one)
        return f"?_HLS_msn={number}&_HLS_part={part}"

    def fetch(self) -> None:
        """Fetch the parts in their order, and read how old their pictures are."""
        while True:
            uri, ranges = self.wanted.get()
            try:
                data = self.parts.get(urljoin(self.path, uri), ranges)
            except OSError as error:
                self.seen[-1].troubles.append(f"{uri}: {error!r}")
                continue
            self.seen[-1].ages += stamp.ages(data, time.time())
            self.seen[-1].parts += 1


def main() -> None:
    address, cookie, *codes = sys.argv[1:]
    seen = [Seen()]
    for code in codes:
        Player(address, cookie, code, seen).start()
    for _line in sys.stdin:
        seen.append(Seen())
        print(json.dumps(vars(seen[-2])), flush=True)


if __name__ == "__main__":
    main()
