"""The canonical words of an entry and their hash; ``docs/points.md`` tells outsiders the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """Every attested field of an entry but its hash; accounts are named by their codes.

    ``transfers`` are lists of number, debit, credit, amount, phase, and the entry and number of the
    pending transfer that is resolved, both 0 for none.
    """

    id: int
    key: str
    body_sha256: str
    kind: str
    rule_code: str
    rule_version: int
    event: str
    note: str
    effective_on: date
    recorded_at: datetime
    actor_id: int | None
    approver_id: int | None
    year: int
    reverses_id: int | None
    transfers: Sequence[Sequence[Any]]
    previous_hash: str
    rule_sha256: str = ""  # of the version of the rule that it goes by; none where none was hashed


def canonical(value: Any) -> bytes:
    """Return JSON without spaces, in UTF-8: the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(words: Words) -> str:
    """Return the SHA-256 of an entry, in hexadecimal."""
    return hashlib.sha256(canonical(as_list(words))).hexdigest()


def as_list(words: Words) -> list[Any]:
    """Return an entry's words in the order in which they are hashed; times in UTC."""
    rule = [words.rule_sha256] if words.rule_sha256 else []
    return [
        words.id,
        words.key,
        words.body_sha256,
        words.kind,
        words.rule_code,
        words.rule_version,
        words.event,
        words.note,
        words.effective_on.isoformat(),
        words.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        words.actor_id,
        words.approver_id,
        words.year,
        words.reverses_id,
        [list(one) for one in words.transfers],
        words.previous_hash,
        *rule,
    ]


def sha256_of(rows: Iterable[Any]) -> str:
    """Return the SHA-256 of some JSON-able rows, in hexadecimal."""
    return hashlib.sha256(canonical(list(rows))).hexdigest()
