"""The figures of incidents as data: what they are about, and what can be said of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from intranet.incidents.models import Source, Urgency
from intranet.incidents.queries.lists import Filter
from intranet.incidents.queries.tabs import Tab

DAYS_MAX = 62  # a longer period is told by months


class Dimension(StrEnum):
    """By what the figures are broken down."""

    ALL = "all"
    GRID = "grid"
    MICRO = "micro"
    MATTER_CLASS = "class"
    MATTER = "matter"
    HANDLER = "handler"
    REPORTER = "reporter"
    UNIT = "unit"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Period:
    """The days a question is about, both included, and what it is narrowed to."""

    since: date
    until: date
    grid_path: str = ""
    category_id: int = 0
    source: Source | None = None
    urgency: Urgency | None = None

    @property
    def by_months(self) -> bool:
        """Whether the trend is told by months rather than by days."""
        return (self.until - self.since).days >= DAYS_MAX

    def as_list(self, **more: Any) -> Filter:
        """Return the list of the same incidents, the void ones among them."""
        return replace(
            Filter(
                tab=Tab.AREA,
                grid_path=self.grid_path,
                category_id=self.category_id,
                source=self.source,
                urgency=self.urgency,
                since=self.since,
                until=self.until,
            ),
            **more,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of some incidents; minutes are whole ones, a median may end in a half."""

    key: str = ""
    reported: int = 0
    open: int = 0
    overdue: int = 0
    closed: int = 0
    in_time: int = 0
    reopened: int = 0
    merged: int = 0
    declined: int = 0
    void: int = 0
    evaluated: int = 0
    content: int = 0
    median_minutes: float | None = None
    p90_minutes: int | None = None

    @property
    def due(self) -> int:
        """How many there were to close: neither merged nor declined."""
        return self.reported - self.merged - self.declined

    @property
    def closed_rate(self) -> float | None:
        """Closed of those to close, in percent."""
        return _percent(self.closed, self.due)

    @property
    def in_time_rate(self) -> float | None:
        """Closed in time of those closed, in percent."""
        return _percent(self.in_time, self.closed)

    @property
    def content_rate(self) -> float | None:
        """Satisfied or mostly so, of those evaluated, in percent."""
        return _percent(self.content, self.evaluated)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one step took: how many got through it, and their minutes."""

    step: str
    count: int
    median_minutes: float | None
    p90_minutes: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a page: the whole, the steps, and the tables."""

    whole: Tally
    accepted: int
    closed_meanwhile: int
    steps: Sequence[Pace]
    tables: dict[Dimension, Sequence[Tally]]


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
