"""The pages of the points ledger."""

from intranet.points.views import desk, goods, home, honours, settling, shop, years
from intranet.points.views.room import bp

__all__ = ["bp", "desk", "goods", "home", "honours", "settling", "shop", "years"]
