"""What a rule of wording is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does."""

    BLOCK = "block"  # nothing is published before it is mended, or somebody says why it is right
    WARN = "warn"  # the reviewer is told


@dataclass(frozen=True, slots=True)
class WordingRule:
    """One thing that a post must not say.

    ``patterns`` are looked for in one sentence, without spaces and in NFKC; what lies wholly
    within a match of ``unless`` is no finding. Every repetition in them is bounded: a text costs
    as much as it is long. ``about`` is a message key, ``article`` the law's own name, empty where
    it is a rule of the house.
    """

    id: str
    severity: Severity
    about: str
    article: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...] = ()


def rule(
    name: str,
    severity: Severity,
    about: str,
    article: str,
    *patterns: str,
    unless: tuple[str, ...] = (),
) -> WordingRule:
    """Return a rule with its patterns compiled."""
    return WordingRule(
        name,
        severity,
        about,
        article,
        tuple(re.compile(one) for one in patterns),
        tuple(re.compile(one) for one in unless),
    )
