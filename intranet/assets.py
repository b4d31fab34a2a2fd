"""Hashed asset addresses (stand-in until the pipeline lands; keep ``init_app`` and ``asset``)."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates ``asset()``."""
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of an asset."""
    return f"/static/{name}"
