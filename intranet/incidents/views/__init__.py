"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    drafts,
    papers,
    photos,
    queue,
    reporting,
    whereabouts,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "drafts",
    "papers",
    "photos",
    "queue",
    "reporting",
    "whereabouts",
]
