"""What hangs out or is signed stays true: nothing is entered behind it.

Standings are published when their year is over. From then on nothing changes what a party of that
community earned in the year: while they hang out they are taken down first, and published anew;
once they are signed nothing more is dated in the year, and what is found wrong later is corrected
under the day on which it is. A year opened again by two takes entries, and says so to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.errors import DomainError
from intranet.points.models import Settlement, SettlementState
from intranet.points.operations.belonging import above, whereabouts


def check_not_settled(
    session: Session, earning: Sequence[tuple[int, int]], *, dated: date, at: datetime
) -> None:
    """Refuse an entry that changes what stands under standings; most entries ask nothing here.

    ``earning`` is of which parties it changes the points of which years, ``dated`` its day. Raises
    DomainError where those standings hang out, or are signed and it is dated in their year.
    """
    for one in _settled(session, earning, at):
        if one.state is SettlementState.PUBLICITY:
            raise DomainError(
                "The standings of %(year)s hang out; they are taken down before anything in them"
                " changes",
                year=one.year,
            )
        if dated.year == one.year:
            raise DomainError(
                "The standings of %(year)s are signed; nothing more is entered in that year",
                year=one.year,
            )


def is_signed(session: Session, earning: Sequence[tuple[int, int]], *, at: datetime) -> bool:
    """Whether standings in which these parties' points of these years count are signed."""
    return any(one.state is SettlementState.FINAL for one in _settled(session, earning, at))


def _settled(
    session: Session, earning: Sequence[tuple[int, int]], at: datetime
) -> list[Settlement]:
    """Return the standings that hang out or are signed in which parties' points of years count."""
    over = {(party_id, year) for party_id, year in earning if year < clock.day_of(at).year}
    if not over:
        return []
    where = whereabouts(session, {party_id for party_id, _year in over})
    settled = session.scalars(
        select(Settlement).where(
            Settlement.year.in_({year for _party, year in over}),
            Settlement.state.in_([SettlementState.PUBLICITY, SettlementState.FINAL]),
            Settlement.reopened_at.is_(None),
            Settlement.grid_path.in_(above({path for one in where.values() for path in one.all})),
        )
    ).all()
    return [
        one
        for one in settled
        if any(
            year == one.year and where[party].at_end_of(year).startswith(one.grid_path)
            for party, year in over
        )
    ]
