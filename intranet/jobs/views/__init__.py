"""The pages of jobs near home."""

from __future__ import annotations

from intranet.jobs.views import (
    board,
    feeds,
    posters,
    posts_public,
    referrals,
    wish_filing,
    wishes,
)
from intranet.jobs.views.room import (
    bp,
)

__all__ = [
    "board",
    "bp",
    "feeds",
    "posters",
    "posts_public",
    "referrals",
    "wish_filing",
    "wishes",
]
