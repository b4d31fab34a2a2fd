"""What matching reads of a wish and of a post, and what it says of the two together.

Nothing of who the seeker is stands here: what is not there cannot be weighed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from intranet.jobs.models import Employment, PayUnit, PostState, Shift, WishState
from intranet.jobs.operations.walking import Place

# Of the scoring: another one whenever the same wish and post may come to another score or sentence.
ENGINE = "2026-11"

Fact = int | str | tuple[str, ...] | None
Facts = Mapping[str, Fact]
Key = TypeVar("Key")
Value = TypeVar("Value")


class Stretch(NamedTuple):
    """Some days of the week from a minute to another one, which may be of the next day."""

    weekdays: int  # one bit a day, Monday the lowest
    from_minute: int
    to_minute: int


class Kind(NamedTuple):
    """A kind of work that is wished for, and how long it was done, in months."""

    code: str
    experience_months: int | None  # None is not said


class Floor(NamedTuple):
    """The least pay."""

    fen: int
    unit: PayUnit


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish, as matching knows it: its row, and its occupations, skills and hours."""

    id: int
    state: WishState
    since: datetime  # waits since then
    home: Place | None
    max_walk_minutes: int
    floor: Floor | None
    employment: Employment | None  # None: any
    night_ok: bool
    kinds: tuple[Kind, ...] = ()
    skills: frozenset[str] = frozenset()  # names of skills and certificates; none are not said
    hours: tuple[Stretch, ...] = ()  # none are not said


class Work(NamedTuple):
    """What is to be done, and the skills that are asked for, by their names."""

    code: str
    must: frozenset[str] = frozenset()
    nice: frozenset[str] = frozenset()


class Hours(NamedTuple):
    """When one works."""

    shift: Shift
    weekdays: int  # 0 is not said
    from_minute: int | None
    to_minute: int | None  # at or before the beginning, or past 1440: of the next day


class Pay(NamedTuple):
    """What one gets, in fen."""

    low_fen: int
    high_fen: int
    unit: PayUnit


class Papers(NamedTuple):
    """Certificates that are asked for, by their names, and experience in the kind of work."""

    code: str
    must: frozenset[str] = frozenset()
    nice: frozenset[str] = frozenset()
    experience_months: int = 0


class Standing(NamedTuple):
    """Whether a post can be had."""

    state: PostState
    valid_through: date | None
    openings_left: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A post, as matching knows it; each part of it is what one part of the score depends on."""

    id: int
    standing: Standing
    employment: Employment
    place: Place | None
    work: Work
    hours: Hours
    pay: Pay
    papers: Papers


class PartKey(StrEnum):
    """The parts of a score, in the order in which they are shown."""

    WORK = "work"
    WALK = "walk"
    HOURS = "hours"
    PAY = "pay"
    PAPERS = "papers"


class GateKey(StrEnum):
    """What must be so, whatever else is good."""

    POST = "post"  # it can be had
    WISH = "wish"  # it waits
    EMPLOYMENT = "employment"
    SKILL = "skill"  # one of each skill or certificate that is a must
    WALK = "walk"
    HOURS = "hours"
    NIGHT = "night"
    PAY = "pay"


class GateState(StrEnum):
    """Whether it is so."""

    MET = "met"
    UNKNOWN = "unknown"  # a datum is missing: to be asked, and no reason against it
    CLOSED = "closed"


class HintKey(StrEnum):
    """What would make a match surer, or raise it."""

    HOME = "home"
    POST_PLACE = "post_place"
    KIND = "kind"
    FINER_KIND = "finer_kind"
    SKILLS = "skills"
    LACKS = "lacks"
    FREE_HOURS = "free_hours"
    POST_HOURS = "post_hours"
    ROTA = "rota"
    FLOOR = "floor"
    PIECE = "piece"
    LOW_END = "low_end"
    EXPERIENCE = "experience"


@dataclass(frozen=True, slots=True)
class Gate:
    """One must-have; the facts are for its sentence."""

    key: GateKey
    state: GateState
    facts: Facts


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score, a whole number of at most ``most``; the facts are for its sentence."""

    key: PartKey
    points: int
    most: int
    facts: Facts
    is_neutral: bool  # a datum is missing, so that some of it stands half way


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to be completed, or that would raise the score."""

    key: HintKey
    facts: Facts


@dataclass(frozen=True, slots=True)
class Match:
    """A wish and a post together: why they come to this score."""

    engine: str
    score: int  # 0 to 100, the sum of its parts, also where a gate is closed
    parts: tuple[Part, ...]
    gates: tuple[Gate, ...]
    missing: tuple[Hint, ...]

    @property
    def closed(self) -> tuple[Gate, ...]:
        """The must-haves that are not met."""
        return tuple(one for one in self.gates if one.state is GateState.CLOSED)


class Told(NamedTuple):
    """One part of a score explained: with its must-haves and with what is missing."""

    part: Part
    gates: tuple[Gate, ...] = ()
    hints: tuple[Hint, ...] = ()


def share(most: int, numerator: int, denominator: int) -> int:
    """Return that share of ``most`` in whole points, halves rounded up."""
    return (2 * most * numerator + denominator) // (2 * denominator)


def half(most: int) -> int:
    """Return what stands where a datum is missing: half, rounded down."""
    return most // 2


class Kept(dict[Key, Value]):
    """What a function of one value returned, by that value."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[Key], Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Value:
        """Make it, once."""
        made = self[key] = self._make(key)
        return made
