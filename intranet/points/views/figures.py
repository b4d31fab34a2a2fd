"""What was earned in a year, drawn on the server: by month and dimension, and by grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Response, make_response, render_template, request

from intranet import clock
from intranet.access import require
from intranet.db import db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.points import queries
from intranet.points.forms.statements import FiguresForm
from intranet.points.models import Dimension
from intranet.points.views.narrowing import VIEW
from intranet.points.views.room import bp

WIDTH, HEIGHT, LEFT = 960, 200, 8
ROW, LABEL = 30, 260  # of the bars of grids: height of one, room for its name
SUM = 120  # room for the number behind the longest: seven figures


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in units of the picture."""

    dimension: Dimension
    x: int
    y: int
    width: int
    height: int
    points: int


@bp.get("/points/figures")
def figures() -> Response:
    """Show a year in pictures, and the tables they are drawn from."""
    viewer, form = require(VIEW), FiguresForm(request.args)
    known = queries.ledger_years(db.session()) or [clock.today().year]
    form.year.choices = [(str(year), str(year)) for year in known]
    form.validate()
    places = PlaceFilterForm.read(request.args, partial(grids.places, viewer, VIEW, FILTER_KINDS))
    sent = str(form.year.data)
    year = int(sent) if sent in {str(one) for one in known} else known[0]
    form.year.data = str(year)
    found = queries.points_figures(db.session(), viewer, year, grid_path=places.path)
    return make_response(
        render_template(
            "points/figures.html",
            found=found,
            form=form,
            places=places,
            year=year,
            columns=month_bars(found.months),
            rows=grid_bars(found.grids),
            labels=grids.labels(found.grids),
            dimensions=list(Dimension),
            row_height=ROW,
            label_width=LABEL,
        )
    )


def month_bars(months: Sequence[Mapping[Dimension, int]]) -> list[list[Bar]]:
    """Return three bars beside each other for each month; what falls below zero hangs down."""
    highest = max((abs(points) for month in months for points in month.values()), default=0) or 1
    step = (WIDTH - LEFT) // 12
    width = (step - 14) // len(Dimension)
    return [
        [
            Bar(
                dimension,
                LEFT + number * step + place * width,
                HEIGHT - max(0, _scaled(month.get(dimension, 0), highest, HEIGHT)),
                width - 2,
                abs(_scaled(month.get(dimension, 0), highest, HEIGHT)),
                month.get(dimension, 0),
            )
            for place, dimension in enumerate(Dimension)
        ]
        for number, month in enumerate(months)
    ]


def grid_bars(found: Mapping[str, Mapping[Dimension, int]]) -> list[tuple[str, list[Bar]]]:
    """Return one bar of three parts for each grid; a part below zero has no length."""
    highest = max((sum(max(0, n) for n in one.values()) for one in found.values()), default=0) or 1
    rows = []
    for number, (path, one) in enumerate(found.items()):
        bars, x = [], LABEL
        for dimension in Dimension:
            points = one.get(dimension, 0)
            width = max(0, _scaled(points, highest, WIDTH - LABEL - SUM))
            bars.append(Bar(dimension, x, number * ROW + 6, width, ROW - 12, points))
            x += width
        rows.append((path, bars))
    return rows


def _scaled(points: int, highest: int, length: int) -> int:
    return round(points * length / highest)
