"""Fixtures of the media tests."""

from media.rig.rig import camera_rig  # noqa: F401
