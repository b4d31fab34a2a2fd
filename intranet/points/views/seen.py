"""How pages of the room find what they are about, and where their lists go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.points import queries

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER_MAX = 2**31 - 1


def after_of(args: Mapping[str, str]) -> int | None:
    """Return the number after which a list goes on; nonsense begins it anew."""
    return number_of(args.get("after", ""))


def number_of(text: str) -> int | None:
    """Return a row's number, or None for what is none."""
    is_one = text.isdecimal() and len(text) < 11
    return int(text) if is_one and 0 < int(text) <= NUMBER_MAX else None


def claim_for(permission: Permission, claim_id: int) -> tuple[Viewer, queries.Whole]:
    """Return the viewer and the claim; 404 where it is not theirs to see, 403 to do this to."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    whole = queries.claim_or_404(db.session(), viewer, claim_id)
    require(permission, whole)
    return viewer, whole
