"""Points for goods: held aside together, then fetched with a code, let go, or out of time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import clock, sealing
from intranet.access import Viewer
from intranet.acts import Act
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    REDEMPTION_MOVES,
    AccountKind,
    EntryKind,
    Goods,
    LedgerAccount,
    Phase,
    Redemption,
    RedemptionState,
)
from intranet.points.models.entry import Entry
from intranet.points.operations.accounts import (
    goods_account,
    open_period,
    take_turn,
    taken_account,
)
from intranet.points.operations.expiring import expiries
from intranet.points.operations.goods import stock_of
from intranet.points.operations.handing import check_not_own, note_handing
from intranet.points.operations.posting import Draft, Leg, post, resolve
from intranet.register.models import Party

QUANTITY_MAX = 99
HOLD_DAYS = 7
HELD_MAX = 20  # redemptions of one party waiting at once
CODE_DIGITS = 6
BATCH = 500
ACTIONS = {
    RedemptionState.COLLECTED: "points:redemption:collect",
    RedemptionState.RELEASED: "points:redemption:release",
    RedemptionState.EXPIRED: "points:redemption:expire",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page said of goods to whoever confirmed there: it holds for that, or not at all."""

    version: int
    points: int  # for one


def hold(
    session: Session,
    *,
    actor: Viewer | None,
    party: Party,
    goods: Goods,
    quantity: int,
    key: str,
    at: datetime,
    seen: Seen | None = None,
    address: str = "",
) -> Redemption:
    """Keep goods and the points for them aside until they are fetched: what ends first goes first.

    ``key`` names the act for good; ``seen`` is what was confirmed on a page, None where there was
    none. Raises InputError for no number of pieces; DomainError where the goods have changed since,
    are closed or of another community, the party's limit of the year is reached, or points or
    pieces are too few: it says how many there are.
    """
    take_turn(session)
    first = _of_key(session, key)
    if first is not None:
        if (first.party_id, first.goods_id, first.quantity) != (party.id, goods.id, quantity):
            raise DomainError("This was entered already, with other content")
        return first
    session.refresh(goods)
    _check_seen(goods, seen)
    act = Act(actor, at, address)
    day = act.day
    open_period(session, year=day.year)
    _check(session, party, goods, quantity, day)
    points = goods.points * quantity
    legs = _legs(session, party, goods, quantity, day)
    draft = Draft(
        key=key,
        kind=EntryKind.HOLD,
        legs=legs,
        effective_on=day,
        actor_id=act.account_id,
        event=f"goods:{goods.id}",
        note=goods.sku,
    )
    entry = post(session, draft, at=at)
    code, salt = _fresh_code(session, goods), secrets.token_hex(8)
    made = Redemption(
        party_id=party.id,
        goods_id=goods.id,
        quantity=quantity,
        points=points,
        year=day.year,
        hold_id=entry.id,
        code_salt=salt,
        code_hash=hash_code(salt, code),
        code_sealed=sealing.seal(code),
        made_by=draft.actor_id,
        made_at=at,
        expires_at=_expires_at(legs, at, expiry_days(session, party.id)),
    )
    session.add(made)
    session.flush()
    facts: dict[str, Any] = {
        "sku": goods.sku,
        "quantity": quantity,
        "points": points,
        "party": party.id,
    }
    act.record(session, "points:redemption:hold", "redemption", made.id, party.grid_path, **facts)
    return made


def collect(
    session: Session,
    redemption: Redemption,
    *,
    actor: Viewer,
    at: datetime,
    reason: str = "",
    address: str = "",
) -> None:
    """Hand the goods over: what was held is spent and gone.

    ``reason`` is why it was handed over without the code: the home is told, a leader looks
    through it. Raises DomainError for goods of the actor's own home, where it was decided already,
    or the time to fetch it is over.
    """
    _take(session, redemption, RedemptionState.COLLECTED)
    check_not_own(session, actor, redemption.party_id)
    if redemption.expires_at <= at:
        raise DomainError("The time to fetch it is over; points and goods go back")
    act = Act(actor, at, address)
    _decide(session, redemption, RedemptionState.COLLECTED, act, "")
    if reason:
        note_handing(session, redemption, reason=reason, act=act)


