"""Which posts fit a wish and which wishes a post; nothing of who the seekers are is read."""

from intranet.jobs.queries.matching.candidates import Scored, candidates
from intranet.jobs.queries.matching.lists import (
    BEST,
    Found,
    Matches,
    Taken,
    match_of,
    matches_for,
    seekers_for,
)
from intranet.jobs.queries.matching.rows import Offers, live, offered_where, wanted_where

__all__ = [
    "BEST",
    "Found",
    "Matches",
    "Offers",
    "Scored",
    "Taken",
    "candidates",
    "live",
    "match_of",
    "matches_for",
    "offered_where",
    "seekers_for",
    "wanted_where",
]
