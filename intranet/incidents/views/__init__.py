"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    papers,
    patrol_history,
    patrol_plans,
    patrols,
    photos,
    queue,
    reporting,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "papers",
    "patrol_history",
    "patrol_plans",
    "patrols",
    "photos",
    "queue",
    "reporting",
]
