"""The grids room's pages."""

from intranet.grids.views import history, roster, team, tree, tree_forms
from intranet.grids.views.room import bp

__all__ = ["bp", "history", "roster", "team", "tree", "tree_forms"]
