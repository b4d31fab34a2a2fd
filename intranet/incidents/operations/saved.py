"""Filters kept under a name: saved, renamed, made the first one shown, removed and brought back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import SavedFilter

SAVED_MAX = 20
NAME_MAX = 20
QUERY_MAX = 500


def save_filter(
    session: Session,
    *,
    viewer: Viewer,
    at: datetime,
    name: str,
    query: str,
    grid_path: str = "",
    is_default: bool = False,
) -> SavedFilter:
    """Keep a filter; one of the same name is replaced by it.

    Raises InputError for a name that is none, DomainError when there are SAVED_MAX already.
    """
    tidy = _name(name)
    found = _by_name(session, viewer, tidy)
    if found is None:
        kept = select(func.count(SavedFilter.id)).where(
            SavedFilter.account_id == viewer.account_id, SavedFilter.removed_at.is_(None)
        )
        if (session.scalar(kept) or 0) >= SAVED_MAX:
            raise DomainError("At most %(most)d filters; remove one first", most=SAVED_MAX)
        found = SavedFilter(account_id=viewer.account_id, name=tidy, made_at=at)
        session.add(found)
    found.query, found.grid_path = query[:QUERY_MAX], grid_path or None
    found.removed_at = None
    session.flush()
    if is_default:
        open_page_with(session, saved=found, wanted=True)
    return found


def rename_filter(session: Session, *, viewer: Viewer, saved: SavedFilter, name: str) -> None:
    """Give a filter another name; raises InputError when another of the person's has it."""
    tidy = _name(name)
    other = _by_name(session, viewer, tidy)
    if other is not None and other is not saved:
        if other.removed_at is None:
            raise InputError("Another of your filters has this name", "name")
        session.delete(other)
        session.flush()
    saved.name = tidy
    session.flush()


def open_page_with(session: Session, *, saved: SavedFilter, wanted: bool) -> None:
    """Make a filter the one the lists open with, or let them open with the to-do list again."""
    session.execute(
        update(SavedFilter)
        .where(SavedFilter.account_id == saved.account_id, SavedFilter.is_default)
        .values(is_default=False)
    )
    session.flush()
    saved.is_default = wanted
    session.flush()


def remove_filter(session: Session, *, saved: SavedFilter, at: datetime) -> None:
    """Take a filter away; the last one taken away can be brought back."""
    session.execute(
        delete(SavedFilter).where(
            SavedFilter.account_id == saved.account_id,
            SavedFilter.removed_at.is_not(None),
            SavedFilter.id != saved.id,
        )
    )
    saved.removed_at, saved.is_default = at, False
    session.flush()


def restore_filter(session: Session, *, saved: SavedFilter) -> None:
    """Bring a filter back that was taken away."""
    saved.removed_at = None
    session.flush()


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)
    return tidy


def _by_name(session: Session, viewer: Viewer, name: str) -> SavedFilter | None:
    return session.scalar(
        select(SavedFilter).where(
            SavedFilter.account_id == viewer.account_id, SavedFilter.name == name
        )
    )
