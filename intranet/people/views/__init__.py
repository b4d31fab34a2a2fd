"""The people room's pages: logging in, one's own account, and the accounts leaders manage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("people", __name__)

from intranet.people.views import accounts, logins, me  # noqa: E402 — they add routes to bp

__all__ = ["accounts", "bp", "logins", "me"]
