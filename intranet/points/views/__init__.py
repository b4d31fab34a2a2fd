"""The pages of the points ledger."""

from intranet.points.views import entries, home, ledger
from intranet.points.views.room import bp

__all__ = ["bp", "entries", "home", "ledger"]
