"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    callbacks,
    case,
    catalogue,
    figures,
    papers,
    photos,
    queue,
    reporting,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "callbacks",
    "case",
    "catalogue",
    "figures",
    "papers",
    "photos",
    "queue",
    "reporting",
]
