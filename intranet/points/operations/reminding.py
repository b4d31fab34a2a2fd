"""Homes are told before points of a year lapse, when they did, and what they were honoured with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.db import within
from intranet.i18n import N_
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.models import Account
from intranet.points.models import (
    AccountKind,
    Award,
    Goods,
    Honour,
    LedgerAccount,
    Settlement,
    SettlementState,
)
from intranet.register.models import Party

DAYS_BEFORE = (30, 7)  # the last day; told once for each
BATCH = 100  # parties in one transaction
LAPSES = N_(
    "%(points)s points of %(year)s are good until %(day)s, that day included; use them by then."
)
LAPSED = N_("%(points)s points of %(year)s have lapsed; they were good until %(day)s.")
HONOURED = N_("Honoured at the end of %(year)s: %(title)s, rank %(rank)s.")
HONOURED_WITH = N_(
    "Honoured at the end of %(year)s: %(title)s, rank %(rank)s. %(goods)s × %(pieces)s wait for"
    " you at the service station."
)


def ending_soon(session: Session, *, day: date) -> Sequence[Settlement]:
    """Return the year's ends in force whose points are good for some days more, but not many."""
    first, last = day + timedelta(days=1), day + timedelta(days=DAYS_BEFORE[0] + 1)
    return session.scalars(
        select(Settlement)
        .where(
            Settlement.state.in_([SettlementState.FINAL, SettlementState.CLOSED]),
            Settlement.expires_on.between(first, last),
        )
        .order_by(Settlement.year, Settlement.id)
    ).all()


def remind(session: Session, settlement: Settlement, *, after: int, at: datetime) -> int:
    """Tell the next BATCH homes that have something left of a year; return the last one, or 0.

    Who was told for the same number of days already is passed over.
    """
    last_day = settlement.last_day
    assert last_day is not None
    left = (last_day - clock.day_of(at)).days
    step = min(days for days in DAYS_BEFORE if left <= days)
    accounts = session.scalars(
        select(LedgerAccount)
        .join(Party, Party.id == LedgerAccount.party_id)
        .where(
            LedgerAccount.kind == AccountKind.PARTY,
            LedgerAccount.year == settlement.year,
            LedgerAccount.party_id > after,
            within(Party.grid_path, settlement.grid_path),
        )
        .order_by(LedgerAccount.party_id)
        .limit(BATCH)
    ).all()
    homes = at_home(session, [one.party_id for one in accounts if one.party_id is not None])
    for one in accounts:
        to = homes.get(one.party_id or 0)
        if one.available > 0 and to:
            key = f"points:lapses:{settlement.id}:{last_day.isoformat()}:{step}:{one.party_id}"
            _tell_end(session, settlement, one.available, to=to, key=key, words=LAPSES, at=at)
    return (accounts[-1].party_id or 0) if len(accounts) == BATCH else 0


def tell_lapsed(
    session: Session, settlement: Settlement, account: LedgerAccount, points: int, *, at: datetime
) -> None:
    """Tell a home how many points of a year are gone."""
    party_id = account.party_id or 0
    to = at_home(session, [party_id])[party_id]
    key = f"points:lapsed:{account.code}:{clock.day_of(at).isoformat()}"
    _tell_end(session, settlement, points, to=to, key=key, words=LAPSED, at=at)


def tell_honoured(
    session: Session, settlement: Settlement, award: Award, honour: Honour, *, at: datetime
) -> None:
    """Tell a home what it was honoured with, and that goods wait for it."""
    params: dict[str, str | int] = {
        "year": settlement.year,
        "title": honour.title,
        "rank": award.rank,
    }
    words = HONOURED
    if honour.goods_id is not None:
        goods = session.get_one(Goods, honour.goods_id)
        words = HONOURED_WITH
        params |= {"goods": goods.title, "pieces": honour.quantity}
    tell(
        session,
        to=at_home(session, [award.party_id])[award.party_id],
        key=f"points:award:{award.id}",
        topic=Topic.POINTS,
        words=words,
        params=params,
        url="/points/honours",
        urgent=False,
        at=at,
        grid_path=settlement.grid_path,
    )


def at_home(session: Session, party_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the accounts of each party, and of those who live in it; one query."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(Account.id, Party.id, Party.household_id)
        .join(Party, Party.id == Account.party_id)
        .where(or_(Party.id.in_(party_ids), Party.household_id.in_(party_ids)))
    )
    for account_id, party_id, household_id in rows:
        for one in set(party_ids) & {party_id, household_id}:
            found[one].add(account_id)
    return found


def _tell_end(
    session: Session,
    settlement: Settlement,
    points: int,
    *,
    to: set[int],
    key: str,
    words: str,
    at: datetime,
) -> None:
    assert settlement.last_day is not None
    tell(
        session,
        to=to,
        key=key,
        topic=Topic.POINTS,
        words=words,
        params={
            "points": points,
            "year": settlement.year,
            "day": settlement.last_day.isoformat(),
        },
        url="/points",
        urgent=False,
        at=at,
        grid_path=settlement.grid_path,
    )
