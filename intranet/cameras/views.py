"""The cameras room's pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("cameras", __name__)