def release(
    session: Session,
    redemption: Redemption,
    *,
    actor: Viewer,
    at: datetime,
    reason: str = "",
    address: str = "",
) -> None:
    """Let it go: points and goods are free again. Raises DomainError where it was decided."""
    _take(session, redemption, RedemptionState.RELEASED)
    _decide(session, redemption, RedemptionState.RELEASED, Act(actor, at, address), reason)


def expire_hold(session: Session, redemption: Redemption, *, at: datetime) -> bool:
    """Let go what was not fetched in time; False where it was decided meanwhile, or is not due."""
    take_turn(session)
    session.refresh(redemption)
    if redemption.state is not RedemptionState.HELD or redemption.expires_at > at:
        return False
    _decide(session, redemption, RedemptionState.EXPIRED, Act(None, at), "")
    return True


def overdue(session: Session, *, at: datetime, limit: int = 100) -> Sequence[Redemption]:
    """Return what is held longer than it may be, the oldest first."""
    return session.scalars(
        select(Redemption)
        .where(Redemption.state == RedemptionState.HELD, Redemption.expires_at <= at)
        .order_by(Redemption.expires_at, Redemption.id)
        .limit(limit)
    ).all()


def lots(session: Session, party_id: int, *, day: date) -> list[LedgerAccount]:
    """Return a party's accounts with something to spend on a day, what ends first first.

    What is carried, or of a year whose plan is not signed yet, comes after all that has a day, the
    oldest year's first. A year's whose points are none any more on that day are left out.
    """
    ends = expiry_days(session, party_id)
    rows = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.party_id == party_id, LedgerAccount.kind == AccountKind.PARTY)
        .execution_options(populate_existing=True)
    )

    def end(account: LedgerAccount) -> date:
        return ends.get(account.year or 0, date.max)

    found = [one for one in rows if one.available > 0 and end(one) > day]
    return sorted(found, key=lambda one: (end(one), one.year or 0))


def expiry_days(session: Session, party_id: int) -> dict[int, date]:
    """Return of which years the party's points are none any more from which day on."""
    return expiries(session, [party_id])[party_id]


def hash_code(salt: str, code: str) -> str:
    """Return what is kept of a code to compare with."""
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()


def is_code(redemption: Redemption, code: str) -> bool:
    """Whether this is the code of what is held."""
    return hmac.compare_digest(redemption.code_hash, hash_code(redemption.code_salt, code))


def code_of(redemption: Redemption) -> str:
    """Return the code to show to whom the goods are for; empty once it is decided."""
    return sealing.unseal(redemption.code_sealed) if redemption.code_sealed else ""


def held_in(session: Session, community: str) -> Sequence[Redemption]:
    """Return what is held of the goods of a community."""
    return session.scalars(
        select(Redemption)
        .join(Goods, Goods.id == Redemption.goods_id)
        .where(Redemption.state == RedemptionState.HELD, Goods.grid_path == community)
    ).all()


