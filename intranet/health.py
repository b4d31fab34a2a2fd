"""Whether this process lives, whether the house is ready, and its figures for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Add the routes."""
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """Answer "ok": the process is alive, and nothing more is claimed."""
    return "ok", 200, {"Content-Type": "text/plain; charset=utf-8"}
