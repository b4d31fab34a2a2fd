"""What is read from the ledger."""

from __future__ import annotations

from intranet.points.queries.attested import Attested, at_one_moment, attested, records
from intranet.points.queries.journal_styles import STYLES
from intranet.points.queries.journals import journal
from intranet.points.queries.verifying import Broken, verify

__all__ = [
    "STYLES",
    "Attested",
    "Broken",
    "at_one_moment",
    "attested",
    "journal",
    "records",
    "verify",
]
