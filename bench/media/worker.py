"""The media worker with a plain door: PORT CAMERAS FOLDER; everything it does in the house, it
does here: live, recording, stills, pruning.
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from intranet.media import worker
from intranet.media.door import StreamName, StreamWanted
from intranet.media.retention import Limits


class PlainDoor:
    """A fixed list of cameras; what is reported is kept."""

    def __init__(self, port: int, cameras: int) -> None:
        codes = [f"C{number:03}" for number in range(cameras)]
        self.streams = [
            StreamWanted(code, StreamName.MAIN, f"rtsp://127.0.0.1:{port}/{code}/main")
            for code in codes
        ]

    def desired(self):
        return self.streams

    def report(self, reports) -> None:
        for report in reports:
            if report.trouble is not None:
                log("trouble", camera=report.code, trouble=report.trouble.value)

    def tests_wanted(self):
        return []

    def test_done(self, test_id, found) -> None:
        raise AssertionError(f"nobody asked for a test, got {test_id}: {found}")


def log(event: str, **words) -> None:
    print("        worker:", event, words, file=sys.stderr, flush=True)


def main() -> None:
    port, cameras, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    worker.run(
        PlainDoor(port, cameras),
        folder,
        ffmpeg=get_ffmpeg_exe(),
        allowed=(ipaddress.ip_network("127.0.0.0/8"),),
        limits=Limits(days=0, total_bytes=0, free_bytes=0),
        log=log,
    )


if __name__ == "__main__":
    main()
