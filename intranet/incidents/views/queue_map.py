"""The list as a map: the same filter, the same rows, on a drawing of the grids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Viewer, require
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.queries import Drawing
from intranet.incidents import queries
from intranet.incidents.queries import Filter, Row
from intranet.incidents.views.narrowing import INDEX, MAP, address_of, chips, read_filter
from intranet.incidents.views.queue import tabs_and_saved
from intranet.incidents.views.room import VIEW, bp


@bp.get("/incidents/map")
def map_page() -> ResponseReturnValue:
    """Show where the incidents of a list are."""
    viewer = require(VIEW)
    wanted, form, narrowed = read_filter(viewer)
    return render_template(
        "incidents/map.html",
        **_map(viewer, wanted),
        wanted=wanted,
        form=form,
        narrowed=narrowed,
        chips=chips(wanted, form, narrowed, MAP),
        list_url=address_of(wanted, INDEX),
        action=url_for(MAP),
        searched_max=queries.SEARCHED_MAX,
    )


def _map(viewer: Viewer, wanted: Filter) -> dict[str, Any]:
    """Return what is drawn; a fixed number of queries."""
    session, now = db.session(), clock.now()
    most = queries.MAP_MAX
    rows = queries.everything(session, viewer, wanted, at=now, rows_max=most + 1)
    drawing = _drawing(viewer, wanted, rows)
    found, elsewhere = queries.spots(rows[:most], drawing)
    by_grid: dict[str, list[Row]] = defaultdict(list)
    for row in elsewhere:
        by_grid[row.grid_path].append(row)
    return {
        **tabs_and_saved(viewer, wanted, queries.saved_filters(session, viewer), MAP, now),
        "drawing": drawing,
        "spots": found,
        "grid_names": queries.grid_names(drawing, found) if drawing else [],
        "elsewhere": sorted(by_grid.items(), key=lambda pair: (-len(pair[1]), pair[0])),
        "places": grids.labels({row.grid_path for row in rows}),
        "total": min(len(rows), most),
        "is_cut": len(rows) > most,
        "most": most,
    }


def _drawing(viewer: Viewer, wanted: Filter, rows: Sequence[Row]) -> Drawing | None:
    """Draw the micro-grids of the grid chosen, or of the one community; of several, these."""
    chosen = grids.grid_by_path(db.session(), wanted.grid_path) if wanted.grid_path else None
    if chosen is not None:
        return grids.draw(grids.micro_grids(chosen), chosen)
    below = grids.communities(viewer)
    if not below:  # the viewer's own grids lie inside one community
        paths = sorted({row.grid_path for row in rows})
        home = grids.community_path(paths[0]) if paths else ""
        around = grids.grid_by_path(db.session(), home) if home else None
        return grids.draw(grids.micro_grids(around), around) if around else None
    if len(below) == 1:
        return grids.draw(grids.micro_grids(below[0]), below[0])
    return grids.draw(below)
