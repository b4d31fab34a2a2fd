"""The cameras room's pages and streams."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("cameras", __name__)

from intranet.cameras.views import (  # noqa: E402 — they add routes to bp
    broadcast,
    live,
    phrases,
    registry,
    room,
    talk,
    talks,
)

__all__ = ["bp", "broadcast", "live", "phrases", "registry", "room", "talk", "talks"]
