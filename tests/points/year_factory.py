"""A community at its year's end: what its parties earned, a plan, and those who sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from factories import create_account, viewer_of
from points.goods_factory import Shop, open_shop, party
from points.points_factory import new_key
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.db import db, reading
from intranet.points import operations, queries
from intranet.points.models import (
    AccountKind,
    Dimension,
    EntryKind,
    Measure,
    Phase,
    Settlement,
    TwoPersonAct,
)
from intranet.points.operations import Draft, HonourLine, Leg, Plan
from intranet.register.models import PartyKind

DAY = date(2026, 12, 20)
AT = datetime(2027, 1, 5, 2, 0, tzinfo=UTC)  # after the year is over
LATER = datetime(2027, 1, 20, 2, 0, tzinfo=UTC)  # after the publicity is over
PLACE = "公示栏"


@dataclass
class YearsEnd:
    """What the tests of the year's end stand on."""

    shop: Shop
    secretary: Viewer
    admin: Viewer
    settlement: Settlement
    homes: list[int]


@pytest.fixture
def years_end(app):
    shop = open_shop()
    path = shop.town.community.path
    homes = [party(PartyKind.HOUSEHOLD, shop.town.micros[0].path).id for _ in range(3)]
    for home, members in zip(homes, (1, 4, 2), strict=True):
        for _ in range(members):
            party(PartyKind.PERSON, shop.town.micros[0].path, household_id=home)
    people = [viewer_of(create_account(one, path), (one, path)) for one in ("secretary", "admin")]
    operations.open_period(db.session(), year=2027)
    settlement = operations.begin_settlement(
        db.session(), grid=shop.town.community, year=2026, actor=people[0], at=AT
    )
    db.session.commit()
    return YearsEnd(shop, *people, settlement, homes)


def move(end, party_id, amount, dimension=Dimension.PARTICIPATION, *, phase=Phase.POSTED, back=0):
    """Grant points in a dimension, or with ``back`` deduct; committed."""
    session = db.session()
    account = operations.party_account(session, party_id=party_id, year=2026)
    if back:
        other = operations.taken_account(session, kind=AccountKind.DEDUCTED, year=2026)
        legs = [Leg(account, other, back, phase)]
    else:
        other = operations.issued_account(session, year=2026, dimension=dimension)
        legs = [Leg(other, account, amount, phase)]
    draft = Draft(
        key=new_key(),
        kind=EntryKind.DEDUCT if back else EntryKind.GRANT,
        legs=legs,
        effective_on=DAY,
        actor_id=end.shop.books.actor,
        approver_id=end.shop.books.approver,
        rule=("cleanup", 1),
    )
    made = operations.post(session, draft, at=AT)
    session.commit()
    return made


def plan(end, *lines, days=7, budget=100_000, expires_on=None):
    """Plan the year's end: each line is kind, measure, first and last rank, title, goods."""
    act = {"actor": end.secretary, "at": AT}
    operations.change_plan(
        db.session(),
        end.settlement,
        plan=Plan(days, budget, expires_on),
        version=end.settlement.version,
        **act,
    )
    for kind, measure, first, last, title, goods in lines or [
        (PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", None)
    ]:
        line = HonourLine(kind, measure, first, last, title, goods, 1 if goods else 0)
        operations.add_honour(db.session(), end.settlement, line=line, **act)
    db.session.commit()


def broken():
    return len(list(queries.verify(db.session())))


def verified(at):
    """Have the ledger gone through as the worker does, at a time of the test's; committed."""
    db.session.commit()
    operations.ask_verification(db.session(), actor=None, at=at)
    db.session.commit()
    taken = operations.take_verification(db.session(), at=at)
    db.session.commit()
    with reading(), Session(db.engine) as apart:  # what a test holds stays as it is
        found = queries.look(apart)
    operations.note_verification(db.session(), taken, found, at=at)
    db.session.commit()
    return found


def publish(end, at=AT):
    verified(at)
    published(end, at)


def published(end, at=AT):
    """Publish, by what is known of the ledger."""
    operations.publish(
        db.session(),
        end.settlement,
        actor=end.secretary,
        at=at,
        version=end.settlement.version,
    )
    db.session.commit()


def ask(end, deed, *, reason="", at=LATER, actor=None):
    verified(at)
    operations.ask_for(
        db.session(),
        end.settlement,
        deed=deed,
        reason=reason,
        actor=actor or end.secretary,
        at=at,
        version=end.settlement.version,
    )
    db.session.commit()


def confirm(end, deed, *, at=LATER, actor=None):
    verified(at)
    operations.confirm(
        db.session(),
        end.settlement,
        deed=deed,
        place=PLACE,
        actor=actor or end.admin,
        at=at,
    )
    db.session.commit()


def sign(end):
    """Bring a planned year's end to its signatures."""
    publish(end)
    ask(end, TwoPersonAct.SIGN)
    confirm(end, TwoPersonAct.SIGN)
