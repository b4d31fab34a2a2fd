"""The pages of the points ledger."""

from intranet.points.views import board, claims, filing, gathering, home, rules
from intranet.points.views.room import bp

__all__ = ["board", "bp", "claims", "filing", "gathering", "home", "rules"]
