"""Why a container is not taken; ``read`` puts it into words."""

from __future__ import annotations


class DamagedError(ValueError):
    """The container breaks its own rules, or holds what the house does not take."""


class VideoError(DamagedError):
    """There are moving pictures in it."""
