"""The best posts for a wish, out of all there are, looked at a few hundred or thousand.

Two looks. The first takes what is likely best: the wished kinds within reach, and whatever is very
near. The score of the last that would be shown then says how far away, and of how near a kind,
another post may be that could still come before it (``Scorer.farthest``): the second look takes
those, and no others. So none is dropped that would be among the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, literal_column, not_, or_, select, true, union
from sqlalchemy.orm import Session

from intranet.jobs.models import JobPost, PostSkill, Shift
from intranet.jobs.operations.matching import OTHER, UNSAID, Offered, Scorer, Wanted, classes, order
from intranet.jobs.operations.walking import Place, reach
from intranet.jobs.queries.matching.rows import Offers, still

# Kinds of work from this on, in hundredths, are in the first look within all the reach.
NEAR = 70
INNER = 3  # the first look takes any kind within that fraction of the longest walk
# A constant in the statement itself: only so it is known to be within the indexes of live posts.
PUBLISHED = JobPost.state == literal_column("'published'")
A_DAY, NOWHERE = 24 * 60, -1


class Scored(NamedTuple):
    """A post and its score."""

    points: int
    offered: Offered


def candidates(session: Session, scorer: Scorer, offers: Offers, *, limit: int) -> list[Scored]:
    """Return the best posts for a wish, the best first, none that a gate closes.

    They are the first ``limit`` of all posts there are in the order of ``matching.order``.
    At most two queries.
    """
    skills = offers.numbers(scorer.wanted.skills)
    first = first_look(scorer, skills)
    found = [] if first is None else _scored(session, scorer, offers, first)
    best = ranked(scorer.wanted, found)[:limit]
    least = best[-1].points if len(best) == limit else None
    second = second_look(scorer, least, skills)
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


def _scored(session: Session, scorer: Scorer, offers: Offers, look: Any) -> list[Scored]:
    points = scorer.points
    found = []
    for offered in offers.where(session, look):
        score = points(offered)
        if score is not None:
            found.append(Scored(score, offered))
    return found


def first_look(scorer: Scorer, skills: list[int]) -> Any | None:
    """Return the condition of the first look; None where a wish says neither place nor kind."""
    wanted = scorer.wanted
    near = below(code for code, worth in classes(wanted.kinds).items() if worth >= NEAR)
    branches = []
    if near is not None:
        branches.append(near if wanted.home is None else near & within(wanted, _longest(wanted)))
    if wanted.home is not None:
        branches.append(within(wanted, _longest(wanted) // INNER))
    return gated(wanted, scorer.today, branches, *no_other_must(skills))


def second_look(scorer: Scorer, least: int | None, skills: list[int]) -> Any | None:
    """Return the condition of what else may come to ``least``; None: nothing else may.

    ``least`` is None where any score would do; ``skills`` are the numbers of those that are there.
    What the first look has seen may come again.
    """
    wanted, worth = scorer.wanted, classes(scorer.wanted.kinds)
    near = below(code for code, value in worth.items() if value >= NEAR)
    inner = _longest(wanted) // INNER
    anywhere, farther, farthest = [], [], NOWHERE
    for value in sorted({OTHER, *worth.values()} if wanted.kinds else {UNSAID}, reverse=True):
        of_class = below(code for code, one in worth.items() if one == value)
        kind = true() if of_class is None else of_class
        for special in (False, True):
            chosen = and_(kind, special_ones(skills)) if special else kind
            is_seen = value >= NEAR and wanted.home is None
            if not is_seen and (
                least is None or scorer.at_most(value, None, special=special) >= least
            ):
                anywhere.append(chosen)
            far: int | None = _longest(wanted)
            if least is not None:
                far = scorer.farthest(value, least, special=special)
            if wanted.home is not None and value < NEAR and far is not None and far > inner:
                farther.append(and_(within(wanted, far), chosen))
                farthest = max(farthest, far)
            if least is None:
                break  # all of them are in, the special ones among them
    if wanted.home is None:
        others = [] if near is None else [not_(near)]
        return gated(wanted, scorer.today, anywhere, *others, *no_other_must(skills))
    branches = [and_(JobPost.latitude.is_(None), or_(*anywhere))] if anywhere else []
    if farther:
        unseen = not_(within(wanted, inner))
        branches.append(and_(within(wanted, farthest), unseen, or_(*farther)))
    return gated(wanted, scorer.today, branches, *no_other_must(skills))


def special_ones(skills: list[int]) -> Any:
    """Return the condition that a post asks for one of the skills, or leaves its hours open."""
    of_post = PostSkill.post_id == JobPost.id
    asks = exists(select(PostSkill.post_id).where(of_post, PostSkill.skill_id.in_(skills)))
    free = JobPost.shift == Shift.FLEXIBLE
    return or_(free, asks) if skills else free


def no_other_must(skills: list[int]) -> list[Any]:
    """Return the condition that nothing is a must but what is there; none where none was said."""
    if not skills:
        return []
    of_post = and_(PostSkill.post_id == JobPost.id, PostSkill.is_must)
    other = PostSkill.skill_id.not_in(skills)
    return [not_(exists(select(PostSkill.post_id).where(of_post, other)))]


def _longest(wanted: Wanted) -> int:
    return wanted.max_walk_minutes


def gated(wanted: Wanted, today: date, branches: list[Any], *others: Any) -> Any | None:
    """Return the condition "in one of the branches, and no gate that SQL can read is closed".

    Each branch is a range of one index, and the rows of all of them are looked up once. ``today``
    is a day in Beijing.
    """
    if not branches:
        return None
    ids = [select(JobPost.id).where(PUBLISHED, branch) for branch in branches]
    chosen = ids[0] if len(ids) == 1 else union(*ids)
    conditions = [JobPost.id.in_(chosen), *still(today), *others]
    if wanted.employment is not None:
        conditions.append(JobPost.employment == wanted.employment)
    if not wanted.night_ok:
        conditions.append(JobPost.shift != Shift.NIGHT)
    if wanted.floor is not None:
        is_enough = JobPost.pay_max_fen >= wanted.floor.fen
        conditions.append(or_(JobPost.pay_unit != wanted.floor.unit, is_enough))
    free = _between(wanted)
    if free is not None:
        conditions.append(free)
    return and_(*conditions)


def _between(wanted: Wanted) -> Any | None:
    """Return the condition that work does not begin or end when nobody is free on any day."""
    latest = max((one.to_minute for one in wanted.hours), default=A_DAY)
    if latest >= A_DAY:  # one day's hours may go over into the next one's
        return None
    earliest = min(one.from_minute for one in wanted.hours)
    return or_(
        JobPost.shift.in_((Shift.ROTATING, Shift.FLEXIBLE)),
        JobPost.from_minute.is_(None),
        and_(JobPost.from_minute >= earliest, JobPost.to_minute <= latest),
    )


def below(codes: Iterable[str]) -> Any | None:
    """Return the condition that a post's kind is one of the codes or below it; None of none.

    A dash, which stands before what is below, comes before the full stop.
    """
    column = JobPost.occupation_code
    ranges = [and_(column >= code, column < f"{code}.") for code in sorted(codes)]
    return or_(*ranges) if ranges else None


def within(wanted: Wanted, minutes: int) -> Any:
    """Return the condition that a post lies in a box that holds all within so many minutes."""
    assert wanted.home is not None
    return in_box(wanted.home, minutes)


def in_box(home: Place, minutes: int) -> Any:
    """Return the condition that a post lies in the box of ``reach``."""
    box = reach(home, minutes)
    return and_(
        JobPost.latitude.between(box.south, box.north),
        JobPost.longitude.between(box.west, box.east),
    )
