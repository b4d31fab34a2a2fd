"""What a person who matches is shown: the best, what was decided of already, the nearest misses.

Whoever calls has loaded the wish or the post within what the viewer may see.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import (
    Decision,
    JobPost,
    Referral,
    ReferralState,
    SkipReason,
    Wish,
)
from intranet.jobs.operations.matching import (
    WAITING,
    Match,
    Offered,
    Scorer,
    classes,
    order,
)
from intranet.jobs.operations.walking import Place, reach
from intranet.jobs.queries.matching import looks
from intranet.jobs.queries.matching.candidates import candidates
from intranet.jobs.queries.matching.rows import Offers, wanted_where

BEST, DECIDED_MAX, MISSES = 20, 30, 10
# Misses are looked for within twice the longest walk, and among at most so many.
MISS_REACH, MISSES_MAX = 2, 300
WISHES_MAX = 20_000
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was decided of a wish and a post, and where the referral stands."""

    skipped: SkipReason | None
    state: ReferralState | None  # None: never referred
    at: datetime


@dataclass(frozen=True, slots=True)
class Found(Generic[Thing]):
    """One post for a wish, or one wish for a post, and why."""

    thing: Thing
    match: Match
    taken: Taken | None


@dataclass(frozen=True, slots=True)
class Matches(Generic[Thing]):
    """The best, in order; what was decided of, the newest first; the nearest misses."""

    best: tuple[Found[Thing], ...]
    decided: tuple[Found[Thing], ...]
    gated: tuple[Found[Thing], ...]


def matches_for(
    session: Session, wish: Wish, *, today: date, limit: int = BEST
) -> Matches[JobPost]:
    """Return the posts for a wish. Twelve queries at most, however many posts there are.

    A wish that does not wait has only what was decided of.
    """
    [wanted] = wanted_where(session, Wish.id == wish.id)
    scorer, offers = Scorer(wanted, today), Offers(session)
    taken = _taken(session, Decision.post_id, Referral.post_id, wish_id=wish.id)
    best: list[Offered] = []
    missed: list[Offered] = []
    if wanted.state in WAITING:
        ranked = candidates(session, scorer, offers, limit=limit + len(taken))
        best = [one.offered for one in ranked if one.offered.id not in taken][:limit]
        missed = misses(session, scorer, offers, without=taken)
    decided = _by_id(offers.where(session, JobPost.id.in_(_newest(taken))), _newest(taken))
    ids = {one.id for one in (*best, *decided, *missed)}
    posts = {one.id: one for one in session.scalars(select(JobPost).where(JobPost.id.in_(ids)))}

    def found(some: Iterable[Offered]) -> tuple[Found[JobPost], ...]:
        return tuple(Found(posts[one.id], scorer.explain(one), taken.get(one.id)) for one in some)

    return Matches(found(best), found(decided), found(missed))


def match_of(session: Session, wish: Wish, post: JobPost, *, today: date) -> Match:
    """Return why one wish and one post come to their score; five queries."""
    [wanted] = wanted_where(session, Wish.id == wish.id)
    [offered] = Offers(session).where(session, JobPost.id == post.id)
    return Scorer(wanted, today).explain(offered)


def misses(
    session: Session, scorer: Scorer, offers: Offers, *, without: Iterable[int] = ()
) -> list[Offered]:
    """Return the posts that miss by least: the fewest gates closed, then the highest score.

    Of live posts of the wished kinds, as wide as 中类, within twice the longest walk or without a
    place; of the newest MISSES_MAX of them. One query.
    """
    wanted, apart = scorer.wanted, set(without)
    kinds = classes(wanted.kinds)
    values = looks.codes("kind", kinds) | {"today": scorer.today, "most": MISSES_MAX}
    reached = MISS_REACH * wanted.max_walk_minutes
    wide = looks.squares(session, wanted.home, reached)
    if wanted.home is not None:
        values |= looks.box("reach", reach(wanted.home, reached), wide)
    at_home = wanted.home is not None
    newest = looks.misses(wide=wide, at_home=at_home, any_kind=not kinds)
    closed = []
    for offered in map(offers.of, session.execute(newest, values)):
        if offered.id not in apart and scorer.points(offered) is None:
            match = scorer.explain(offered)
            closed.append((len(match.closed), *order(match.score, wanted, offered), offered))
    return [one[-1] for one in heapq.nsmallest(MISSES, closed, key=lambda one: one[:-1])]


