"""The best posts for a wish, out of all there are, looked at a few hundred or thousand.

Two looks. The first takes what is likely best: the wished kinds within reach, and whatever is very
near. The score of the last that would be shown then says how far away, and of how near a kind,
another post may be that could still come before it (``Scorer.farthest``): the second look takes
those, and no others. So none is dropped that would be among the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlalchemy.orm import Session

from intranet.jobs.operations.matching import OTHER, UNSAID, Offered, Scorer, Wanted, classes, order
from intranet.jobs.operations.walking import reach
from intranet.jobs.queries.matching import looks
from intranet.jobs.queries.matching.looks import Some
from intranet.jobs.queries.matching.rows import Offers

# Kinds of work from this on, in hundredths, are in the first look within all the reach.
NEAR = 70
INNER = 3  # the first look takes any kind within that fraction of the longest walk
# What kinds the second look may still find farther away are worth, and what they are called there.
FARTHER = {50: "wide", 40: "middle"}
NOT_AT_ALL = -1


class Scored(NamedTuple):
    """A post and its score."""

    points: int
    offered: Offered


class Look(NamedTuple):
    """A question and its values."""

    statement: Select[Any]
    values: looks.Values


def candidates(session: Session, scorer: Scorer, offers: Offers, *, limit: int) -> list[Scored]:
    """Return the best posts for a wish, the best first, none that a gate closes.

    They are the first ``limit`` of all posts there are in the order of ``matching.order``.
    At most two queries.
    """
    skills = offers.numbers(scorer.wanted.skills)
    first = first_look(session, scorer, skills)
    found = [] if first is None else _scored(session, scorer, offers, first)
    best = ranked(scorer.wanted, found)[:limit]
    least = best[-1].points if len(best) == limit else None
    second = second_look(session, scorer, least, skills)
    if second is not None:
        known = {one.offered.id for one in found}
        more = _scored(session, scorer, offers, second)
        best = ranked(scorer.wanted, best + [one for one in more if one.offered.id not in known])[
            :limit
        ]
    return best


def ranked(wanted: Wanted, found: Iterable[Scored]) -> list[Scored]:
    """Return scored posts in the order in which they are shown."""
    return sorted(found, key=lambda one: order(one.points, wanted, one.offered))


def _scored(session: Session, scorer: Scorer, offers: Offers, look: Look) -> list[Scored]:
    points = scorer.points
    found = []
    for row in session.execute(look.statement, look.values):
        offered = offers.of(row)
        score = points(offered)
        if score is not None:
            found.append(Scored(score, offered))
    return found


def first_look(session: Session, scorer: Scorer, skills: list[int]) -> Look | None:
    """Return the first look; None where a wish says neither place nor kind."""
    wanted = scorer.wanted
    near = [code for code, worth in classes(wanted.kinds).items() if worth >= NEAR]
    if wanted.home is None and not near:
        return None
    values = looks.codes("near", near) | looks.gated(wanted, scorer.today, skills)
    wide = looks.squares(session, wanted.home, wanted.max_walk_minutes)
    inner = looks.squares(session, wanted.home, _inner(wanted))
    if wanted.home is not None:
        values |= looks.box("reach", reach(wanted.home, wanted.max_walk_minutes), wide)
        values |= looks.box("inner", reach(wanted.home, _inner(wanted)), inner)
    at_home, skilled = wanted.home is not None, bool(skills)
    early = looks.is_postgresql(session)
    statement = looks.first(wide=wide, inner=inner, at_home=at_home, skilled=skilled, early=early)
    return Look(statement, values)


def second_look(
    session: Session, scorer: Scorer, least: int | None, skills: list[int]
) -> Look | None:
    """Return the look at what else may come to ``least``; None: nothing else may.

    ``least`` is None where any score would do; ``skills`` are the numbers of those that are there.
    What the first look has seen may come again.
    """
    wanted, worth = scorer.wanted, classes(scorer.wanted.kinds)
    values = looks.gated(wanted, scorer.today, skills)
    values |= looks.codes("near", (code for code, value in worth.items() if value >= NEAR))
    unplaced, special = _unplaced(scorer, least, worth)
    values |= looks.codes("unplaced", unplaced[1]) | looks.codes("special", special[1])
    farthest = _farther(scorer, least, worth, values)
    wide = looks.Squares.NOT
    if farthest > NOT_AT_ALL and wanted.home is not None:
        wide = looks.squares(session, wanted.home, farthest)
        values |= looks.box("reach", reach(wanted.home, farthest), wide)
    elif unplaced[0] is special[0] is Some.NONE:
        return None
    statement = looks.second(
        at_home=wanted.home is not None,
        unplaced=unplaced[0],
        special_ones=special[0],
        farther=farthest > NOT_AT_ALL,
        wide=wide,
        skilled=bool(skills),
        early=looks.is_postgresql(session),
    )
    return Look(statement, values)


def _unplaced(
    scorer: Scorer, least: int | None, worth: dict[str, int]
) -> tuple[tuple[Some, list[str]], tuple[Some, list[str]]]:
    """Return of which kinds a post that is nowhere may come to ``least``, and a special one."""
    every = UNSAID if not scorer.wanted.kinds else OTHER
    values = {one for one in worth.values() if one < NEAR}  # the others have been seen
    found: list[tuple[Some, list[str]]] = []
    for is_special in (False, True):
        may = {
            one
            for one in {every, *values}
            if least is None or scorer.at_most(one, None, special=is_special) >= least
        }
        if every in may:
            found.append((Some.ANY, []))
        else:
            chosen = [code for code, value in worth.items() if value in may]
            found.append((Some.CHOSEN if chosen else Some.NONE, chosen))
    plain, special = found
    if special == plain:
        special = (Some.NONE, [])
    return plain, special


def _farther(scorer: Scorer, least: int | None, worth: dict[str, int], values: looks.Values) -> int:
    """Add how far each kind is looked for; return the farthest in minutes, or NOT_AT_ALL."""
    wanted = scorer.wanted
    if wanted.home is None:
        return NOT_AT_ALL
    inner, farthest = _inner(wanted), NOT_AT_ALL
    values |= looks.box("inner", reach(wanted.home, inner))
    for value, name in FARTHER.items():
        values |= looks.codes(name, (code for code, one in worth.items() if one == value))
    kinds = {name: value for value, name in FARTHER.items() if value in worth.values()}
    kinds["any"] = OTHER if wanted.kinds else UNSAID
    for name in (*FARTHER.values(), "any"):
        for is_special in (False, True):
            far = _far(scorer, least, kinds[name], special=is_special) if name in kinds else inner
            area = reach(wanted.home, far) if far > inner else looks.NOWHERE
            values |= looks.box(f"{name}_special" if is_special else name, area)
            farthest = max(farthest, far if far > inner else NOT_AT_ALL)
    return farthest


def _far(scorer: Scorer, least: int | None, factor: int, *, special: bool) -> int:
    """Return how many minutes away a post of a class may come to ``least``."""
    if least is None:
        return scorer.wanted.max_walk_minutes
    far = scorer.farthest(factor, least, special=special)
    return NOT_AT_ALL if far is None else far


def _inner(wanted: Wanted) -> int:
    return wanted.max_walk_minutes // INNER
