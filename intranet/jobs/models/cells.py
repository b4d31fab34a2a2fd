"""The square of the earth in which a place lies, as a number an index can be asked for.

A box of coordinates is a band round the whole city to an index of latitudes; squares are the few
that lie in it.
"""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

A_DEGREE = 200  # squares of some 500 m
ROW = 100_000  # more than there are squares round the earth


class cell_of(FunctionElement[int]):  # noqa: N801 — a function in SQL
    """The number of the square of a latitude and a longitude, WGS84, in degrees; NULL of NULL."""

    type = BigInteger()
    name = "cell_of"
    inherit_cache = True


@compiles(cell_of)
def _cell(element: cell_of, compiler: Any, **options: Any) -> str:
    """Write it so that the index and the question are the same to the letter."""
    latitude, longitude = (compiler.process(one, **options) for one in element.clauses)
    # Above nought both ways of making a whole number of it cut it off.
    whole = "CAST({} AS INTEGER)"
    if compiler.dialect.name == "postgresql":
        whole = "CAST(floor({}) AS BIGINT)"
    north = whole.format(f"({latitude} + 90.0) * {A_DEGREE}")
    east = whole.format(f"({longitude} + 180.0) * {A_DEGREE}")
    return f"({north} * {ROW} + {east})"


def cells_of(south: float, west: float, north: float, east: float) -> list[int]:
    """Return the numbers of the squares that hold all of a box, its edges included."""
    rows = range(math.floor((south + 90) * A_DEGREE), math.floor((north + 90) * A_DEGREE) + 1)
    columns = range(math.floor((west + 180) * A_DEGREE), math.floor((east + 180) * A_DEGREE) + 1)
    return [row * ROW + column for row in rows for column in columns]
