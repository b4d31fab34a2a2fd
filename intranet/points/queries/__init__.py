"""What is read from the ledger, and of the claims that lead into it."""

from __future__ import annotations

from intranet.points.queries.attested import Attested, at_one_moment, attested, records
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
    communities,
    counts,
    due_claims,
    in_communities,
    own_claims,
)
from intranet.points.queries.journal_styles import STYLES
from intranet.points.queries.journals import journal
from intranet.points.queries.standing import Standing, standings
from intranet.points.queries.verifying import Broken, verify

__all__ = [
    "STYLES",
    "Attested",
    "Broken",
    "ClaimFilter",
    "ClaimPage",
    "ClaimRow",
    "Listed",
    "Standing",
    "Whole",
    "at_one_moment",
    "attested",
    "board",
    "catalogue",
    "claim_or_404",
    "claims",
    "communities",
    "counts",
    "due_claims",
    "in_communities",
    "journal",
    "meetings",
    "own_claims",
    "records",
    "rules_on",
    "standings",
    "verify",
    "versions_or_404",
]
