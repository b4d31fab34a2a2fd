"""What is typed into the search of the lists: numbers whole or in part, and words.

A number with its day is found by the index of the short numbers. A running number alone, and words,
stand in no index: they are looked for among the newest SEARCHED_MAX incidents that fit the rest of
the filter, and for that the history may be as long as it will. Every word typed must be found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from intranet.incidents.models import Category, Incident

SOUGHT_MAX = 60  # characters
WORDS_MAX = 6
SEARCHED_MAX = 10_000
DAY, RUNNING, WHOLE = 6, 4, 16  # digits: 261125, 0007, and what only a whole number has
LOOKED_AT = ("id", "short_number", "place", "category_id", "hidden_at", "description")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_APART = re.compile(r"(?<=[0-9])\s*-\s*(?=[0-9])")
_NUMBER = re.compile(r"(?P<mark>[-#]?)(?P<head>[0-9]+)(?:-(?P<tail>[0-9]+))?")


@dataclass(slots=True)
class Sought:
    """Conditions that an index answers, and those each row ``of`` them must be looked at for."""

    indexed: list[ColumnElement[bool]] = field(default_factory=list)
    looked_for: list[Callable[[Any], ColumnElement[bool]]] = field(default_factory=list)

    def among(self, parts: list[ColumnElement[bool]], *, bounded: bool) -> ColumnElement[bool]:
        """Return the condition that all of it is found among what fits ``parts``.

        Bounded, only the newest are looked at. They are read before anything is compared: joined
        to their ids, PostgreSQL would rather compare the whole history and join last.
        """
        fits = and_(*parts, *self.indexed)
        if not self.looked_for:
            return fits
        if not bounded:
            return and_(fits, *(one(Incident) for one in self.looked_for))
        newest = (
            select(*(getattr(Incident, name) for name in LOOKED_AT))
            .where(fits)
            .order_by(Incident.id.desc())
            .limit(SEARCHED_MAX)
            .correlate(None)
            .subquery()
        )
        found = select(newest.c.id).where(*(one(newest.c) for one in self.looked_for))
        return Incident.id.in_(found)


def tidy(text: str) -> str:
    """Return what was typed with single spaces, cut to what is read of it."""
    return " ".join(text.split())[:SOUGHT_MAX].strip()


def sought(text: str) -> Sought:
    """Read what was typed."""
    found = Sought()
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    # As typed where it is no number: texts are kept as they were written, ，and not a comma.
    parts = text.split() if _APART.sub("-", plain) == plain else _APART.sub("-", plain).split()
    for part in parts[:WORDS_MAX]:
        read = _NUMBER.fullmatch(unicodedata.normalize("NFKC", part).translate(_DASHES))
        dated = read and _by_day(read)
        if dated is not None:
            found.indexed.append(dated)
        else:
            found.looked_for.append(partial(_running, read, part) if read else partial(_word, part))
    return found


def _by_day(read: re.Match[str]) -> ColumnElement[bool] | None:
    """Return the condition for a number that names its day, or the community, too."""
    head, tail = read["head"], read["tail"] or ""
    digits = head + tail
    if len(digits) >= WHOLE:
        return Incident.number == digits
    if not _is_day(head[:DAY]) or (tail and len(head) != DAY) or read["mark"]:
        return None
    if len(digits) >= DAY + RUNNING:
        return Incident.short_number == digits
    # A range and no LIKE: neither engine's ordinary index answers that one.
    next_one = str(int(digits) + 1).zfill(len(digits))
    begins = and_(Incident.short_number >= digits, Incident.short_number < next_one)
    return or_(begins, Incident.short_number == head + tail.zfill(RUNNING)) if tail else begins


def _running(read: re.Match[str], typed: str, of: Any) -> ColumnElement[bool]:
    """Return the condition for digits that may end a number: 0007, 7, 25-0007; else a word.

    With a mark before it, a zero, or alone, a digit is plainly of a number; 86 may be a house's.
    """
    head, tail = read["head"], read["tail"]
    digits = head + (tail or "")
    if tail and (read["mark"] or len(tail) < RUNNING):
        return _word(typed, of)  # 3-1 is an address
    if len(digits) >= DAY + RUNNING:
        return _word(typed, of)
    ends: ColumnElement[bool] = of.short_number.endswith(digits.zfill(RUNNING))
    is_plain = len(digits) <= RUNNING and (read["mark"] or digits[0] == "0" or len(digits) == 1)
    return ends if is_plain else or_(ends, _word(typed, of))


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(f"20{digits}")
    except ValueError:
        return False
    return len(digits) == DAY


def _word(typed: str, of: Any) -> ColumnElement[bool]:
    """Return the condition that it stands in what the list shows: matter, description, place."""
    matters = select(Category.id).where(Category.name.icontains(typed, autoescape=True))
    return or_(
        of.place.icontains(typed, autoescape=True),
        of.category_id.in_(matters),
        and_(of.hidden_at.is_(None), of.description.icontains(typed, autoescape=True)),
    )
