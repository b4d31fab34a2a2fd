"""The grids room's pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("grids", __name__)
