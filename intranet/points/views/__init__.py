"""The pages of the points ledger."""

from intranet.points.views import home
from intranet.points.views.room import bp

__all__ = ["bp", "home"]
