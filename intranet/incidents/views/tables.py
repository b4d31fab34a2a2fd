"""The figures made ready to be shown: rows with names and links, a drawn trend, a workbook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.db import db
from intranet.i18n import _, _l, beijing_time
from intranet.incidents import queries
from intranet.incidents.forms import COLUMNS, FIGURE_WORDS, STEP_WORDS
from intranet.incidents.models import State
from intranet.incidents.queries import Dimension, Figures, Filter, Light, Period, Tab, Tally
from intranet.incidents.views import words
from intranet.incidents.views.narrowing import address_of
from intranet.sheets import Sheet

TITLES = {
    Dimension.GRID: _l("Grids"),
    Dimension.MICRO: _l("Micro-grids of the area"),
    Dimension.MATTER_CLASS: _l("Classes of matters"),
    Dimension.MATTER: _l("Matters"),
    Dimension.HANDLER: _l("Who handled them"),
    Dimension.REPORTER: _l("Who reported them"),
    Dimension.UNIT: _l("Units they were given to"),
    Dimension.TIME: _l("Days of the period"),
}
HINTS = {
    Dimension.HANDLER: _l("Whoever had it by name when it was finished, arrived or settled it;"
                          " several may have handled one, so the rows come to more than the"
                          " whole."),
    Dimension.REPORTER: _l("By the account that made the report. Residents and others outside the"
                           " teams are one row."),
    Dimension.UNIT: _l("Each unit that ever had it; several may have had one."),
}  # fmt: skip
RATES = frozenset({"closed_rate", "in_time_rate", "content_rate"})
TIMES = frozenset({"median_minutes", "p90_minutes"})
WIDTH, HEIGHT, FOOT = 960, 150, 22


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as shown, and the list that has exactly those incidents, if there is one."""

    name: str
    shown: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    name: str
    tally: Tally
    cells: Sequence[Cell]
    grid_path: str = ""  # where one may go down to


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its title."""

    dimension: Dimension
    title: str
    hint: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Bar:
    """A day or month of the trend, drawn: places and heights in units of the picture."""

    name: str
    short: str
    x: int
    width: int
    reported: int
    closed: int
    reported_height: int
    closed_height: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a page of figures shows."""

    found: Figures
    cards: dict[str, Cell]
    tables: Sequence[Table]
    bars: Sequence[Bar]


def report(viewer: Viewer, period: Period, by: Collection[Dimension], *, at: datetime) -> Report:
    """Return the figures of a period, named and linked; a fixed number of queries."""
    session = db.session()
    found = queries.figures(session, viewer, period, at=at, by=by)
    as_list = queries.listed_as(viewer, period)
    rows = dict(found.tables)
    rows[Dimension.TIME] = _every_day(period, found.tables[Dimension.TIME], at)
    named = queries.named(session, viewer, period, rows)
    made = [
        Table(
            dimension,
            str(TITLES[dimension]),
            str(HINTS.get(dimension, "")),
            [_line(one, dimension, period, as_list, named) for one in rows[dimension]],
        )
        for dimension in by
    ]
    return Report(
        found,
        {cell.name: cell for cell in _cells(found.whole, as_list)}
        | {
            "accepted": Cell("accepted", str(found.accepted)),
            "closed_meanwhile": Cell("closed_meanwhile", str(found.closed_meanwhile)),
        },
        [table for table in made if table.lines],
        _bars(rows[Dimension.TIME]),
    )


def lapse(minutes: float | None) -> str:
    """Return a length of time as the tables show it."""
    if minutes is None:
        return "—"
    if minutes < 60:
        return str(_("%(minutes)s min", minutes=f"{minutes:g}"))
    return words.minutes_words(int(minutes))


def workbook(made: Report, asked: Sequence[tuple[str, str]], at: datetime) -> list[Sheet]:
    """Return what the page shows as sheets, and one of definitions."""
    whole = made.found
    numbers = {
        "accepted": whole.accepted,
        "closed_meanwhile": whole.closed_meanwhile,
        **{name: getattr(whole.whole, name) for name in COLUMNS},
    }
    summary = [
        *asked,
        (_("Made at"), beijing_time(at)),
        *((_unit(name), _plain(numbers[name])) for name in FIGURE_WORDS),
    ]
    steps = [
        (label, one.count, _plain(one.median_minutes), _plain(one.p90_minutes))
        for (label, _d), one in zip(STEP_WORDS.values(), whole.steps, strict=True)
    ]
    return [
        Sheet(_("Overview"), [_("Figure"), _("Value")], summary),
        Sheet(
            _("Steps"),
            [_("Step"), _("How many"), _("Median (minutes)"), _("Nine of ten within (minutes)")],
            steps,
        ),
        *(
            Sheet(
                table.title,
                [_("Item"), *(_unit(name) for name in COLUMNS)],
                [
                    [line.name, *(_plain(getattr(line.tally, name)) for name in COLUMNS)]
                    for line in table.lines
                ],
            )
            for table in made.tables
        ),
        Sheet(
            _("Definitions"),
            [_("Figure"), _("Definition")],
            [*FIGURE_WORDS.values(), *STEP_WORDS.values()],
        ),
    ]


