"""Posts that say nearly the same, and pay that is too good: told to the reviewer, never a bar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from statistics import median

SHINGLE = 3
ALIKE = 60  # percent of all shingles that both have
TEXT_MAX = 1200
LIVE_MIN = 5
BAIT_TIMES = 2
NOT_WORDS = re.compile(r"[\W_]+")


def shingles(title: str, duties: str) -> frozenset[str]:
    """Return all runs of three characters of a post's title and duties, without signs."""
    text = unicodedata.normalize("NFKC", f"{title}{duties}"[:TEXT_MAX]).casefold()
    plain = NOT_WORDS.sub("", text)
    return frozenset(
        plain[index : index + SHINGLE] for index in range(max(1, len(plain) - SHINGLE + 1))
    )


def likeness(one: frozenset[str], other: frozenset[str]) -> int:
    """Return how much two texts share, in percent (Jaccard); the same both ways round."""
    together = len(one | other)
    return 100 * len(one & other) // together if together else 0


def bait_median(pay_max_fen: int, others: Sequence[int]) -> int | None:
    """Return the median of other live posts where the pay is above twice of it, in fen.

    None where it is not, or there are too few to say anything.
    """
    if len(others) < LIVE_MIN:
        return None
    usual = int(median(others))
    return usual if pay_max_fen > BAIT_TIMES * usual else None
