"""What is on show: the cameras, their loops and sound as they get ready, and the time of day."""

from __future__ import annotations

import time
import weakref
from functools import lru_cache
from typing import TYPE_CHECKING

from intranet.media.demo import camera as cameras
from intranet.media.demo.digest import Doorkeeper
from intranet.media.demo.encoder import SOUND_FILE, loop_paths
from intranet.media.demo.loop import Loop, load
from intranet.media.demo.loudspeaker import FOLDER as HEARD
from intranet.media.demo.rtp import Packets, sound_packets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEIJING_SECONDS = 8 * 3600
SOUND_PACKET_BYTES = 800  # 100 ms of G.711


@lru_cache(maxsize=4)
def clock_text(second: int) -> str:
    """Return a Unix second as Beijing date and time, as cameras write it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second + BEIJING_SECONDS))


class Stage:
    """Cameras by code and their loops, each read when first asked for, dropped after the last."""

    def __init__(self, shown: Sequence[cameras.DemoCamera], folder: Path) -> None:
        self.cameras = cameras.by_code(shown)
        self.folder = folder
        self.heard = folder.parent / HEARD  # what was said through the cameras
        self.doorkeeper = Doorkeeper("IP Camera(demo)")
        self._loops: weakref.WeakValueDictionary[tuple[str, str], Loop] = (
            weakref.WeakValueDictionary()
        )
        self._sound: tuple[Packets, ...] = ()

    def loop(self, camera: cameras.DemoCamera, stream: str) -> Loop | None:
        """Return a stream's loop, or None while it is not drawn yet."""
        key = camera.code, stream
        found = self._loops.get(key)
        if found is None:
            path = loop_paths(camera, self.folder)[stream]
            if not path.exists():
                return None
            found = self._loops[key] = load(path, stream)
        return found

    def sound(self) -> tuple[Packets, ...]:
        """Return the street's murmur in packets of 100 ms, or nothing while it is not made yet."""
        path = self.folder / SOUND_FILE
        if not self._sound and path.exists():
            samples = path.read_bytes()
            whole = len(samples) - len(samples) % SOUND_PACKET_BYTES
            self._sound = tuple(
                sound_packets(samples[start : start + SOUND_PACKET_BYTES])
                for start in range(0, whole, SOUND_PACKET_BYTES)
            )
        return self._sound
