"""The people room's pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("people", __name__)
