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
    claims_of,
    communities,
    counts,
    due_claims,
    gathering_or_404,
    gatherings,
    in_communities,
    own_claims,
)
from intranet.points.queries.entries import (
    Asked,
    correction_or_404,
    entry_or_404,
    is_of_one_amount,
    may_be_corrected,
    waiting_corrections,
    whole,
)
from intranet.points.queries.figures import PointsFigures, points_figures
from intranet.points.queries.journal_styles import STYLES
from intranet.points.queries.journals import journal
from intranet.points.queries.ledger import LedgerState, Wanted, head_of_chain, rule_titles, years
from intranet.points.queries.lines import Item, LedgerPage, Line, ledger
from intranet.points.queries.parties import PRESENT_MAX, Home, homes, names, parties, those_of
from intranet.points.queries.receipts import Receipt, Top, receipt, top
from intranet.points.queries.standing import Standing, standings
from intranet.points.queries.statements import (
    Heading,
    Moved,
    Statement,
    Whose,
    span,
    statement,
    whose_or_404,
)
from intranet.points.queries.today import Today, today
from intranet.points.queries.verifying import Broken, verify

__all__ = [
    "PRESENT_MAX",
    "STYLES",
    "Asked",
    "Attested",
    "Broken",
    "ClaimFilter",
    "ClaimPage",
    "ClaimRow",
    "Heading",
    "Home",
    "Item",
    "LedgerPage",
    "LedgerState",
    "Line",
    "Listed",
    "Moved",
    "PointsFigures",
    "Receipt",
    "Standing",
    "Statement",
    "Today",
    "Top",
    "Wanted",
    "Whole",
    "Whose",
    "at_one_moment",
    "attested",
    "board",
    "catalogue",
    "claim_or_404",
    "claims",
    "claims_of",
    "communities",
    "correction_or_404",
    "counts",
    "due_claims",
    "entry_or_404",
    "gathering_or_404",
    "gatherings",
    "head_of_chain",
    "homes",
    "in_communities",
    "is_of_one_amount",
    "journal",
    "ledger",
    "may_be_corrected",
    "meetings",
    "names",
    "own_claims",
    "parties",
    "points_figures",
    "receipt",
    "records",
    "rule_titles",
    "rules_on",
    "span",
    "standings",
    "statement",
    "those_of",
    "today",
    "top",
    "verify",
    "versions_or_404",
    "waiting_corrections",
    "whole",
    "whose_or_404",
    "years",
]
