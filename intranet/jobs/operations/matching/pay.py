"""The pay: 15 points at half as much again as the least that is wished for, none at that itself.

Both are counted by the hour, by the hours of the post itself where it says them. What counts is the
lower end of what a post offers: the upper one is no promise.
"""

from __future__ import annotations

from intranet.jobs.models import PayUnit
from intranet.jobs.operations.matching.facts import (
    Fact,
    Floor,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Hours,
    Part,
    PartKey,
    Pay,
    Told,
    Wanted,
    half,
    share,
)
from intranet.jobs.operations.matching.hours import days, worked

MOST = 15
ENOUGH_PERCENT = 50  # above the floor
POINTS = [share(MOST, percent, ENOUGH_PERCENT) for percent in range(ENOUGH_PERCENT + 1)]
UNKNOWN = half(MOST)
Rates = dict[PayUnit, tuple[int, int] | None]
DAY_MINUTES = 8 * 60
# 21.75 days of pay a month (劳社部发〔2008〕3号), of five a week: 4.35 weeks.
MONTH_DAYS_HUNDREDTHS, WEEKS_A_MONTH_HUNDREDTHS = 2175, 435


def minutes_by_unit(hours: Hours) -> dict[PayUnit, int | None]:
    """Return for how many hundredths of a minute's work one gets such pay; None of a piece."""
    times = worked(hours)
    a_day = DAY_MINUTES if times is None else times[1] - times[0]
    each_week = len(days(hours.weekdays))
    a_month = each_week * WEEKS_A_MONTH_HUNDREDTHS if each_week else MONTH_DAYS_HUNDREDTHS
    return {
        PayUnit.HOUR: 60 * 100,
        PayUnit.DAY: a_day * 100,
        PayUnit.MONTH: a_day * a_month,
        PayUnit.PIECE: None,
    }


def rates(floor: Floor, hours: Hours) -> Rates:
    """Return, for each unit of pay, a fraction that makes it hundredths of the floor."""
    minutes = minutes_by_unit(hours)
    of_floor = minutes[floor.unit]
    return {
        unit: None if per is None or of_floor is None else (of_floor * 100, floor.fen * per)
        for unit, per in minutes.items()
    }


def above_percent(fen: int, rate: tuple[int, int]) -> int:
    """Return by how many hundredths pay is above the floor, rounded down; below it under zero."""
    numerator, denominator = rate
    return fen * numerator // denominator - 100


def worth(low: int) -> int:
    """Return what pay comes to whose lower end is so many hundredths above the floor."""
    return POINTS[low] if 0 <= low <= ENOUGH_PERCENT else 0 if low < 0 else MOST


def pay_points(pay: Pay, of_floor: Rates | None) -> int | None:
    """Return what a post's pay comes to; None where even its upper end is below the floor.

    ``of_floor`` are ``rates`` by the post's hours; None: the least pay was not said.
    """
    rate = None if of_floor is None else of_floor[pay.unit]
    if rate is None:
        return UNKNOWN
    if above_percent(pay.high_fen, rate) < 0:
        return None
    return worth(above_percent(pay.low_fen, rate))


def pay_part(wanted: Wanted, pay: Pay, hours: Hours) -> Told:
    """Return why a post's pay comes to what it comes to."""
    facts: dict[str, Fact] = {"low": pay.low_fen, "high": pay.high_fen, "unit": str(pay.unit)}
    floor = wanted.floor
    if floor is None:
        gate = Gate(GateKey.PAY, GateState.MET, facts | {"case": "no_floor"})
        return _told(UNKNOWN, gate, Hint(HintKey.FLOOR, {}), is_neutral=True)
    facts |= {"floor": floor.fen, "floor_unit": str(floor.unit)}
    rate = rates(floor, hours)[pay.unit]
    if rate is None:
        gate = Gate(GateKey.PAY, GateState.UNKNOWN, facts | {"case": "piece"})
        return _told(UNKNOWN, gate, Hint(HintKey.PIECE, {}), is_neutral=True)
    low, high = above_percent(pay.low_fen, rate), above_percent(pay.high_fen, rate)
    facts |= {"percent": low if low >= 0 else high}
    if high < 0:
        return _told(0, Gate(GateKey.PAY, GateState.CLOSED, facts | {"case": "below"}))
    if low < 0:
        gate = Gate(GateKey.PAY, GateState.UNKNOWN, facts | {"case": "perhaps"})
        return _told(worth(low), gate, Hint(HintKey.LOW_END, {}))
    return _told(worth(low), Gate(GateKey.PAY, GateState.MET, facts | {"case": "above"}))


def _told(points: int, gate: Gate, *hints: Hint, is_neutral: bool = False) -> Told:
    part = Part(PartKey.PAY, points, MOST, gate.facts, is_neutral)
    return Told(part, (gate,), hints)


def pay_at_most(wanted: Wanted) -> int:
    """Return the most that any post's pay comes to."""
    return MOST if wanted.floor is not None else UNKNOWN
