"""What the roster asks of the register: names, masked, and whom a search finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from intranet.access import Viewer


def masked_names(session: Session, viewer: Viewer, party_ids: Iterable[int]) -> dict[int, str]:
    """Return the masked name of each person."""
    from intranet.register import queries as register

    names: dict[int, str] = register.masked_names(session, viewer, list(party_ids))
    return names


def party_ids_matching(text: str) -> Any:
    """Return a subquery of the parties that a name, initials or a phone's last four find."""
    from intranet.register import queries as register

    return register.party_ids_matching(text)
