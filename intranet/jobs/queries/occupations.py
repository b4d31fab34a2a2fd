"""Occupations and skills to choose from: by name, by what people say, by pinyin, by code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet import search
from intranet.jobs.models import Occupation, Skill

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FOUND_MAX = 12
LEAF_DASHES = 3  # of 4-10-01-05: posts name occupations, not groups of them
TEXT_MAX = 40


def occupations(session: Session, text: str, *, limit: int = FOUND_MAX) -> Sequence[Occupation]:
    """Return occupations whose name, other name, pinyin or code holds a text, the best first."""
    wanted = search.normal(text[:TEXT_MAX]).replace(" ", "")
    if not wanted:
        return []
    ranked = [
        (rank, one.code, one)
        for one in session.scalars(select(Occupation))
        if one.code.count("-") == LEAF_DASHES and (rank := _rank(one, wanted)) is not None
    ]
    return [one for _rank_of, _code, one in sorted(ranked, key=lambda row: row[:2])[:limit]]


def occupation(session: Session, code: str) -> Occupation | None:
    """Return the occupation of a code, if there is any."""
    found = session.get(Occupation, code)
    return found if found is not None and found.code.count("-") == LEAF_DASHES else None


def occupation_codes(session: Session, said: Iterable[str]) -> dict[str, str]:
    """Return codes of occupations by what was said of them: a code, a name, what people say."""
    known: dict[str, str] = {}
    for one in session.scalars(select(Occupation).order_by(Occupation.code)):
        if one.code.count("-") == LEAF_DASHES:
            for words in (*one.also.split(), one.name, one.code):
                known.setdefault(words, one.code)
    return {words: known[words.strip()] for words in said if words.strip() in known}


def skills(session: Session) -> Sequence[Skill]:
    """Return all skills and certificates, in the order they were taken in."""
    return session.scalars(select(Skill).order_by(Skill.kind, Skill.id)).all()


def skill_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the numbers of skills by their names; those that are none are not in it."""
    rows = session.execute(select(Skill.name, Skill.id).where(Skill.name.in_(list(names))))
    return {row[0]: row[1] for row in rows}


def _rank(one: Occupation, wanted: str) -> int | None:
    """Return how well an occupation fits, 0 the best; None where it does not."""
    also = one.also.split()
    if wanted == one.name or wanted in also or wanted == one.code:
        return 0
    if one.name.startswith(wanted) or any(word.startswith(wanted) for word in also):
        return 1
    if wanted in one.name or any(wanted in word for word in also):
        return 2
    if one.code.startswith(wanted):
        return 3
    if wanted.isascii() and wanted.isalpha():
        return min((r for word in (one.name, *also) if (r := _spelt(word, wanted))), default=None)
    return None


def _spelt(word: str, wanted: str) -> int | None:
    """Return how well pinyin fits a word: bjy or baojieyuan for 保洁员."""
    letters, whole = _spelling(word)
    if wanted in {letters, whole}:
        return 4
    if letters.startswith(wanted) or whole.startswith(wanted):
        return 5
    return 6 if len(wanted) > 1 and (wanted in letters or wanted in whole) else None


@lru_cache(maxsize=4096)
def _spelling(word: str) -> tuple[str, str]:
    from pypinyin import lazy_pinyin

    return search.initials(word), "".join(lazy_pinyin(word, errors="ignore")).lower()
