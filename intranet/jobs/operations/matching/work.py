"""The kind of work and its skills: 30 points.

Where a post asks for skills they are 10 of the 30, a must counting twice; else the kind is all 30.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from intranet.jobs.operations.matching.facts import (
    Fact,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Kind,
    Part,
    PartKey,
    Told,
    Wanted,
    Work,
    half,
    share,
)

MOST, SKILLS_MOST = 30, 10
KIND_MOST = MOST - SKILLS_MOST
# In hundredths, by how many levels of the codes two kinds of work share: 中类, 小类, 细类.
SHARED = {2: 40, 3: 70, 4: 100}
# A wish for a wider class does not say which of it: half way between sharing that and the same.
BELOW = {depth: (SHARED.get(depth, 0) + 100) // 2 for depth in (1, 2, 3, 4)}
UNSAID, OTHER = 50, 0
# What each worth comes to where no skills are asked for, and beside skills.
POINTS = {
    factor: (share(MOST, factor, 100), share(KIND_MOST, factor, 100))
    for factor in (UNSAID, OTHER, *SHARED.values(), *BELOW.values())
}
LEVELS = {1: 1, 4: 2, 7: 3, 10: 4}  # by the length of a code
CODE_LENGTHS = {level: length for length, level in LEVELS.items()}


class Near(StrEnum):
    """How near a post's kind of work is to what is wished for."""

    SAME = "same"  # 细类
    BELOW = "below"  # of the wider class that is wished for
    SMALL = "small"  # 小类
    MIDDLE = "middle"  # 中类
    OTHER = "other"
    UNSAID = "unsaid"


NEAR_BY = {2: Near.MIDDLE, 3: Near.SMALL}


def classes(kinds: Iterable[Kind]) -> dict[str, int]:
    """Return what each class of the codes is worth, in hundredths: the wished ones and above.

    What lies in none of them is worth nothing, what lies in several is worth the most of them.
    """
    worth: dict[str, int] = {}
    for kind in kinds:
        depth = LEVELS[len(kind.code)]
        worth[kind.code] = max(BELOW[depth], worth.get(kind.code, 0))
        for level in range(2, depth):
            above = kind.code[: CODE_LENGTHS[level]]
            worth[above] = max(SHARED[level], worth.get(above, 0))
    return worth


def factor_of(worth: dict[str, int], code: str) -> int:
    """Return how near a post's code is, in hundredths; ``worth`` are ``classes`` of what is wished.

    The same as ``nearness`` says, without the word.
    """
    if not worth:
        return UNSAID
    get = worth.get
    return max(get(code, 0), get(code[:7], 0), get(code[:4], 0), get(code[:1], 0))


def nearness(kinds: tuple[Kind, ...], code: str) -> tuple[int, Near]:
    """Return how near a post's code is to the wished ones, in hundredths and in a word."""
    best = (UNSAID, Near.UNSAID) if not kinds else (OTHER, Near.OTHER)
    for kind in kinds:
        depth = LEVELS[len(kind.code)]
        found = (OTHER, Near.OTHER)
        if code[: len(kind.code)] == kind.code:
            found = (BELOW[depth], Near.SAME if depth == LEVELS[10] else Near.BELOW)
        else:
            for level in range(depth - 1, 1, -1):
                length = CODE_LENGTHS[level]
                if code[:length] == kind.code[:length]:
                    found = (SHARED[level], NEAR_BY[level])
                    break
        best = max(best, found)  # of two worth the same always the same word
    return best


def asked_points(most: int, must: frozenset[str], nice: frozenset[str], has: frozenset[str]) -> int:
    """Return what somebody's skills come to of those asked for; half where none was said."""
    if not has:
        return half(most)
    return share(most, 2 * len(must & has) + len(nice & has), 2 * len(must) + len(nice))


def lacks_a_must(must: frozenset[str], has: frozenset[str]) -> bool:
    """Whether a must is not there; of somebody who has said no skill at all it is not known."""
    return bool(must and has) and not must <= has


def must_gates(must: frozenset[str], has: frozenset[str], *, what: PartKey) -> tuple[Gate, ...]:
    """Return a gate for each must."""
    gates = []
    for name in sorted(must):
        state = GateState.CLOSED if lacks_a_must(frozenset({name}), has) else GateState.MET
        facts: dict[str, Fact] = {"name": name, "of": str(what)}
        gates.append(Gate(GateKey.SKILL, state if has else GateState.UNKNOWN, facts))
    return tuple(gates)


def asked_facts(must: frozenset[str], nice: frozenset[str], has: frozenset[str]) -> dict[str, Fact]:
    """Return the names of what is asked for: what is there, what is not, what was not said."""
    asked = tuple(sorted(must | nice))
    return {
        "has": tuple(name for name in asked if name in has),
        "lacks": tuple(name for name in asked if name not in has) if has else (),
        "unsaid": () if has else asked,
    }


def asked_hints(facts: dict[str, Fact]) -> list[Hint]:
    """Return what to ask about skills, or what would raise the score."""
    hints = []
    if facts["unsaid"]:
        hints.append(Hint(HintKey.SKILLS, {"names": facts["unsaid"]}))
    if facts["lacks"]:
        hints.append(Hint(HintKey.LACKS, {"names": facts["lacks"]}))
    return hints


def worth(wanted: Wanted, work: Work, factor: int) -> int:
    """Return what a post's work comes to, of a kind worth ``factor``, whatever is a must."""
    alone, beside_skills = POINTS[factor]
    if not (work.must or work.nice):
        return alone
    return beside_skills + asked_points(SKILLS_MOST, work.must, work.nice, wanted.skills)


def work_points(wanted: Wanted, work: Work, factor: int) -> int | None:
    """Return what a post's work comes to; None where a must is not there."""
    if lacks_a_must(work.must, wanted.skills):
        return None
    return worth(wanted, work, factor)


def work_part(wanted: Wanted, work: Work) -> Told:
    """Return why a post's work comes to what it comes to."""
    factor, near = nearness(wanted.kinds, work.code)
    asked = asked_facts(work.must, work.nice, wanted.skills)
    hints = []
    if near is Near.UNSAID:
        hints.append(Hint(HintKey.KIND, {}))
    if near is Near.BELOW:
        hints.append(Hint(HintKey.FINER_KIND, {}))
    is_neutral = near is Near.UNSAID or bool(asked["unsaid"])
    facts = {"near": str(near), **asked}
    part = Part(PartKey.WORK, worth(wanted, work, factor), MOST, facts, is_neutral)
    gates = must_gates(work.must, wanted.skills, what=PartKey.WORK)
    return Told(part, gates, tuple(hints + asked_hints(asked)))


def work_at_most(wanted: Wanted, factor: int, *, special: bool = True) -> int:
    """Return the most that posts of a class worth ``factor`` hundredths come to.

    Not ``special`` are those that do not ask for a skill that is there.
    """
    skills = half(SKILLS_MOST) if not wanted.skills else SKILLS_MOST if special else 0
    alone, beside_skills = POINTS[factor]
    return max(alone, beside_skills + skills)
