"""The same thing filed a second time: asked about, for it may well have been done twice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.errors import DomainError
from intranet.i18n import N_
from intranet.points.models import COUNTED, Claim, ClaimState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WAITS_OR_COUNTS = (ClaimState.SUBMITTED, *COUNTED)
SHOWN_MAX = 10  # so many are named
ONE = N_("The same was filed for that day already: claim %(who)s. Was it done once more?")
MANY = N_("%(num)s of those ticked have this for that day already: %(who)s")


class AlikeError(DomainError):
    """Claims of that party, rule and day are there; ``claims`` are their numbers."""

    def __init__(self, key: str, claims: list[int], parties: list[int]) -> None:
        shown = (claims if key == ONE else parties)[:SHOWN_MAX]
        super().__init__(key, num=len(parties), who=", ".join(str(one) for one in shown))
        self.claims = claims


def ask_if_alike(
    session: Session, *, party_ids: Collection[int], code: str, day: date, many: bool = False
) -> None:
    """Raise AlikeError where a party has a claim by this rule for this day that may count.

    A page that a phone's Back button brought again is sent under a new key with the old content:
    no key can tell it from what was done twice, so whoever sends it is asked.
    """
    found = session.execute(
        select(Claim.id, Claim.party_id)
        .where(
            Claim.party_id.in_(party_ids),
            Claim.rule_code == code,
            Claim.happened_on == day,
            Claim.state.in_(WAITS_OR_COUNTS),
        )
        .order_by(Claim.id)
    ).all()
    if found:
        parties = sorted({party for _claim, party in found})
        raise AlikeError(MANY if many else ONE, [claim for claim, _party in found], parties)
