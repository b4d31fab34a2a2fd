"""How much a party may still earn by a rule: what is left of each cap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, select

from intranet.points.models import COUNTED, Claim, ClaimState, Rule, Window
from intranet.points.operations.caps import span

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class CapLeft:
    """One cap in the window that holds a day, in points."""

    window: Window
    cap: int
    used: int  # public, objected to or posted
    waits: int  # filed and not decided yet

    @property
    def left(self) -> int:
        """What may still be given, if nothing that waits were approved."""
        return max(0, self.cap - self.used)


def caps_left(
    session: Session, offers: Iterable[tuple[Rule, int]], *, day: date
) -> dict[str, list[CapLeft]]:
    """Return for each rule, by code, what is left of its caps to a party; one query for all.

    ``offers`` are rules with the number of the party whose points they would become.
    """
    offered = list(offers)
    sums = _sums(session, {party_id for _rule, party_id in offered}, day)
    return {
        rule.code: [
            CapLeft(window, cap, *sums.get((party_id, rule.code, window), (0, 0)))
            for window, cap in rule.caps.items()
        ]
        for rule, party_id in offered
    }


def _sums(
    session: Session, party_ids: Collection[int], day: date
) -> dict[tuple[int, str, Window], tuple[int, int]]:
    """Return points that count and points that wait, by party, code and window."""
    if not party_ids:
        return {}
    spans = {window: span(day, window) for window in Window}
    counted, waits = Claim.state.in_(COUNTED), Claim.state == ClaimState.SUBMITTED
    asked = [
        func.coalesce(
            func.sum(case((and_(state, Claim.happened_on.between(*spans[one])), Claim.points))), 0
        )
        for one in Window
        for state in (counted, waits)
    ]
    first, last = min(one[0] for one in spans.values()), max(one[1] for one in spans.values())
    rows = session.execute(
        select(Claim.party_id, Claim.rule_code, *asked)
        .where(Claim.party_id.in_(party_ids), Claim.happened_on.between(first, last))
        .group_by(Claim.party_id, Claim.rule_code)
    )
    return {
        (row[0], row[1], window): (int(row[2 + 2 * n]), int(row[3 + 2 * n]))
        for row in rows
        for n, window in enumerate(Window)
    }
