"""Players without a screen: each follows one camera's live playlist as hls.js does.

    viewers.py ADDRESS COOKIE CODE …

Each asks for the next part, is made to wait for it, fetches it, and reads from the stamps in it how
long ago its pictures were sent. For each line on stdin it prints what came since the last, as JSON:
``ages`` in milliseconds, ``parts``, and ``troubles``.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urljoin

import stamp

PART = re.compile(r'#EXT-X-PART:.*URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"')
FIRST = re.compile(r"#EXT-X-MEDIA-SEQUENCE:(\d+)")


@dataclass
class Seen:
    """What all players saw since somebody last asked."""

    ages: list[float] = field(default_factory=list)
    parts: int = 0
    troubles: list[str] = field(default_factory=list)


class Player(threading.Thread):
    """One player."""

    def __init__(self, address: str, cookie: str, code: str, seen: list[Seen]) -> None:
        super().__init__(daemon=True)
        self.url = f"{address}/cameras/{code}/live/index.m3u8"
        self.cookie, self.seen = cookie, seen

    def run(self) -> None:
        known: set[tuple[str, str]] = set()
        query = ""
        while True:
            try:
                query = self.step(query, known)
            except (OSError, ValueError) as error:
                self.seen[-1].troubles.append(f"{self.url}: {error!r}")
                query = ""
                time.sleep(1)

    def step(self, query: str, known: set[tuple[str, str]]) -> str:
        """Fetch playlist and parts; return the question for the next."""
        lines = self.get(self.url + query).decode().splitlines()
        number, part, found = 0, 0, []
        for line in lines:
            if first := FIRST.match(line):
                number = int(first[1])
            elif line.startswith("#EXTINF"):
                number, part = number + 1, 0
            elif one := PART.match(line):
                part += 1
                found.append(one.groups())
        fresh = [one for one in found if (one[0], one[2]) not in known]
        known.update((one[0], one[2]) for one in fresh)
        for uri, size, offset in fresh if query else []:
            data = self.get(urljoin(self.url, uri), int(offset), int(size))
            self.seen[-1].ages += stamp.ages(data, time.time())
            self.seen[-1].parts += 1
        return f"?_HLS_msn={number}&_HLS_part={part}"

    def get(self, url: str, offset: int = 0, size: int = 0) -> bytes:
        headers = {"Cookie": self.cookie}
        if size:
            headers["Range"] = f"bytes={offset}-{offset + size - 1}"
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()


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
