"""The media worker in a process of its own with a plain door: FOLDER, a JSON list on stdin.

The list names streams: code, stream, url, always. It is read from stdin so that no file and no
command line of the test itself holds a password.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from pathlib import Path

from intranet.media import worker
from intranet.media.claim import AlreadyRunningError
from intranet.media.command import find_ffmpeg
from intranet.media.door import StreamName, StreamWanted
from intranet.media.retention import Limits


class PlainDoor:
    """A fixed list of streams."""

    def __init__(self, items):
        self.streams = [
            StreamWanted(
                item["code"],
                StreamName(item.get("stream", "main")),
                item["url"],
                always=item.get("always", True),
            )
            for item in items
        ]

    def desired(self):
        return self.streams

    def report(self, reports):
        for report in reports:
            log("report", report=repr(report))

    def tests_wanted(self):
        return []

    def test_done(self, test_id, found):
        raise AssertionError(test_id, found)


def log(event, **words):
    print(event, words, flush=True)


def main():
    door = PlainDoor(json.loads(sys.stdin.read()))
    log("streams", wanted=repr(door.streams))
    try:
        worker.run(
            door,
            Path(sys.argv[1]),
            ffmpeg=find_ffmpeg(""),
            allowed=(ipaddress.ip_network("127.0.0.0/8"),),
            limits=Limits(days=0, total_bytes=0, free_bytes=0),
            log=log,
        )
    except AlreadyRunningError:
        sys.exit(3)


if __name__ == "__main__":
    main()
