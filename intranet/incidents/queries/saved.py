"""The filters a person keeps; nobody else's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from intranet.access import Viewer
from intranet.incidents.models import SavedFilter

ROWS_MAX = 21  # what may be kept, and the one that can be brought back


def saved_filters(session: Session, viewer: Viewer) -> Sequence[SavedFilter]:
    """Return the viewer's filters, the one the lists open with first, then by name.

    One that was removed last, and can be brought back, is among them.
    """
    return session.scalars(
        select(SavedFilter)
        .where(SavedFilter.account_id == viewer.account_id)
        .order_by(SavedFilter.is_default.desc(), SavedFilter.name)
        .limit(ROWS_MAX)
    ).all()


def saved_or_404(session: Session, viewer: Viewer, saved_id: int) -> SavedFilter:
    """Return one of the viewer's own filters."""
    own = SavedFilter.account_id == viewer.account_id
    found = session.scalar(select(SavedFilter).where(SavedFilter.id == saved_id, own))
    if found is None:
        raise NotFound
    return found