def seekers_for(
    session: Session, viewer: Viewer, post: JobPost, *, today: date, limit: int = BEST
) -> Matches[Wish]:
    """Return the wishes for a post, of the grids whose wishes the viewer may see. 13 queries.

    Of wishes that wait within twice their own longest walk, or without a place: of those the
    20,000 that wait longest.
    """
    [offered] = Offers(session).where(session, JobPost.id == post.id)
    seen = scope_condition(Wish.grid_path, viewer, Permission.JOBS_WISH_VIEW)
    taken = _taken(session, Decision.wish_id, Referral.wish_id, post_id=post.id)
    waiting = [seen, Wish.state.in_(WAITING), *_may_walk(offered.place)]
    scored: list[tuple[Any, ...]] = []
    closed: list[tuple[Any, ...]] = []
    for wanted in wanted_where(session, *waiting, limit=WISHES_MAX):
        if wanted.id in taken:
            continue
        scorer = Scorer(wanted, today)
        points = scorer.points(offered)
        if points is not None:
            scored.append((*order(points, wanted, offered), scorer))
        else:
            match = scorer.explain(offered)
            closed.append((len(match.closed), *order(match.score, wanted, offered), scorer))
    newest = _newest(taken)
    known = {one.id: one for one in wanted_where(session, seen, Wish.id.in_(newest))}
    best = [one[-1] for one in heapq.nsmallest(limit, scored, key=lambda one: one[:-1])]
    missed = [one[-1] for one in heapq.nsmallest(MISSES, closed, key=lambda one: one[:-1])]
    decided = [Scorer(known[one], today) for one in newest if one in known]
    ids = {one.wanted.id for one in (*best, *decided, *missed)}
    wishes = {one.id: one for one in session.scalars(select(Wish).where(Wish.id.in_(ids)))}

    def found(some: Iterable[Scorer]) -> tuple[Found[Wish], ...]:
        return tuple(
            Found(wishes[one.wanted.id], one.explain(offered), taken.get(one.wanted.id))
            for one in some
        )

    return Matches(found(best), found(decided), found(missed))


def _may_walk(place: Place | None) -> list[Any]:
    """Return the condition that a wish's home is unknown, or within twice its own longest walk.

    Whoever would walk for ten hours is not looked at more closely.
    """
    if place is None:
        return []
    long_minutes = 600
    box = reach(place, long_minutes)
    north = (box.north - place.latitude) / long_minutes * MISS_REACH
    east = (reach(Place(box.north, place.longitude), 1).east - place.longitude) * MISS_REACH
    walk = Wish.max_walk_minutes
    return [
        or_(
            Wish.latitude.is_(None),
            walk > long_minutes // MISS_REACH,
            and_(
                func.abs(Wish.latitude - place.latitude) <= walk * north,
                func.abs(Wish.longitude - place.longitude) <= walk * east,
            ),
        )
    ]


def _taken(session: Session, of_decision: Any, of_referral: Any, **key: int) -> dict[int, Taken]:
    """Return what was decided, by the other side's number, the oldest first. Two queries."""
    found: dict[int, Taken] = {}
    [(name, value)] = key.items()
    decisions = (
        select(of_decision, Decision.skipped, Decision.at)
        .where(getattr(Decision, name) == value)
        .order_by(Decision.id)
    )
    for number, skipped, at in session.execute(decisions):
        found.pop(number, None)
        found[number] = Taken(skipped, None, at)
    referrals = (
        select(of_referral, Referral.state, Referral.made_at)
        .where(getattr(Referral, name) == value)
        .order_by(Referral.id)
    )
    for number, state, at in session.execute(referrals):
        known = found.get(number)
        is_later = known is not None and known.skipped is not None and known.at > at
        skipped = known.skipped if known is not None and is_later else None
        found[number] = Taken(skipped, state, max(at, known.at) if known is not None else at)
    return found


def _newest(taken: dict[int, Taken]) -> list[int]:
    """Return the numbers of what was decided last."""
    return sorted(taken, key=lambda one: (taken[one].at, one), reverse=True)[:DECIDED_MAX]


def _by_id(some: Iterable[Offered], ids: Sequence[int]) -> list[Offered]:
    known = {one.id: one for one in some}
    return [known[one] for one in ids if one in known]
