"""What no hash can tell: points that were never public, and lists that are not what they list."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from intranet.points.queries.verifying import Broken

_QUESTIONS = {
    "gave or took points at once: nobody could object to them": text(
        "SELECT DISTINCT e.id FROM points_entry e JOIN points_transfer t ON t.entry_id = e.id"
        " WHERE e.kind IN ('grant', 'deduct') AND t.phase = 'posted' AND NOT EXISTS"
        " (SELECT 1 FROM points_correction c WHERE c.replacement_id = e.id) ORDER BY e.id"
    ),
    "is not listed where its party belongs": text(
        "SELECT DISTINCT t.entry_id FROM points_transfer t"
        " JOIN points_account a ON a.id IN (t.debit_id, t.credit_id)"
        " JOIN party p ON p.id = a.party_id LEFT JOIN points_entry_place l"
        " ON l.entry_id = t.entry_id AND l.party_id = p.id AND l.grid_path = p.grid_path"
        " WHERE l.entry_id IS NULL ORDER BY t.entry_id"
    ),
    "is not listed as waiting, or is though it was decided": text(
        "SELECT DISTINCT t.entry_id FROM points_transfer t"
        " LEFT JOIN points_transfer d ON d.of_id = t.id"
        " LEFT JOIN points_waiting w ON w.transfer_id = t.id"
        " WHERE (w.transfer_id IS NOT NULL) <> (t.phase = 'pending' AND d.id IS NULL)"
        " ORDER BY t.entry_id"
    ),
    "is not listed as let go": text(
        "SELECT DISTINCT v.entry_id FROM points_transfer t"
        " JOIN points_transfer v ON v.id IN (t.id, t.of_id)"
        " LEFT JOIN points_let_go g ON g.entry_id = v.entry_id"
        " WHERE t.phase = 'void' AND g.entry_id IS NULL ORDER BY v.entry_id"
    ),
}


def irregular(session: Session) -> Iterator[Broken]:
    """Yield what hashes and sums pass: what was never public, and what the lists tell falsely."""
    for what, question in _QUESTIONS.items():
        for (entry_id,) in session.execute(question):
            yield Broken(entry_id, what)
