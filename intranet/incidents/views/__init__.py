"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    days,
    drafts,
    limits,
    papers,
    photos,
    queue,
    recounts,
    reporting,
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
    "limits",
    "papers",
    "photos",
    "queue",
    "recounts",
    "reporting",
    "units",
    "whereabouts",
]
