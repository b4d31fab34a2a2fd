"""Caps: how many points a party may get by a rule in a day, week, month or year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intranet.errors import DomainError
from intranet.i18n import N_
from intranet.points.models import COUNTED, Claim, Rule, Window

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CAP_WORDS = {
    Window.DAY: N_(
        "At most %(cap)s points a day by this rule; %(used)s are there, %(wanted)s are too many"
    ),
    Window.WEEK: N_(
        "At most %(cap)s points a week by this rule; %(used)s are there, %(wanted)s are too many"
    ),
    Window.MONTH: N_(
        "At most %(cap)s points a month by this rule; %(used)s are there, %(wanted)s are too many"
    ),
    Window.YEAR: N_(
        "At most %(cap)s points a year by this rule; %(used)s are there, %(wanted)s are too many"
    ),
}


def used(session: Session, claim: Claim, window: Window) -> int:
    """Return the points of a rule that a party has in a window, this claim's left out.

    Counted anew each time, in the ledger's turn: there is no counter that could be wrong.
    """
    first, last = span(claim.happened_on, window)
    found = session.scalar(
        select(func.coalesce(func.sum(Claim.points), 0)).where(
            Claim.party_id == claim.party_id,
            Claim.rule_code == claim.rule_code,
            Claim.happened_on.between(first, last),
            Claim.state.in_(COUNTED),
            Claim.id != claim.id,
        )
    )
    return int(found or 0)


def span(day: date, window: Window) -> tuple[date, date]:
    """Return the first and last day of the window in which a day lies."""
    if window is Window.DAY:
        return day, day
    if window is Window.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if window is Window.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date(day.year, 1, 1), date(day.year, 12, 31)


def check_caps(session: Session, rule: Rule, claim: Claim, *, points: int | None = None) -> None:
    """Refuse what would pass a cap of its rule: the claim's points, or others in their place."""
    wanted = claim.points if points is None else points
    for window, cap in rule.caps.items():
        before = used(session, claim, window)
        if before + wanted > cap:
            raise DomainError(CAP_WORDS[window], cap=cap, used=before, wanted=wanted)
