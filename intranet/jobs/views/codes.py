"""Codes that lead to an address: drawn as a path of squares, for screens and paper."""

from __future__ import annotations

from typing import Any

import segno

QUIET = 4  # modules of white round a code (ISO/IEC 18004)


def code_of(address: str) -> dict[str, Any]:
    """Return a code as a path of squares, its side in modules, and the address it leads to."""
    rows = segno.make(address, error="q", micro=False, boost_error=False).matrix
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"code_path": path, "code_side": len(rows) + 2 * QUIET, "address": address}
