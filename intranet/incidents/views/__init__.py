"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    moderation,
    papers,
    photos,
    queue,
    related,
    reporting,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "moderation",
    "papers",
    "photos",
    "queue",
    "related",
    "reporting",
]
