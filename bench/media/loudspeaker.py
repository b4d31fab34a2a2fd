"""The tests' ONVIF loudspeaker and their clips, for the benches."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path += [str(TESTS / "media" / "rig"), str(TESTS / "media")]

import voices  # noqa: E402
from loudspeakers import DahuaCamera, Guard, HikvisionCamera, OnvifCamera  # noqa: E402
from talking import clip, decoded  # noqa: E402

__all__ = ["DahuaCamera", "Guard", "HikvisionCamera", "OnvifCamera", "clip", "decoded", "voices"]
