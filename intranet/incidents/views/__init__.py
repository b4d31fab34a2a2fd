"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    keys,
    outside,
    papers,
    photos,
    questions,
    queue,
    reporting,
)
from intranet.incidents.views.room import bp

__all__ = [
    "bp",
    "bulk",
    "case",
    "catalogue",
    "keys",
    "outside",
    "papers",
    "photos",
    "questions",
    "queue",
    "reporting",
]
