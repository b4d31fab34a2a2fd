"""Every route of the grids room: what it asks for and where its thing lies."""

from __future__ import annotations

from house.matrix import Row

from intranet.access import Permission

ROSTER, EDIT = Permission.GRIDS_ROSTER_VIEW, Permission.GRIDS_ROSTER_EDIT
TREE, TREE_EDIT = Permission.GRIDS_TREE_VIEW, Permission.GRIDS_TREE_EDIT


def under(tail):
    return lambda place: f"/grids/{place.micro_code}{tail}"


ROWS: dict[str, Row] = {
    "grids.index": Row(ROSTER, lambda _: "/grids", of_place=False),
    "grids.roster": Row(ROSTER, under("/roster")),
    "grids.export": Row(ROSTER, under("/roster.csv")),
    "grids.board": Row(ROSTER, under("/board")),
    "grids.row": Row(ROSTER, under("/row")),
    "grids.history": Row(ROSTER, under("/history")),
    "grids.person": Row(ROSTER, lambda place: f"/grids/people/{place.party_id}"),
    "grids.team": Row(EDIT, under("/team")),
    "grids.begin": Row(EDIT, under("/team")),
    "grids.candidates": Row(EDIT, under("/candidates")),
    "grids.end": Row(EDIT, lambda place: f"/grids/{place.micro_code}/team/{place.post_id}/end"),
    "grids.move": Row(EDIT, lambda place: f"/grids/{place.micro_code}/team/{place.post_id}/move"),
    "grids.undo": Row(EDIT, under("/team/undo")),
    "grids.tree": Row(TREE, lambda _: "/grids/tree", of_place=False),
    "grids.grid": Row(TREE, under("")),
    "grids.new": Row(TREE_EDIT, under("/new")),
    "grids.rename": Row(TREE_EDIT, under("/rename")),
    "grids.boundary": Row(TREE_EDIT, under("/boundary")),
    "grids.place": Row(TREE_EDIT, under("/place")),
    "grids.close": Row(TREE_EDIT, under("/close")),
    "grids.split": Row(TREE_EDIT, under("/split")),
}
