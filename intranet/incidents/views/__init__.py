"""The incidents' pages."""

from intranet.incidents.views import (
    bulk,
    case,
    catalogue,
    figures,
    papers,
    photos,
    queue,
    reporting,
)
from intranet.incidents.views.room import bp

__all__ = ["bp", "bulk", "case", "catalogue", "figures", "papers", "photos", "queue", "reporting"]
