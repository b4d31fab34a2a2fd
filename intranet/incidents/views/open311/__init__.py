"""Open311 GeoReport v2, read and write, for systems of others."""

from intranet.incidents.views.open311 import reading, writing
from intranet.incidents.views.open311.room import api

__all__ = ["api", "reading", "writing"]
