"""Words for searching in Chinese: one function makes them when writing and when asking.

A text becomes its single characters, its overlapping pairs of characters, its Latin words and
its pinyin initials. A query of one or two Chinese characters therefore always finds what holds
them (recall 1.0), with an ordinary index on both engines and no extension.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TEXT_MAX = 200
LATIN_MAX = 60  # of one Latin word: an index has an end to what a word may be
# Characters that begin otherwise as a surname than as a word: 曾 is Zēng, not céng. Found by both.
SURNAMES = {
    sign: letter
    for letter, signs in {
        "b": "秘",
        "c": "种",
        "g": "会",
        "k": "适",
        "m": "万",
        "n": "乜佴",
        "o": "区",
        "p": "繁",
        "q": "仇覃",
        "s": "单折召谌",
        "t": "澹",
        "w": "隗",
        "x": "解郇",
        "y": "尉乐",
        "z": "曾查翟祭",
    }.items()
    for sign in signs
}
_HAN = re.compile(r"[㐀-䶿一-鿿\U00020000-\U0003ffff]+")
_LATIN = re.compile(r"[a-z0-9]+")
_RUN = re.compile(f"{_HAN.pattern}|{_LATIN.pattern}")


def folded(text: str) -> str:
    """Return all of a text as it is compared: full-width folded, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def normal(text: str) -> str:
    """Return the text as it is compared, cut where no name or question goes on."""
    return folded(text[:TEXT_MAX])


def pairs(run: str) -> tuple[str, ...]:
    """Return a run of Chinese characters as its overlapping pairs, in order; one stands alone."""
    return (run,) if len(run) == 1 else tuple(run[i : i + 2] for i in range(len(run) - 1))


def phrases(text: str) -> list[tuple[str, ...]]:
    """Return every run of a text of any length as words in their order.

    A run of Chinese characters is its pairs, a Latin word itself. An index that keeps the order
    finds a question's run where all its words follow one another: exactly where the text has it.
    """
    return [
        (run[:LATIN_MAX],) if run.isascii() else pairs(run) for run in _RUN.findall(folded(text))
    ]


def tokens(text: str) -> frozenset[str]:
    """Return every token under which the text is to be found."""
    plain = normal(text)
    found: set[str] = set(_LATIN.findall(plain))
    for run in _HAN.findall(plain):
        found.update(run)
        found.update(pairs(run))
        letters = initials(run)
        as_surname = SURNAMES.get(run[0])
        spellings = {letters, as_surname + letters[1:]} if as_surname and letters else {letters}
        # Initials are typed from the first character on; a prefix is what the person means.
        found.update(f"~{one[:end]}" for one in spellings for end in range(1, len(one) + 1))
    return frozenset(found)


def wanted(text: str) -> frozenset[str]:
    """Return the tokens that must all be present for a query to match."""
    plain = normal(text)
    need: set[str] = set()
    for run in _HAN.findall(plain):
        need.update(pairs(run))
    need.update(_LATIN.findall(plain))
    return frozenset(need)


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """Return the pinyin initials: 张淑英 → zsy."""
    # Its dictionary takes half a second to load, and most processes never spell a name.
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors="ignore")).lower()
