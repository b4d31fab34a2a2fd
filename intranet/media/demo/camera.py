"""What a demo camera is: a name, a login, and where it answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

STREAMS = ("main", "sub")
# A town's cameras are not all alike: every eighth has a microphone.
SOUND_EVERY = 8


@dataclass(frozen=True)
class DemoCamera:
    """One camera of the demo community; no password means it asks for none."""

    code: str
    name: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def seed(self) -> int:
        """A number that is the same for this code on every machine."""
        return int.from_bytes(hashlib.sha256(self.code.encode()).digest()[:6], "big")

    @property
    def has_sound(self) -> bool:
        """Whether a G.711 track goes with its main stream."""
        return self.seed % SOUND_EVERY == 0


def url(camera: DemoCamera, stream: str, port: int, host: str = "127.0.0.1") -> str:
    """Return the RTSP address of a stream, with the camera's login in it."""
    login = ""
    if camera.password:
        login = f"{quote(camera.user, safe='')}:{quote(camera.password, safe='')}@"
    return f"rtsp://{login}{host}:{port}/{quote(camera.code, safe='')}/{stream}"


def by_code(cameras: Sequence[DemoCamera]) -> dict[str, DemoCamera]:
    """Index cameras by code; two of one code are an error."""
    table = {camera.code: camera for camera in cameras}
    if len(table) != len(cameras):
        raise ValueError("two demo cameras have the same code")
    return table
