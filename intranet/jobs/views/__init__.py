"""The pages of jobs near home."""

from __future__ import annotations

from intranet.jobs.views import (
    referrals,
    wish_filing,
    wishes,
)
from intranet.jobs.views.room import bp

__all__ = ["bp", "referrals", "wish_filing", "wishes"]
