"""Street cameras, who watched through them, and what was said through them."""

from __future__ import annotations

from intranet.cameras.models.broadcast import Broadcast, BroadcastCamera, Unsent
from intranet.cameras.models.camera import Camera, CameraTest, StreamState, Viewing
from intranet.cameras.models.phrase import Phrase, Tongue
from intranet.cameras.models.talk import Misuse, Talk, TalkKind, TalkState

__all__ = [
    "Broadcast",
    "BroadcastCamera",
    "Camera",
    "CameraTest",
    "Misuse",
    "Phrase",
    "StreamState",
    "Talk",
    "TalkKind",
    "TalkState",
    "Tongue",
    "Unsent",
    "Viewing",
]
