"""The tree of occupations, as far as there are posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from intranet.jobs.models import Occupation

LENGTHS = (1, 4, 7, 10)  # of a code, level by level
# From one branch to the next by the index, not through all posts: as many steps as branches.
_BRANCHES = text(
    "WITH RECURSIVE step(code) AS ("
    " SELECT (SELECT min(occupation_code) FROM jobs_listed"
    "  WHERE occupation_code >= :low AND occupation_code < :high)"
    " UNION ALL"
    " SELECT (SELECT min(occupation_code) FROM jobs_listed"
    "  WHERE occupation_code >= substr(step.code, 1, CAST(:size AS INTEGER)) || '.'"
    "   AND occupation_code < :high)"
    " FROM step WHERE step.code IS NOT NULL"
    ") SELECT substr(code, 1, CAST(:size AS INTEGER)) FROM step WHERE code IS NOT NULL"
).bindparams(bindparam("low"), bindparam("high"), bindparam("size"))


class Branch(NamedTuple):
    """One occupation of the tree, and how many posts there are below; None: not counted."""

    code: str
    name: str
    posts: int | None


class Tree(NamedTuple):
    """The way down to the occupation chosen, itself last, and what lies right below it."""

    above: list[Branch]
    below: list[Branch]


def tree(session: Session, code: str, counts: Mapping[str, int] | None) -> Tree:
    """Return where one is in the tree; two queries at most."""
    above = [code[:size] for size in LENGTHS if code and size <= len(code)]
    below = sorted(_below(session, code) if counts is None else _counted(code, counts))
    wanted = [*above, *below]
    names: dict[str, str] = dict(
        session.execute(
            select(Occupation.code, Occupation.name).where(Occupation.code.in_(wanted))
        ).all()
    )
    known = counts or {}
    return Tree(
        [Branch(one, names[one], known.get(one)) for one in above if one in names],
        [Branch(one, names[one], known.get(one)) for one in below if one in names],
    )


def counted(codes: Iterable[str]) -> dict[str, int]:
    """Count posts at every level of their codes."""
    found: dict[str, int] = {}
    for code in codes:
        for size in LENGTHS:
            if size <= len(code):
                found[code[:size]] = found.get(code[:size], 0) + 1
    return found


def _size_below(code: str) -> int | None:
    return next((size for size in LENGTHS if size > len(code)), None)


def _counted(code: str, counts: Mapping[str, int]) -> list[str]:
    size, start = _size_below(code), f"{code}-" if code else ""
    return [one for one in counts if len(one) == size and one.startswith(start)]


def _below(session: Session, code: str) -> list[str]:
    size = _size_below(code)
    if size is None:
        return []
    low, high = (f"{code}-", f"{code}.") if code else ("1", "9")
    return list(session.scalars(_BRANCHES, {"low": low, "high": high, "size": size}))
