"""The cameras room's pages and streams."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("cameras", __name__)

from intranet.cameras.views import live, phrases, registry, room, talk, talks  # noqa: E402 — they add routes to bp

__all__ = ["bp", "live", "phrases", "registry", "room", "talk", "talks"]
