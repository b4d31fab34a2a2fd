"""The register's pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("register", __name__)

from intranet.register.views import editing, room  # noqa: E402 — they add routes to bp

__all__ = ["bp", "editing", "room"]
