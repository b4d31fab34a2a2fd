"""What a correction enters anew is what the rule may give: whole units, within its caps, dated right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from factories import DAY
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_scene import LATER, approve, household, office, staff, town  # noqa: F401
from points.ledger_factory import give
from sqlalchemy import func, select
from test_correcting import ask, confirm
from test_writers_at_once import at_once

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations, queries
from intranet.points.models import (
    AccountKind,
    Claim,
    ClaimState,
    Correction,
    CorrectionReason,
    Entry,
    EntryKind,
    Period,
    PeriodState,
    Window,
)
from intranet.points.operations import Draft, Leg

WRONG = CorrectionReason.WRONG_AMOUNT


def posted(household, office, *, at=LATER, **more):
    """Return a claim that was filed, approved and posted."""
    claim = file_claim(household, **more)
    approve(claim, office)
    assert operations.post_claim(db.session(), claim=claim, at=at)
    db.session.commit()
    return claim


def entry_of(claim):
    return db.session.get_one(Entry, claim_of(claim.id).posted_id)


@pytest.mark.parametrize("amount", [3, 8, 500, 1_000_000])
def test_the_right_amount_is_some_whole_units_of_the_rule(town, household, office, amount):
    """Two points each, three at once: 2, 4 and 6 can be right, and nothing else."""
    adopt(town.community)
    claim = posted(household, office)
    with pytest.raises(InputError, match="By its rule") as refused:
        ask(entry_of(claim), office, reason=WRONG, amount=amount)
    assert refused.value.field == "amount"
    assert refused.value.params == {"points": 2, "max": 6}


def test_a_correction_stays_within_the_cap_when_it_is_asked_for_and_when_confirmed(
    town, household, office
):
    adopt(town.community, caps={Window.MONTH: 6})
    leader, second = staff(town, "secretary"), staff(town, "office")
    claim = posted(household, office)
    full = posted(household, office, units=2)
    with pytest.raises(DomainError, match="a month by this rule") as refused:
        ask(entry_of(claim), office, reason=WRONG, amount=4)
    assert refused.value.params == {"cap": 6, "used": 4, "wanted": 4}
    db.session.rollback()

    undone = ask(entry_of(full), office, reason=CorrectionReason.NOT_DONE)
    confirm(undone, leader)
    asked = ask(entry_of(claim), office, reason=WRONG, amount=6)
    db.session.commit()
    approve(file_claim(household), second)
    with pytest.raises(DomainError, match="a month by this rule"):
        confirm(db.session.get_one(Correction, asked.id), leader)
    db.session.rollback()
    assert (claim_of(claim.id).points, claim_of(claim.id).state) == (2, ClaimState.POSTED)

    operations.refuse_correction(
        db.session(),
        asked=db.session.get_one(Correction, asked.id),
        answer="超过上限",
        actor=leader,
        at=LATER,
        address="",
    )
    confirm(ask(entry_of(claim), office, reason=WRONG, amount=4), leader)
    db.session.commit()
    found = claim_of(claim.id)
    assert (found.points, found.units) == (4, 2)
    confirm(ask(entry_of(claim), office, reason=WRONG, amount=2), leader)  # put right once more
    db.session.commit()
    assert (claim_of(claim.id).points, claim_of(claim.id).units) == (2, 1)
    assert queries.holdings(db.session(), [household.id])[0].available == 2
    assert list(queries.verify(db.session())) == []


def test_of_corrections_and_approvals_at_once_a_cap_lets_through_what_it_holds(
    app, town, household, office
):
    """Each would fill what is left of the cap; whoever is first does."""
    adopt(town.community, caps={Window.MONTH: 8})
    leader = staff(town, "secretary")
    claims = [posted(household, office) for _ in range(2)]
    asked = [ask(entry_of(one), office, reason=WRONG, amount=6).id for one in claims]
    waits = file_claim(household, units=2).id
    db.session.commit()
    db.session.remove()

    def correcting(number):
        return confirm(db.session.get_one(Correction, number), leader)

    def approving(number):
        claim = db.session.get_one(Claim, number)
        operations.approve(db.session(), actor=leader, at=LATER, claim=claim, version=claim.version)

    def told(act, number):
        try:
            act(number)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            return error.key
        return None

    acts = [(correcting, asked[0]), (correcting, asked[1]), (approving, waits)]
    said = at_once(app, [lambda one=one: told(*one) for one in acts])
    assert said.count(None) == 1
    assert all("a month by this rule" in one for one in said if one)
    counted = select(func.sum(Claim.points)).where(Claim.state.in_(("posted", "publicity")))
    assert db.session.scalar(counted) == 8
    assert list(queries.verify(db.session())) == []


def test_what_no_rule_gave_is_not_entered_anew_with_another_amount(household, office):
    give(household.id, 5)
    session = db.session()
    has = operations.party_account(session, party_id=household.id, year=2026)
    gone = operations.taken_account(session, kind=AccountKind.EXPIRED, year=2026)
    draft = Draft("expire:1", EntryKind.EXPIRE, [Leg(has, gone, 5)], DAY)
    entry = operations.post(session, draft, at=LATER)
    with pytest.raises(InputError, match="It is of several") as refused:
        ask(entry, office, reason=WRONG, amount=3)
    assert refused.value.field == "amount"


def test_in_the_first_days_of_a_year_an_entry_of_the_last_is_put_right_in_its_own(
    town, household, office
):
    entry = give(household.id, 5)
    soon = datetime(2027, 1, 1, 2, tzinfo=UTC)
    done = confirm(ask(entry, office, at=soon), staff(town, "secretary"), at=soon)
    assert done.effective_on == date(2026, 12, 31)
    assert db.session.scalars(select(Period.year)).all() == [2026]
    within = give(household.id, 4)
    done = confirm(ask(within, office), staff(town, "secretary"))
    assert done.effective_on == (DAY + timedelta(days=4))
    assert list(queries.verify(db.session())) == []


def test_an_entry_of_a_closed_year_is_put_right_today_and_that_opens_the_new_one(
    town, household, office
):
    entry, leader = give(household.id, 50), staff(town, "secretary")
    soon = datetime(2027, 1, 1, 2, tzinfo=UTC)
    period = db.session.scalars(select(Period)).one()
    operations.close_period(
        db.session(),
        period,
        actor_id=office.account_id,
        confirmed_by=leader.account_id,
        at=soon,
    )
    frozen = period.balances_sha256
    done = confirm(ask(entry, office, reason=WRONG, amount=5, at=soon), leader, at=soon)
    db.session.commit()
    assert done.effective_on == date(2027, 1, 1)
    years = db.session.execute(select(Period.year, Period.state).order_by(Period.year)).all()
    assert years == [(2026, PeriodState.CLOSED), (2027, PeriodState.OPEN)]
    assert db.session.scalars(select(Period)).first().balances_sha256 == frozen
    assert queries.holdings(db.session(), [household.id])[0].available == 5
    assert list(queries.verify(db.session())) == []
