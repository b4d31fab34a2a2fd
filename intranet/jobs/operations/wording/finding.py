"""Looking through a text with the rules; the same text gives the same findings, in one pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from intranet.jobs.operations.wording.rule import Severity, WordingRule
from intranet.jobs.operations.wording.rules import RULES

TEXT_MAX = 20_000
AROUND = 12
# What is put between characters so that nobody finds a word: dropped before looking.
DROPPED = frozenset("*_~^`|·•.-—–‧'\"“”‘’「」『』")
SENTENCE_END = re.compile(r"[。;!?\n]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: in which field, the words, and the sentence around them."""

    rule: WordingRule
    field: str
    matched: str
    around: str

    @property
    def key(self) -> tuple[str, str]:
        """What an override names: the rule, and the words it was found in."""
        return self.rule.id, self.matched

    @property
    def blocks(self) -> bool:
        """Whether nothing is published with it."""
        return self.rule.severity is Severity.BLOCK


def check(texts: Mapping[str, str], rules: Iterable[WordingRule] = RULES) -> list[Finding]:
    """Return what the rules find in the fields of a post, each words once, what blocks first."""
    found: dict[tuple[str, str], Finding] = {}
    for field, text in texts.items():
        for sentence in SENTENCE_END.split(_plain(text)):
            for one in rules:
                for matched, around in _matches(one, sentence):
                    found.setdefault((one.id, matched), Finding(one, field, matched, around))
    return sorted(found.values(), key=lambda one: not one.blocks)


def _matches(rule: WordingRule, sentence: str) -> Iterable[tuple[str, str]]:
    """Yield what a rule finds, the longest of those that lie on each other."""
    spans = [one.span() for pattern in rule.patterns for one in pattern.finditer(sentence)]
    if not spans:
        return  # most sentences match nothing, and need no excuse
    excused = [one.span() for pattern in rule.unless for one in pattern.finditer(sentence)]
    reached = 0
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        is_excused = any(first <= begin and end <= last for first, last in excused)
        if begin >= reached and not is_excused:
            reached = end
            yield sentence[begin:end], sentence[max(0, begin - AROUND) : end + AROUND]


def _plain(text: str) -> str:
    """Return the text as rules read it: NFKC, small letters, nothing between characters."""
    plain = unicodedata.normalize("NFKC", text[:TEXT_MAX]).casefold()
    kept = []
    for index, sign in enumerate(plain):
        if sign == "\n":
            kept.append(sign)
        elif (
            sign.isspace()
            or unicodedata.category(sign) in {"Cf", "Cc"}
            or (sign in DROPPED and not _between_digits(plain, index))
        ):
            continue
        else:
            kept.append(sign)
    return "".join(kept)


def _between_digits(text: str, index: int) -> bool:
    """Whether a sign stands within a number or a range: 18-45, 3.5."""
    return text[index - 1 : index].isdigit() and text[index + 1 : index + 2].isdigit()
