"""The score of a post for a wish: whole points, the sum of the parts that are shown.

Ranking adds up what the parts' own functions return, kept by the few values that each depends on:
a thousand posts of 87 companies are 87 ways and some dozens of hours. Explaining asks the very same
functions, and says why.
"""

from __future__ import annotations

from datetime import date, datetime

from intranet.jobs.models import Employment, PostState, WishState
from intranet.jobs.operations.matching import hours, papers, pay, walk, work
from intranet.jobs.operations.matching.facts import (
    ENGINE,
    Fact,
    Gate,
    GateKey,
    GateState,
    Hours,
    Kept,
    Match,
    Offered,
    Standing,
    Wanted,
    half,
)
from intranet.jobs.operations.walking import Place

SCORE_MAX = work.MOST + walk.MOST + hours.MOST + pay.MOST + papers.MOST
WAITING = frozenset({WishState.OPEN, WishState.REFERRED})


class Scorer:
    """Scores posts for one wish, on one day."""

    def __init__(self, wanted: Wanted, today: date) -> None:
        self.wanted, self.today = wanted, today
        self._wish = wish_gate(wanted)
        self._waits = self._wish.state is GateState.MET
        self._spans = hours.free_spans(wanted.hours)
        self._walks: Kept[Place | None, tuple[int | None, int | None]] = Kept(
            lambda place: walk.walk_points(wanted, place)
        )
        worth = work.classes(wanted.kinds)
        self._near: Kept[str, int] = Kept(lambda code: work.factor_of(worth, code))
        self._done: Kept[str, int | None] = Kept(lambda code: papers.experience(wanted, code))
        self._rooms: Kept[Hours, hours.Room] = Kept(
            lambda one: hours.room(wanted, self._spans, one)
        )
        floor = wanted.floor
        self._rates: Kept[Hours, pay.Rates | None] = Kept(
            lambda one: None if floor is None else pay.rates(floor, one)
        )

    def points(self, offered: Offered) -> int | None:
        """Return the score, 0 to 100; None where a must-have is not met."""
        wanted = self.wanted
        is_out = not self._waits or not is_live(offered.standing, self.today)
        if is_out or not suits(wanted.employment, offered.employment):
            return None
        minutes, way = self._walks[offered.place]
        if way is None:
            return None
        time = hours.hours_points(self._rooms[offered.hours], minutes)
        if time is None:
            return None
        money = pay.pay_points(offered.pay, self._rates[offered.hours])
        if money is None:
            return None
        code = offered.work.code
        kind = work.work_points(wanted, offered.work, self._near[code])
        months = self._done[code] if offered.papers.experience_months else None
        proof = papers.papers_points(wanted, offered.papers, months)
        return None if kind is None or proof is None else way + time + money + kind + proof

    def explain(self, offered: Offered) -> Match:
        """Return the parts with what each is for, the must-haves, and what is missing.

        The score is that of ``points`` where no gate is closed, and else what it would come to.
        """
        wanted, minutes = self.wanted, self._walks[offered.place][0]
        each = (
            work.work_part(wanted, offered.work),
            walk.walk_part(wanted, offered.place),
            hours.hours_part(wanted, self._spans, offered.hours, minutes),
            pay.pay_part(wanted, offered.pay, offered.hours),
            papers.papers_part(wanted, offered.papers),
        )
        gates = (
            standing_gate(offered.standing, self.today),
            self._wish,
            employment_gate(wanted, offered.employment),
            *(gate for one in each for gate in one.gates),
        )
        return Match(
            engine=ENGINE,
            score=sum(one.part.points for one in each),
            parts=tuple(one.part for one in each),
            gates=gates,
            missing=tuple(hint for one in each for hint in one.hints),
        )

    def at_most(self, factor: int, minutes: int | None, *, special: bool = True) -> int:
        """Return the most that any post comes to, of a class and as far away; None: not known.

        ``factor`` is what ``work.classes`` says of the class, in hundredths. Not ``special`` are
        posts that neither ask for a skill that is there nor leave the hours to one's own choice.
        """
        longest = self.wanted.max_walk_minutes
        way = half(walk.MOST) if minutes is None else walk.points_at(minutes, longest)
        return way + self._rest(factor, known=minutes is not None, special=special)

    def farthest(self, factor: int, score: int, *, special: bool = True) -> int | None:
        """Return how many minutes away a post of a class may come to such a score; None: nowhere.

        At most as far as somebody would walk. What is ``special`` is said at ``at_most``.
        """
        wanted = score - self._rest(factor, known=True, special=special)
        return walk.farthest(self.wanted.max_walk_minutes, wanted)

    def _rest(self, factor: int, *, known: bool, special: bool) -> int:
        """Return the most of all but the way, which is known or is not."""
        may_fit = special or (known and bool(self.wanted.hours))
        time = hours.MOST if may_fit else hours.UNKNOWN
        kind = work.work_at_most(self.wanted, factor, special=special)
        return kind + time + pay.pay_at_most(self.wanted) + papers.MOST


def wish_gate(wanted: Wanted) -> Gate:
    """Return whether the wish waits for work."""
    state = GateState.MET if wanted.state in WAITING else GateState.CLOSED
    return Gate(GateKey.WISH, state, {"state": str(wanted.state)})


def is_live(standing: Standing, today: date) -> bool:
    """Whether a post can be had on a day."""
    state, through, left = standing
    is_open = state is PostState.PUBLISHED and left > 0
    return is_open and through is not None and through >= today


def standing_gate(standing: Standing, today: date) -> Gate:
    """Return whether the post can be had on a day."""
    through = standing.valid_through
    is_over = through is None or through < today
    facts: dict[str, Fact] = {"state": str(standing.state)}
    facts |= {"through": None if through is None else through.isoformat()}
    facts |= {"left": standing.openings_left, "over": int(is_over)}
    state = GateState.MET if is_live(standing, today) else GateState.CLOSED
    return Gate(GateKey.POST, state, facts)


def suits(wished: Employment | None, employment: Employment) -> bool:
    """Whether one is employed as one wishes; None: any way."""
    return wished is None or wished is employment


def employment_gate(wanted: Wanted, employment: Employment) -> Gate:
    """Return whether one is employed as one wishes."""
    wished = wanted.employment
    is_met = suits(wished, employment)
    facts: dict[str, Fact] = {"employment": str(employment)}
    facts |= {"wished": None if wished is None else str(wished)}
    return Gate(GateKey.EMPLOYMENT, GateState.MET if is_met else GateState.CLOSED, facts)


def order(points: int, wanted: Wanted, offered: Offered) -> tuple[int, datetime, int, int]:
    """Return what matches are sorted by: the best first, then who waits longer, then by number.

    The same for the posts of one wish and for the wishes of one post.
    """
    return (-points, wanted.since, wanted.id, offered.id)
