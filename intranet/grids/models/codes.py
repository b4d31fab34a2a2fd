"""Grid codes: CJ/T 349-2010's division digits, extended down to the micro-grid.

| digits | what                                            | source                          |
|--------|-------------------------------------------------|---------------------------------|
| 6      | county                                          | GB/T 2260                       |
| 3      | town or street                                  | GB/T 10114                      |
| 3      | community; merged communities from 601          | CJ/T 349                        |
| 2      | general grid, 01 to 99                          | the house's extension           |
| Z + 3  | dedicated grid, in place of the general grid    | the house's extension           |
| 3      | micro-grid in its general grid, 001 to 999      | the house's extension           |
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from intranet.grids.models.tree import GridKind

# The part of a code that a grid of this kind adds to its parent's code.
OWN_PART: dict[GridKind, re.Pattern[str]] = {
    GridKind.COUNTY: re.compile(r"[1-8]\d{5}\Z"),
    GridKind.TOWN: re.compile(r"(?!000)\d{3}\Z"),
    GridKind.COMMUNITY: re.compile(r"(?!000)\d{3}\Z"),
    GridKind.GENERAL: re.compile(r"(?!00)\d{2}\Z"),
    GridKind.DEDICATED: re.compile(r"Z(?!000)\d{3}\Z"),
    GridKind.MICRO: re.compile(r"(?!000)\d{3}\Z"),
}
_CUTS = (6, 9, 12, 14, 17)


def is_code_under(kind: GridKind, code: str, parent_code: str) -> bool:
    """Whether the code has the shape of its kind and continues its parent's code."""
    return code.startswith(parent_code) and bool(OWN_PART[kind].match(code[len(parent_code) :]))


def dotted(code: str) -> str:
    """Show a code in its groups: 510115.101.001.02.003, dedicated 510115.101.001.Z012."""
    if "Z" in code:
        start = code.index("Z")
        return f"{dotted(code[:start])}.{code[start:]}"
    edges = [0, *(cut for cut in _CUTS if cut < len(code)), len(code)]
    return ".".join(code[a:b] for a, b in pairwise(edges))


def undotted(text: str) -> str:
    """Return a code as it is stored, however its groups were written."""
    return "".join(text.split()).replace(".", "").upper()


def next_code(kind: GridKind, parent_code: str, used: Iterable[str]) -> str | None:
    """Return the lowest code above every used one, or the lowest free one; None when all are used.

    Counting on from the highest keeps the series in the order of making, as CJ/T 349 asks.
    """
    width, prefix = {
        GridKind.COUNTY: (6, ""),
        GridKind.GENERAL: (2, parent_code),
        GridKind.DEDICATED: (3, f"{parent_code}Z"),
    }.get(kind, (3, parent_code))
    taken = {
        int(code[len(prefix) :])
        for code in used
        if code.startswith(prefix) and code[len(prefix) :].isdecimal()
    }
    top = 10**width
    after = max(taken, default=0) + 1
    number = after if after < top else next((n for n in range(1, top) if n not in taken), None)
    return None if number is None else f"{prefix}{number:0{width}d}"
