"""What is read from the ledger."""

from __future__ import annotations

from intranet.points.queries.attested import Attested, attested, records
from intranet.points.queries.verifying import Broken, verify

__all__ = ["Attested", "Broken", "attested", "records", "verify"]
