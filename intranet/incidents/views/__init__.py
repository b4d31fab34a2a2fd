"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    keys,
    papers,
    photos,
    queue,
    queue_map,
    reporting,
    saved,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "keys",
    "papers",
    "photos",
    "queue",
    "queue_map",
    "reporting",
    "saved",
]
