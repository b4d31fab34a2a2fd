"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    days,
    limits,
    papers,
    photos,
    queue,
    recounts,
    reporting,
    units,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "days",
    "limits",
    "papers",
    "photos",
    "queue",
    "recounts",
    "reporting",
    "units",
]
