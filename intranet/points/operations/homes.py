"""Who lives, or lived, where points go: none of them decides about those points."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet import clock
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.points.models import Claim
from intranet.points.operations.apart import serves
from intranet.register.models import FormerHome, Party, PartyKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def homes_of(
    session: Session, party_ids: Collection[int], *, since: date | None = None
) -> set[int]:
    """Return some parties with the households they live in or have lived in since a day, or ever.

    Between two days as on them: nobody moves out for the hour in which it is decided.
    """
    now = select(Party.household_id).where(Party.id.in_(party_ids))
    before = select(FormerHome.household_id).where(FormerHome.party_id.in_(party_ids))
    if since is not None:
        begin = datetime.combine(since, time(), BEIJING)
        before = before.where(FormerHome.until >= begin)
    found = session.scalars(now.union_all(before)).all()
    return {*party_ids, *(one for one in found if one is not None)}


def is_of_home(session: Session, viewer: Viewer, claims: Sequence[Claim]) -> bool:
    """Whether somebody gets points of one of the claims, or lives or lived with whoever does.

    As it was on the day it happened, as it was filed, or as it is now: any of them counts.
    """
    if not claims:
        return False
    since = min(one.happened_on for one in claims)
    theirs = homes_of(session, {one.party_id for one in claims}, since=since)
    theirs |= {one.home_id for one in claims if one.home_id is not None}
    mine = set(viewer.party_ids)
    if viewer.party_id is not None:
        mine |= homes_of(session, {viewer.party_id}, since=since)
    return not theirs.isdisjoint(mine)


def is_own(session: Session, viewer: Viewer, claims: Sequence[Claim]) -> bool:
    """Whether points of one of the claims are somebody's own, of their home or of their team."""
    days = {one.happened_on for one in claims}
    return is_of_home(session, viewer, claims) or serves(
        session, {one.party_id for one in claims}, viewer.party_id, days=days
    )


def home_of(party: Party) -> int:
    """Return the number of a person's household, or else of the party itself."""
    return party.household_id or party.id


def is_gone(party: Party) -> bool:
    """Whether a party has left or was erased: nothing more is filed for it.

    What a team did until it was dissolved is filed after, too.
    """
    has_gone = party.left_at is not None or party.erased_at is not None
    return has_gone and party.kind is not PartyKind.TEAM


def is_dissolved(party: Party, day: date) -> bool:
    """Whether a team was no more on a day; what it did before its grid closed counts.

    The day of closing is none of the team's any more, as it is none of its members' posts.
    """
    ended = party.left_at if party.kind is PartyKind.TEAM else None
    return ended is not None and day >= clock.day_of(ended)
