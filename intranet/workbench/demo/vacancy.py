"""One kind of post of the demo town."""

from __future__ import annotations

from dataclasses import dataclass

from intranet.jobs.models import Employment, PayUnit, Shift

DAY, EVENING, NIGHT, TURNS, OWN = Shift
FULL, PART, BY_DAY, SEASON, _INTERN = Employment


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of post: pay in yuan from and to, and what is needed for it."""

    code: str
    titles: tuple[str, ...]
    duties: tuple[str, ...]
    pay: tuple[int, int]
    unit: PayUnit = PayUnit.MONTH
    employment: Employment = FULL
    shift: Shift = DAY
    must: tuple[str, ...] = ()
    nice: tuple[str, ...] = ()
    months: int = 0
    at: tuple[str, ...] = ()  # a word of the names of those who offer it; none: anybody does
    hours: tuple[tuple[int, int], ...] = ()  # minutes after midnight; none: as its shift has them
