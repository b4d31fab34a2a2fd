"""What is read from the ledger, and of the claims that lead into it."""

from __future__ import annotations

from intranet.points.queries.attested import Attested, attested, records
from intranet.points.queries.catalogue import (
    Listed,
    catalogue,
    meetings,
    rules_on,
    versions_or_404,
)
from intranet.points.queries.claims import (
    ClaimFilter,
    ClaimPage,
    ClaimRow,
    Whole,
    board,
    claim_or_404,
    claims,
    claims_of,
    communities,
    counts,
    due_claims,
    gathering_or_404,
    gatherings,
    in_communities,
    own_claims,
)
from intranet.points.queries.parties import PRESENT_MAX, Home, homes, names, parties, those_of
from intranet.points.queries.standing import Standing, standings
from intranet.points.queries.today import Today, today
from intranet.points.queries.verifying import Broken, verify

__all__ = [
    "PRESENT_MAX",
    "Attested",
    "Broken",
    "ClaimFilter",
    "ClaimPage",
    "ClaimRow",
    "Home",
    "Listed",
    "Standing",
    "Today",
    "Whole",
    "attested",
    "board",
    "catalogue",
    "claim_or_404",
    "claims",
    "claims_of",
    "communities",
    "counts",
    "due_claims",
    "gathering_or_404",
    "gatherings",
    "homes",
    "in_communities",
    "meetings",
    "names",
    "own_claims",
    "parties",
    "records",
    "rules_on",
    "standings",
    "those_of",
    "today",
    "verify",
    "versions_or_404",
]
