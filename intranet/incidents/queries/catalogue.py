"""What administrators' pages show of the list of matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.incidents.models import Category, Incident, TimeLimit, Urgency
from intranet.incidents.queries.places import categories


class Listed(StrEnum):
    """Which matters a list shows."""

    NOW = ""  # on the list today
    OFF = "off"  # not, or not yet
    ALL = "all"


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What the list of matters is narrowed to; empty fields do not narrow."""

    text: str = ""
    urgency: Urgency | None = None
    listed: Listed = Listed.NOW

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is chosen."""
        return self != MatterFilter()


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A class or matter, how many open incidents it has, and whether it has limits of its own."""

    category: Category
    open_count: int
    has_limits: bool
    is_listed: bool


@dataclass(frozen=True, slots=True)
class MatterClass:
    """A class, and what is below it."""

    head: MatterRow
    below: list[MatterRow]


def matter_classes(session: Session, wanted: MatterFilter, *, today: date) -> list[MatterClass]:
    """Return the classes with the matters that a filter finds; three queries.

    A class is there for the matters found below it, and for its own sake when it is found itself.
    """
    listed = categories(session, closed=True)
    counts = open_counts(session)
    limited = set(session.scalars(select(TimeLimit.category_id).distinct()))
    rows = {
        one.id: MatterRow(one, counts.get(one.id, 0), one.id in limited, one.is_listed(today))
        for one in listed
    }
    found = []
    for head in listed:
        if head.parent_id is None:
            below = [
                rows[one.id]
                for one in listed
                if one.parent_id == head.id and _matches(rows[one.id], head, wanted)
            ]
            if below or (wanted.urgency is None and _matches(rows[head.id], head, wanted)):
                found.append(MatterClass(rows[head.id], below))
    return found


def open_counts(session: Session) -> dict[int, int]:
    """Return how many open incidents each matter has."""
    rows = session.execute(
        select(Incident.category_id, func.count(Incident.id))
        .where(Incident.is_open)
        .group_by(Incident.category_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def category_or_404(session: Session, number: int) -> Category:
    """Return a class or matter, on the list or off it."""
    found = session.get(Category, number) if number < 2**31 else None
    return found or abort(404)


def _matches(row: MatterRow, head: Category, wanted: MatterFilter) -> bool:
    one = row.category
    if wanted.listed is not Listed.ALL and row.is_listed is not (wanted.listed is Listed.NOW):
        return False
    if wanted.urgency is not None and one.urgency is not wanted.urgency:
        return False
    words = (one.name, one.keywords, one.owner, one.code, head.name)
    return any(wanted.text.casefold() in text.casefold() for text in words)
