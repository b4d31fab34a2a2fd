"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    days,
    drafts,
    keys,
    limits,
    papers,
    photos,
    queue,
    queue_map,
    recounts,
    reporting,
    saved,
    units,
    whereabouts,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "days",
    "drafts",
    "keys",
    "limits",
    "papers",
    "photos",
    "queue",
    "queue_map",
    "recounts",
    "reporting",
    "saved",
    "units",
    "whereabouts",
]
