"""The way: 25 points next door, none at as far as somebody would walk at most."""

from __future__ import annotations

from intranet.jobs.operations.matching.facts import (
    Fact,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Part,
    PartKey,
    Told,
    Wanted,
    half,
    share,
)
from intranet.jobs.operations.walking import Place, walk_minutes

MOST = 25


def walk_points(wanted: Wanted, place: Place | None) -> tuple[int | None, int | None]:
    """Return the minutes there, None where a place is not known, and what they come to.

    No points, None, where it is farther than somebody would walk.
    """
    if wanted.home is None or place is None:
        return None, half(MOST)
    minutes = walk_minutes(wanted.home, place)
    longest = wanted.max_walk_minutes
    return minutes, points_at(minutes, longest) if minutes <= longest else None


def walk_part(wanted: Wanted, place: Place | None) -> Told:
    """Return why the way there comes to what it comes to."""
    minutes, points = walk_points(wanted, place)
    facts: dict[str, Fact] = {"minutes": minutes, "most": wanted.max_walk_minutes}
    state, hints = GateState.MET, []
    if minutes is None:
        state = GateState.UNKNOWN
        hints += [Hint(HintKey.HOME, {})] if wanted.home is None else []
        hints += [Hint(HintKey.POST_PLACE, {})] if place is None else []
    elif points is None:
        state = GateState.CLOSED
    part = Part(PartKey.WALK, points or 0, MOST, facts, is_neutral=minutes is None)
    return Told(part, (Gate(GateKey.WALK, state, facts),), tuple(hints))


def points_at(minutes: int, longest: int) -> int:
    """Return what so many minutes come to, of somebody who would walk ``longest`` at most."""
    return share(MOST, max(longest - minutes, 0), longest)


def farthest(longest: int, points: int) -> int | None:
    """Return the most minutes that come to at least so many points; None where none do."""
    if points > MOST:
        return None
    for minutes in range(longest, -1, -1):
        if points_at(minutes, longest) >= points:
            return minutes
    return None
