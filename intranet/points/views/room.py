"""The room's blueprint, and what all its pages know."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from intranet.points.views.doors import doors

bp = Blueprint("points", __name__)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"doors": doors, "known_pages": current_app.view_functions}