def _unit(name: str) -> str:
    label = str(FIGURE_WORDS[name][0])
    if name in RATES:
        return f"{label} (%)"
    return _("%(figure)s (minutes)", figure=label) if name in TIMES else label


def _plain(value: float | None) -> object:
    return "" if value is None else value


def _line(
    one: Tally,
    dimension: Dimension,
    period: Period,
    as_list: Filter | None,
    named: Any,
) -> Line:
    name, exact = named.of(dimension, one.key)
    below = _narrower(dimension, one.key, period, as_list) if exact else None
    down = one.key if dimension in {Dimension.GRID, Dimension.MICRO} and exact else ""
    return Line(name, one, _cells(one, below), down)


def _narrower(
    dimension: Dimension, key: str, period: Period, as_list: Filter | None
) -> Filter | None:
    """Return the list of a row's incidents, where the list can be narrowed to them."""
    if as_list is None:
        return None
    if dimension in {Dimension.GRID, Dimension.MICRO}:
        return replace(as_list, grid_path=key)
    if dimension in {Dimension.MATTER, Dimension.MATTER_CLASS}:
        return replace(as_list, category_id=int(key))
    if dimension is Dimension.TIME:
        first = date.fromisoformat(f"{key}-01" if period.by_months else key)
        last = (_month_after(first) - timedelta(days=1)) if period.by_months else first
        return replace(as_list, since=max(first, period.since), until=min(last, period.until))
    return None


def _cells(one: Tally, as_list: Filter | None) -> list[Cell]:
    """Return a row's figures; a count that a list can show exactly leads there."""
    aside = one.merged + one.declined + one.void
    lists: dict[str, Filter] = {}
    if as_list is not None:
        lists = {
            "overdue": replace(as_list, light=Light.RED),
            "declined": replace(as_list, state=State.DECLINED),
            "merged": replace(as_list, state=State.MERGED),
            "void": replace(as_list, state=State.VOID),
        }
        if not one.void:
            lists["reported"] = as_list
        if not aside:
            lists["closed"] = replace(as_list, tab=Tab.ARCHIVE)
        if not aside and not one.closed:
            lists["open"] = as_list
    return [
        Cell(
            name,
            _shown(name, getattr(one, name)),
            address_of(lists[name]) if name in lists and getattr(one, name) else "",
        )
        for name in COLUMNS
    ]


def _shown(name: str, value: float | None) -> str:
    if name in TIMES:
        return lapse(value)
    if name in RATES:
        return "—" if value is None else f"{value:g}%"
    return str(value)


def _every_day(period: Period, found: Sequence[Tally], at: datetime) -> list[Tally]:
    """Return a row for each day or month up to today, those without incidents too, in order."""
    known = {one.key: one for one in found}
    last = min(period.until, at.astimezone(BEIJING).date())
    keys = []
    day = period.since
    while day <= last:
        keys.append(day.isoformat()[: 7 if period.by_months else 10])
        day = _month_after(day) if period.by_months else day + timedelta(days=1)
    return [known.pop(key, Tally(key)) for key in keys] + sorted(
        known.values(), key=lambda one: one.key
    )


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _bars(days: Sequence[Tally]) -> list[Bar]:
    """Place the bars of the trend in a picture of WIDTH by HEIGHT."""
    if not days:
        return []
    highest = max(1, *(day.reported for day in days))
    step = WIDTH // len(days)
    every = max(1, len(days) // 12)

    def height(count: int) -> int:
        return max(1, round(count * HEIGHT / highest)) if count else 0

    return [
        Bar(
            day.key,
            (day.key[5:] if len(day.key) > 7 else day.key[2:]) if number % every == 0 else "",
            number * step,
            max(2, step - max(2, step // 5)),
            day.reported,
            day.closed,
            height(day.reported),
            height(day.closed),
        )
        for number, day in enumerate(days)
    ]
