"""A light sender of many equal cameras: one H.264 loop, packed once, sent to whoever asks.

    sender.py PORT FILE.h264 FRAMES_PER_SECOND [CODE …]

Any ``rtsp://127.0.0.1:PORT/<code>/main`` is a camera. Its cost is not part of what is measured,
but it shares the machine: it only stamps packet headers. The pictures of the cameras named also
carry the time at which each was sent (``stamp.py``).
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import stamp

from intranet.media.demo import bits
from intranet.media.demo.camera import DemoCamera
from intranet.media.demo.loop import Loop, Picture
from intranet.media.demo.rtp import Packets, h264_packets
from intranet.media.demo.rtsp import Connection


@dataclass(frozen=True)
class Stamped:
    """A picture that says when it is sent; otherwise as ``Picture``."""

    header: bits.SliceHeader
    blank: Packets

    @property
    def scene(self) -> Packets:
        return Packets(stamp.filled(self.blank.template), self.blank.table)


def plain_loop(path: Path, frames_per_second: int, *, stamped: bool = False) -> Loop:
    """Pack a one-slice-a-picture H.264 stream; no clock is drawn into it."""
    before = (stamp.BLANK,) if stamped else ()
    kind_of = Stamped if stamped else Picture
    sps = pps = b""
    pictures = []
    for nal in bits.split(path.read_bytes()):
        kind = bits.kind(nal)
        if kind == bits.NAL_SPS:
            sps = nal
        elif kind == bits.NAL_PPS:
            pps = nal
        elif kind in {bits.NAL_SLICE, bits.NAL_IDR}:
            is_key = kind == bits.NAL_IDR
            nals = (sps, pps, *before, nal) if is_key else (*before, nal)
            header = bits.SliceHeader(nal[0], 0, 4)
            pictures.append(kind_of(header, h264_packets(nals, ends_picture=True)))
    return Loop(None, tuple(pictures), (sps, pps), frames_per_second)


class Everything(dict):
    """Any code is a camera without sound."""

    def get(self, code, default=None):
        del default
        return self.setdefault(code, Silent(code, code))


class Silent(DemoCamera):
    """A camera without a microphone."""

    has_sound = False


class OneLoop:
    """A stage that shows the same loop everywhere, stamped or not."""

    def __init__(self, loop: Loop, stamped: Loop, codes: list[str]) -> None:
        self.cameras, self.shown, self.stamped, self.codes = Everything(), loop, stamped, codes

    def loop(self, camera: DemoCamera, _stream: str) -> Loop:
        return self.stamped if camera.code in self.codes else self.shown

    def sound(self) -> tuple:
        return ()


async def serve(port: int, path: Path, frames_per_second: int, codes: list[str]) -> None:
    plain = plain_loop(path, frames_per_second)
    stamped = plain_loop(path, frames_per_second, stamped=True)
    stage, connections = OneLoop(plain, stamped, codes), set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(stage, connections), "127.0.0.1", port, backlog=256
    )
    print("READY", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
