"""The notices room's pages: one's own notices, how they arrive, and deliveries for the office."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("notices", __name__)

from intranet.notices.views import deliveries, reading, settings  # noqa: E402 — they add routes to bp

__all__ = ["bp", "deliveries", "reading", "settings"]
