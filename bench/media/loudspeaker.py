"""The tests' ONVIF loudspeaker and their clips, for the benches."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path += [str(TESTS / "media" / "rig"), str(TESTS / "media")]

from loudspeakers import Guard, OnvifCamera  # noqa: E402
from talking import clip  # noqa: E402

__all__ = ["Guard", "OnvifCamera", "clip"]
