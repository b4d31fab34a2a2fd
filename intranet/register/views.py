"""The register room's pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("register", __name__)
