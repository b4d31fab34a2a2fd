"""The pages of jobs near home."""

from __future__ import annotations

from intranet.jobs.views.room import bp

__all__ = ["bp"]