def renew_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH codes behind an id with the newest key; return how many, and the id."""
    batch = session.scalars(
        select(Redemption)
        .where(Redemption.id > after, Redemption.code_sealed != "")
        .order_by(Redemption.id)
        .limit(BATCH)
    ).all()
    for one in batch:
        one.code_sealed = sealing.renew(one.code_sealed)
    session.flush()
    return len(batch), batch[-1].id if batch else after


def _of_key(session: Session, key: str) -> Redemption | None:
    by_key = select(Redemption).join(Entry, Entry.id == Redemption.hold_id).where(Entry.key == key)
    return session.scalar(by_key)


def _check_seen(goods: Goods, seen: Seen | None) -> None:
    if seen is not None and seen != Seen(goods.version, goods.points):
        raise DomainError(
            "These goods have just been changed: one is %(points)s points now. Nothing is kept"
            " aside; look at them again and confirm",
            points=goods.points,
        )


def _check(session: Session, party: Party, goods: Goods, quantity: int, day: date) -> None:
    if not 0 < quantity <= QUANTITY_MAX:
        raise InputError("Between 1 and %(most)s pieces", "quantity", most=QUANTITY_MAX)
    if not party.grid_path.startswith(goods.grid_path) or party.left_at is not None:
        raise DomainError("These goods are for those of another community")
    if goods.retired_at is not None:
        raise DomainError("These goods are not given out at present")
    of_party = select(func.coalesce(func.sum(Redemption.quantity), 0)).where(
        Redemption.party_id == party.id,
        Redemption.goods_id == goods.id,
        Redemption.year == day.year,
        Redemption.state.in_([RedemptionState.HELD, RedemptionState.COLLECTED]),
    )
    had = session.scalar(of_party) or 0
    if goods.year_limit and had + quantity > goods.year_limit:
        raise DomainError(
            "At most %(most)s of these a year; %(had)s were asked for already",
            most=goods.year_limit,
            had=had,
        )
    waiting = select(func.count()).where(
        Redemption.party_id == party.id, Redemption.state == RedemptionState.HELD
    )
    if (session.scalar(waiting) or 0) >= HELD_MAX:
        raise DomainError("%(num)s are waiting already; fetch some first", num=HELD_MAX)


def _legs(session: Session, party: Party, goods: Goods, quantity: int, day: date) -> list[Leg]:
    """Return the pending transfers: points that end first, and the pieces."""
    stock, wanted = stock_of(session, goods), goods.points * quantity
    if stock.available < quantity:
        raise DomainError(
            "There are %(left)s left of these; %(wanted)s were asked for",
            left=stock.available,
            wanted=quantity,
        )
    accounts = lots(session, party.id, day=day)
    have = sum(one.available for one in accounts)
    if have < wanted:
        raise DomainError(
            "There are %(have)s points; %(wanted)s are needed", have=have, wanted=wanted
        )
    redeemed = taken_account(session, kind=AccountKind.REDEEMED, year=day.year)
    handed = goods_account(session, kind=AccountKind.HANDED, sku=goods.sku)
    legs: list[Leg] = []
    for account in accounts:
        part = min(account.available, wanted)
        if part:
            legs.append(Leg(account, redeemed, part, Phase.PENDING))
        wanted -= part
    return [*legs, Leg(handed, stock, quantity, Phase.PENDING)]


def _expires_at(legs: Sequence[Leg], at: datetime, expiries: dict[int, date]) -> datetime:
    """Return when a hold ends: after a week, with its year, or when the first points in it do."""
    day = clock.day_of(at)
    ends = [date(day.year + 1, 1, 1)]
    years = [leg.debit.year for leg in legs if leg.debit.kind is AccountKind.PARTY]
    ends += [expiries[year] for year in years if year in expiries]
    first = min(ends)
    midnight = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    return min(at + timedelta(days=HOLD_DAYS), midnight)


def _fresh_code(session: Session, goods: Goods) -> str:
    """Return a code that nothing held in the community has."""
    held = held_in(session, goods.grid_path)
    while True:  # a million codes, and some hundred are in use
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        if not any(is_code(one, code) for one in held):
            return code


def _take(session: Session, redemption: Redemption, to: RedemptionState) -> None:
    take_turn(session)
    session.refresh(redemption)
    if to not in REDEMPTION_MOVES[redemption.state]:
        raise DomainError("This was decided already; see how it ended")


def _decide(
    session: Session,
    redemption: Redemption,
    state: RedemptionState,
    act: Act,
    reason: str,
) -> None:
    """Post what is held, or let it go, and note it on the row: both or neither."""
    is_collected = state is RedemptionState.COLLECTED
    pending = session.get_one(Entry, redemption.hold_id)
    last = redemption.expires_at - timedelta(microseconds=1)
    done = resolve(
        session,
        pending,
        phase=Phase.POST if is_collected else Phase.VOID,
        key=f"{'collect' if is_collected else 'release'}:{redemption.hold_id}",
        # A year with something held is open, and what comes late is dated in it.
        effective_on=max(clock.day_of(min(act.at, last)), pending.effective_on),
        at=act.at,
        kind=EntryKind.COLLECT if is_collected else EntryKind.RELEASE,
        actor_id=act.account_id,
        note=state.value,
    )
    redemption.state, redemption.done_id, redemption.done_at = state, done.id, act.at
    redemption.done_by = act.account_id
    redemption.code_sealed = ""
    session.flush()
    party = session.get_one(Party, redemption.party_id)
    facts: dict[str, Any] = {"reason": reason, "party": party.id}
    act.record(session, ACTIONS[state], "redemption", redemption.id, party.grid_path, **facts)
