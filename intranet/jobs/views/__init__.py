"""The pages of jobs near home."""

from __future__ import annotations

from intranet.jobs.views import (
    board,
    companies,
    company_acts,
    fair_calendar,
    fair_desk,
    fair_door,
    fair_passes,
    fairs,
    feeds,
    fence,
    kiosk,
    kiosk_fairs,
    kiosk_wish,
    posters,
    posts,
    posts_import,
    posts_public,
    posts_review,
    posts_writing,
    referrals,
    screens,
    wish_filing,
    wishes,
)
from intranet.jobs.views.room import (
    bp,
)

__all__ = [
    "board",
    "bp",
    "companies",
    "company_acts",
    "fair_calendar",
    "fair_desk",
    "fair_door",
    "fair_passes",
    "fairs",
    "feeds",
    "fence",
    "kiosk",
    "kiosk_fairs",
    "kiosk_wish",
    "posters",
    "posts",
    "posts_import",
    "posts_public",
    "posts_review",
    "posts_writing",
    "referrals",
    "screens",
    "wish_filing",
    "wishes",
]
