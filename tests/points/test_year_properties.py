"""Whatever a year brings: earned, less redeemed, expired and deducted, is what a party closes with."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from emptying import empty
from factories import create_account, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points.goods_factory import open_shop, party
from points.invariants import broken, unsound
from points.points_factory import new_key
from points.teams_factory import team_of
from points.year_factory import verified
from sqlalchemy import func, or_, select

from intranet.db import db
from intranet.errors import DomainError
from intranet.points import operations
from intranet.points.models import (
    AccountKind,
    Dimension,
    Entry,
    EntryKind,
    Goods,
    LedgerAccount,
    Measure,
    Period,
    Phase,
    Redemption,
    RedemptionState,
    Transfer,
    TwoPersonAct,
)
from intranet.points.operations import Draft, Facts, HonourLine, Leg, Plan
from intranet.register.models import Party, PartyKind

YEARS = int(os.environ.get("POINTS_SEQUENCES", "500")) // 16  # on each of the two engines
DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
OVER, ENDED = AT.replace(year=2027, month=1, day=10), AT.replace(year=2027, month=4, day=1)
HOMES, AMOUNT = st.integers(0, 2), st.integers(1, 9)
ACT = st.one_of(
    st.tuples(st.just("grant"), HOMES, AMOUNT, st.sampled_from(list(Dimension))),
    st.tuples(st.just("pend"), HOMES, AMOUNT, st.sampled_from(["post", "void"])),
    st.tuples(st.just("undo"), st.integers(0, 30)),
    st.tuples(st.just("deduct"), HOMES, AMOUNT),
    st.tuples(st.just("redeem"), HOMES, st.sampled_from(["collect", "release", "hold"])),
)


class Year:
    """A year as it is lived, beside what a plain model of it says."""

    def __init__(self, house):
        db.session.rollback()  # what the year before it left open
        empty(house.extensions["test_tables"])
        db.session.expunge_all()
        self.shop = open_shop()
        path = self.shop.town.micros[0].path
        self.homes = [party(PartyKind.HOUSEHOLD, path).id for _ in range(2)]
        self.homes.append(team_of(self.shop.town.micros[0]).id)
        place = self.shop.town.community.path
        self.one, self.two = (
            viewer_of(create_account(role, place), (role, place)) for role in ("secretary", "admin")
        )
        made = operations.add_goods(
            db.session(),
            actor=self.shop.office,
            at=AT,
            grid=self.shop.town.community,
            sku="RICE5",
            facts=Facts("大米", 4),
        )
        self.goods = made.id
        operations.supply(
            db.session(), made, pieces=8, note="采购", key="s", actor=self.shop.office, at=AT
        )
        operations.open_period(db.session(), year=2027)
        db.session.commit()
        self.earned = defaultdict(int)  # home, dimension
        self.took = defaultdict(int)  # home, kind
        self.grants = []

    def closing(self, home):
        """Return what a home has, as the model reckons it."""
        earned = sum(self.earned[home, one] for one in Dimension)
        return earned - sum(self.took[home, one] for one in ("redeemed", "expired", "deducted"))

    def attempt(self, act):
        try:
            made = act()
            db.session.commit()
        except DomainError:
            db.session.rollback()
            return None
        return made

    def post(self, home, other, amount, kind, phase=Phase.POSTED, *, takes=False):
        session = db.session()
        account = operations.party_account(session, party_id=self.homes[home], year=2026)
        legs = [Leg(account, other, amount, phase) if takes else Leg(other, account, amount, phase)]
        people = {"actor_id": self.shop.books.actor, "approver_id": self.shop.books.approver}
        by = {"rule": ("cleanup", 1), **people}
        draft = Draft(key=new_key(), kind=kind, legs=legs, effective_on=DAY, **by)
        return operations.post(session, draft, at=AT)

    def issued(self, dimension):
        return operations.issued_account(db.session(), year=2026, dimension=dimension)

    def grant(self, home, amount, dimension):
        made = self.attempt(
            lambda: self.post(home, self.issued(dimension), amount, EntryKind.GRANT)
        )
        assert made is not None
        self.earned[home, dimension] += amount
        self.grants.append((made.id, home, amount, dimension))

    def pend(self, home, amount, ends):
        dimension = Dimension.CONTRIBUTION
        issued = self.issued(dimension)
        made = self.post(home, issued, amount, EntryKind.GRANT, Phase.PENDING)
        facts = {"key": new_key(), "effective_on": DAY, "at": AT}
        operations.resolve(db.session(), made, phase=Phase(ends), **facts)
        db.session.commit()
        self.earned[home, dimension] += amount if ends == "post" else 0

    def undo(self, which):
        if not self.grants:
            return
        number, home, amount, dimension = self.grants[which % len(self.grants)]
        people = {"actor_id": self.shop.books.actor, "approver_id": self.shop.books.approver}
        facts = {"key": new_key(), "effective_on": DAY, "at": AT, "note": "slip"}
        wrong = db.session.get_one(Entry, number)
        undone = self.attempt(lambda: operations.reverse(db.session(), wrong, **facts, **people))
        if undone is not None:
            self.earned[home, dimension] -= amount

    def deduct(self, home, amount):
        def act():
            other = operations.taken_account(db.session(), kind=AccountKind.DEDUCTED, year=2026)
            return self.post(home, other, amount, EntryKind.DEDUCT, takes=True)

        if self.attempt(act) is not None:
            self.took[home, "deducted"] += amount

    def redeem(self, home, ends):
        def act():
            return operations.hold(
                db.session(),
                actor=None,
                party=db.session.get_one(Party, self.homes[home]),
                goods=db.session.get_one(Goods, self.goods),
                quantity=1,
                key=new_key(),
                at=AT,
            )

        made = self.attempt(act)
        if made is not None and ends != "hold":
            getattr(operations, ends)(db.session(), made, actor=self.shop.office, at=AT)
            db.session.commit()
        if made is not None and ends == "collect":
            self.took[home, "redeemed"] += 4

    def settle(self, *, expires):
        """End the year by the book: waited for, published, signed and closed by two."""
        session = db.session()
        for one in session.scalars(
            select(Redemption).where(Redemption.state == RedemptionState.HELD)
        ).all():
            operations.expire_hold(session, one, at=OVER)
        end = operations.begin_settlement(
            session, grid=self.shop.town.community, year=2026, actor=self.one, at=AT
        )
        plan = Plan(1, 10**6, ENDED.date() if expires else None)
        act = {"actor": self.one, "at": AT}
        operations.change_plan(session, end, plan=plan, version=end.version, **act)
        for kind in (PartyKind.HOUSEHOLD, PartyKind.TEAM):
            line = HonourLine(kind, Measure.PER_HEAD, 1, 1, "星")
            operations.add_honour(session, end, line=line, **act)
        verified(OVER)
        operations.publish(session, end, version=end.version, actor=self.one, at=OVER)
        later = OVER + timedelta(days=2)  # once it has hung out
        for deed in (TwoPersonAct.SIGN, TwoPersonAct.CLOSE):
            verified(later)
            facts = {"deed": deed, "at": later}
            operations.ask_for(
                session, end, reason="", version=end.version, actor=self.one, **facts
            )
            operations.confirm(session, end, place="公示栏", actor=self.two, **facts)
        session.commit()
        return end


def statement(party_id):
    """Return what came to a party's accounts and went from them, by what it came from."""
    found = defaultdict(int)
    mine = select(LedgerAccount.id).where(LedgerAccount.party_id == party_id)
    rows = db.session.execute(
        select(Transfer, LedgerAccount)
        .join(
            LedgerAccount,
            or_(
                (LedgerAccount.id == Transfer.debit_id) & Transfer.credit_id.in_(mine),
                (LedgerAccount.id == Transfer.credit_id) & Transfer.debit_id.in_(mine),
            ),
        )
        .where(Transfer.phase.in_([Phase.POSTED, Phase.POST]))
    )
    for transfer, other in rows:
        sign = 1 if other.id == transfer.debit_id else -1
        found[other.kind] += sign * transfer.amount
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_earned_less_redeemed_expired_and_deducted_is_what_a_party_closes_with(app):
    @settings(
        max_examples=YEARS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(ACT, max_size=25), st.booleans())
    def lived(acts, expires):
        year = Year(app)
        for verb, *how in acts:
            getattr(year, verb)(*how)
        before = {
            one.party_id: one
            for one in operations.earned(db.session(), year.shop.town.community.path, 2026)
        }
        end = year.settle(expires=expires)
        frozen = db.session.scalar(select(Period.balances).where(Period.year == 2026))
        if expires:
            operations.expire_points(db.session(), end, at=ENDED)
            assert operations.expire_points(db.session(), end, at=ENDED + timedelta(days=9)) == 0
            db.session.commit()
        for home, party_id in enumerate(year.homes):
            told = statement(party_id)
            account = operations.party_account(db.session(), party_id=party_id, year=2026)
            left = year.closing(home)
            if expires:
                year.took[home, "expired"] = left
                left = 0
            assert account.balance == left == sum(told.values())
            assert told[AccountKind.ISSUED] == sum(year.earned[home, one] for one in Dimension)
            for kind in (AccountKind.REDEEMED, AccountKind.EXPIRED, AccountKind.DEDUCTED):
                assert -told[kind] == year.took[home, kind.value]
            stands = before.get(party_id)
            for one in Dimension:
                has = getattr(stands, one.value) if stands else 0
                assert has == year.earned[home, one]
        assert (broken(), unsound()) == ([], [])
        assert frozen
        held = select(func.count(Redemption.id)).where(Redemption.state == RedemptionState.HELD)
        assert db.session.scalar(held) == 0

    lived()
