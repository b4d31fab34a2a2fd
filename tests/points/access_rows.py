"""Who may walk where in the points room."""

from house.matrix import Row

from intranet.access import Permission as P

ROWS = {
    "points.index": Row(P.POINTS_BOARD_VIEW, lambda place: "/points", of_place=False),
}
