"""The tests' GStreamer cameras, for the benches."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path.append(str(TESTS / "media" / "rig"))

from rig import CameraRig  # noqa: E402

__all__ = ["CameraRig"]
