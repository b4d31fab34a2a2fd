"""The hours: 20 points, 10 of them for fitting at all, the rest for the time left at the end.

Somebody who fetches a child at half past four is free until then, the way home included.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from intranet.jobs.models import Shift
from intranet.jobs.operations.matching.facts import (
    Fact,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Hours,
    Part,
    PartKey,
    Stretch,
    Told,
    Wanted,
    half,
    share,
)

MOST, FITS, SLACK_MINUTES = 20, 10, 60
SPARE = [share(MOST - FITS, minutes, SLACK_MINUTES) for minutes in range(SLACK_MINUTES)]
UNKNOWN = half(MOST)
DAY, WEEK = 24 * 60, 7 * 24 * 60
NOWHERE = -1
NIGHT_UNTIL = 5 * 60  # night is what takes in anything between midnight and five


def days(weekdays: int) -> list[int]:
    """Return the days of a week that the bits name; Monday is 0."""
    return [day for day in range(7) if weekdays >> day & 1]


def free_spans(hours: Iterable[Stretch]) -> tuple[tuple[int, int], ...]:
    """Return when in a week somebody is free, in minutes, what touches put together.

    Three weeks of it, so that what runs over Sunday's midnight lies whole in the middle one.
    """
    pieces = sorted(
        (week + day * DAY + one.from_minute, week + day * DAY + one.to_minute)
        for one in hours
        for day in days(one.weekdays)
        for week in (0, WEEK, 2 * WEEK)
    )
    spans: list[tuple[int, int]] = []
    for begin, end in pieces:
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return tuple(spans)


def worked(hours: Hours) -> tuple[int, int] | None:
    """Return from when to when a day's work goes, past 1440 the next day; None is not said.

    Of shifts in turn, and of hours of one's own choice, what a post says is not what one works.
    """
    begin, end = hours.from_minute, hours.to_minute
    if hours.shift in {Shift.ROTATING, Shift.FLEXIBLE} or begin is None or end is None:
        return None
    return begin, end if end > begin else end + DAY


class Case(StrEnum):
    """How far it is known whether hours fit."""

    FLEXIBLE = "flexible"  # one chooses them
    UNSAID = "unsaid"  # when the seeker is free
    UNKNOWN = "unknown"  # when one works
    DAYS = "days"  # on which days one works
    FIXED = "fixed"


class Room(NamedTuple):
    """How a post's hours lie within the free ones, in minutes, without the way."""

    case: Case
    night: GateState
    reach: int = NOWHERE  # the longest way there, and back, that still fits
    tail: int = 0  # what is left at the end, on the day on which it is least
    always: int | None = None  # what they come to, however far away


def room(wanted: Wanted, spans: tuple[tuple[int, int], ...], hours: Hours) -> Room:
    """Return how a post's hours lie within the free ones; ``spans`` are ``free_spans``."""
    night = night_gate(wanted, hours).state
    times = worked(hours)
    if hours.shift is Shift.FLEXIBLE:
        return Room(Case.FLEXIBLE, night, always=MOST)
    if times is None or not wanted.hours:
        case = Case.UNKNOWN if wanted.hours else Case.UNSAID
        return Room(case, night, always=UNKNOWN)
    rooms = [_around(spans, day, *times) for day in days(hours.weekdays) or range(7)]
    each = [NOWHERE if one is None else min(one) for one in rooms]
    if not hours.weekdays:  # one day that fits is enough to ask about
        return Room(Case.DAYS, night, max(each))
    return Room(Case.FIXED, night, min(each), min(one[1] if one else 0 for one in rooms))


def _around(
    spans: tuple[tuple[int, int], ...], day: int, begin: int, end: int
) -> tuple[int, int] | None:
    """Return the minutes free before and after a day's work; None where it does not fit."""
    start = WEEK + day * DAY
    for opens, closes in spans:
        if opens <= start + begin and start + end <= closes:
            return start + begin - opens, closes - start - end
    return None


def fit(where: Room, walk: int | None) -> int | None:
    """Return what hours come to, ``walk`` minutes away, night or not; None: they do not fit."""
    if where.always is not None:
        return where.always
    if where.reach < (walk or 0):
        return None
    if walk is None or where.case is Case.DAYS:
        return UNKNOWN
    spare = where.tail - walk
    return MOST if spare >= SLACK_MINUTES else FITS + SPARE[spare]


def hours_points(where: Room, walk: int | None) -> int | None:
    """Return what hours come to; None where they do not fit, or are at an unwished night."""
    return None if where.night is GateState.CLOSED else fit(where, walk)


def hours_part(
    wanted: Wanted, spans: tuple[tuple[int, int], ...], hours: Hours, walk: int | None
) -> Told:
    """Return why a post's hours come to what they come to."""
    where, times = room(wanted, spans, hours), worked(hours)
    points = fit(where, walk)
    facts: dict[str, Fact] = {"walk": walk, "weekdays": hours.weekdays, "case": str(where.case)}
    is_known = where.case is Case.FLEXIBLE or (where.case is Case.FIXED and walk is not None)
    state = GateState.MET if is_known else GateState.UNKNOWN
    if points is None:
        state = GateState.CLOSED
    if where.case in {Case.FIXED, Case.DAYS} and times is not None:
        facts |= {"from": times[0], "to": times[1]}
        facts["case"] = {GateState.MET: "fits", GateState.UNKNOWN: "perhaps"}.get(state, "outside")
        facts |= {"spare": where.tail - (walk or 0)} if state is GateState.MET else {}
    is_neutral = state is GateState.UNKNOWN
    part = Part(PartKey.HOURS, points or 0, MOST, facts, is_neutral)
    gates = (Gate(GateKey.HOURS, state, facts), night_gate(wanted, hours))
    return Told(part, gates, _missing(wanted, hours, times))


def _missing(wanted: Wanted, hours: Hours, times: tuple[int, int] | None) -> tuple[Hint, ...]:
    hints = []
    if hours.shift is Shift.FLEXIBLE:
        return ()
    if not wanted.hours:
        hints.append(Hint(HintKey.FREE_HOURS, {}))
    if hours.shift is Shift.ROTATING:
        hints.append(Hint(HintKey.ROTA, {}))
    elif times is None or hours.weekdays == 0:
        hints.append(Hint(HintKey.POST_HOURS, {}))
    return tuple(hints)


def night_gate(wanted: Wanted, hours: Hours) -> Gate:
    """Return whether the nights are as the seeker would have them."""
    is_night: bool | None = hours.shift is Shift.NIGHT
    times = worked(hours)
    if times is not None:
        begin, end = times
        is_night = is_night or begin < NIGHT_UNTIL or end > DAY
    elif hours.shift is Shift.ROTATING:
        is_night = None
    facts: dict[str, Fact] = {"night": None if is_night is None else int(is_night)}
    facts |= {"ok": int(wanted.night_ok)}
    if wanted.night_ok or is_night is False:
        return Gate(GateKey.NIGHT, GateState.MET, facts)
    return Gate(GateKey.NIGHT, GateState.UNKNOWN if is_night is None else GateState.CLOSED, facts)
