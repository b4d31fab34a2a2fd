"""The checklist of a category: which of its lines were done stands in the history.

A line that begins with an asterisk must be done before the matter counts as handled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intranet.errors import InputError
from intranet.incidents.models import Verb
from intranet.incidents.operations.history import Act

MUST = "*"
# The moves that bring ticks, and those of them by which the work is over.
TICKED = frozenset({Verb.DISPATCH, Verb.SETTLE, Verb.FINISH})
ENDS_WORK = frozenset({Verb.SETTLE, Verb.FINISH})


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its asterisk."""

    words: str
    is_must: bool


def lines_of(checklist: str) -> list[Line]:
    """Return the lines of a category's checklist, each once, empty ones left out."""
    found: dict[str, Line] = {}
    for raw in checklist.splitlines():
        words = raw.strip().removeprefix(MUST).strip()
        if words:
            found.setdefault(words, Line(words, raw.strip().startswith(MUST)))
    return list(found.values())


def ticked(act: Act, verb: Verb, sent: Sequence[str]) -> dict[str, Any]:
    """Return what the event keeps: the words of the lines done, and of those still open.

    The words, not their numbers: the list may be another one tomorrow. Raises InputError
    (``checked``) when the work is said to be over and a line that must be done is not.
    """
    if verb not in TICKED:
        return {}
    lines = lines_of(act.matter.checklist)
    done = [line.words for line in lines if line.words in sent]
    lacking = [line.words for line in lines if line.is_must and line.words not in sent]
    if lacking and verb in ENDS_WORK:
        raise InputError("Still to be done: %(lines)s", "checked", lines=" / ".join(lacking))
    if not lines or not (done or verb in ENDS_WORK):
        return {}
    return {"done": done, "open": [line.words for line in lines if line.words not in done]}
