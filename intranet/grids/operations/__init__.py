"""What may be done to the grid tree and to the teams in it."""

from intranet.grids.operations.posts import UNDO_WINDOW, begin_post, end_post, move_post, undo
from intranet.grids.operations.tree import (
    GridPlan,
    close_grid,
    create_grid,
    move_grid,
    redraw_grid,
    rename_grid,
    split_grid,
)

__all__ = [
    "UNDO_WINDOW",
    "GridPlan",
    "begin_post",
    "close_grid",
    "create_grid",
    "end_post",
    "move_grid",
    "move_post",
    "redraw_grid",
    "rename_grid",
    "split_grid",
    "undo",
]
