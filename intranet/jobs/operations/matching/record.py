"""An explanation as it is kept beside a decision: canonical JSON, read back to the very same."""

from __future__ import annotations

import json
from typing import Any

from intranet.jobs.operations.matching.facts import (
    Fact,
    Facts,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Match,
    Part,
    PartKey,
)


def record(match: Match) -> str:
    """Return an explanation as text; the same explanation is the same text (cf. RFC 8785)."""
    whole = {
        "engine": match.engine,
        "score": match.score,
        "parts": [
            {
                "key": one.key,
                "points": one.points,
                "most": one.most,
                "facts": dict(one.facts),
                "neutral": one.is_neutral,
            }
            for one in match.parts
        ],
        "gates": [
            {"key": one.key, "state": one.state, "facts": dict(one.facts)} for one in match.gates
        ],
        "missing": [{"key": one.key, "facts": dict(one.facts)} for one in match.missing],
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Match:
    """Return the explanation that ``record`` wrote. Raises ValueError for any other text."""
    try:
        whole: dict[str, Any] = json.loads(text)
        return Match(
            engine=whole["engine"],
            score=whole["score"],
            parts=tuple(_part(one) for one in whole["parts"]),
            gates=tuple(
                Gate(GateKey(one["key"]), GateState(one["state"]), _facts(one["facts"]))
                for one in whole["gates"]
            ),
            missing=tuple(
                Hint(HintKey(one["key"]), _facts(one["facts"])) for one in whole["missing"]
            ),
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        message = "no explanation of a match"
        raise ValueError(message) from wrong


def _part(one: dict[str, Any]) -> Part:
    return Part(
        PartKey(one["key"]), one["points"], one["most"], _facts(one["facts"]), one["neutral"]
    )


def _facts(facts: dict[str, Any]) -> Facts:
    return {name: _fact(value) for name, value in facts.items()}


def _fact(value: Any) -> Fact:
    return tuple(value) if isinstance(value, list) else value
