"""Corrections as operations: who may, of what, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_scene import AT, LATER, approve, household, office, staff, town  # noqa: F401
from points.ledger_factory import give
from sqlalchemy import select
from test_posting import decide

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations, queries
from intranet.points.models import (
    POINTS_MAX,
    ClaimState,
    Correction,
    CorrectionReason,
    CorrectionState,
    Entry,
    Phase,
    Window,
)
from intranet.register.models import Party, PartyKind


def ask(entry, actor, *, reason=CorrectionReason.TWICE, amount=None, words="登记了两次", at=LATER):
    return operations.ask_correction(
        db.session(),
        entry=entry,
        reason=reason,
        words=words,
        amount=amount,
        actor=actor,
        at=at,
        address="",
    )


def confirm(asked, actor, *, at=LATER):
    return operations.confirm_correction(db.session(), asked=asked, actor=actor, at=at, address="")


def refuse(asked, actor):
    operations.refuse_correction(
        db.session(), asked=asked, answer="对的", actor=actor, at=LATER, address=""
    )


def test_the_claim_behind_a_corrected_entry_says_so(town, household, office):
    adopt(town.community)
    claim = file_claim(household)
    approve(claim, office)
    operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()
    posted = db.session.get(Entry, claim.posted_id)
    asked = ask(posted, office)
    done = confirm(asked, staff(town, "secretary"))
    db.session.commit()
    assert claim_of(claim.id).state is ClaimState.REVERSED
    assert (done.reverses_id, done.note) == (posted.id, "twice")
    assert (done.actor_id, done.approver_id) == (asked.asked_by, asked.decided_by)
    assert queries.holdings(db.session(), [household.id])[0].available == 0
    assert list(queries.verify(db.session())) == []


def test_nobody_corrects_alone_nor_for_the_own_household(town, household, office):
    member = Party(
        kind=PartyKind.PERSON,
        grid_path=household.grid_path,
        created_at=AT,
        household_id=household.id,
    )
    db.session.add(member)
    db.session.commit()
    entry = give(household.id, 5)
    at_home = replace(staff(town, "secretary"), household_id=household.id)
    with pytest.raises(DomainError, match="own household"):
        ask(entry, at_home)
    asked = ask(entry, office)
    db.session.commit()
    for actor, words in ((office, "asked for it yourself"), (at_home, "own household")):
        with pytest.raises(DomainError, match=words):
            confirm(db.session.get(Correction, asked.id), actor)
        db.session.rollback()
    with pytest.raises(DomainError, match="own household"):
        refuse(db.session.get(Correction, asked.id), at_home)
    db.session.rollback()
    assert db.session.get(Correction, asked.id).state is CorrectionState.ASKED
    assert db.session.scalar(select(Entry.id).where(Entry.reverses_id.is_not(None))) is None
    of_member = give(member.id, 2)
    with pytest.raises(DomainError, match="own household"):
        ask(of_member, at_home)


def test_only_what_is_posted_and_not_corrected_is_corrected_and_once(town, household, office):
    secretary = staff(town, "secretary")
    pending = give(household.id, 5, phase=Phase.PENDING)
    with pytest.raises(DomainError, match="not posted yet"):
        ask(pending, office)
    decide(pending, Phase.VOID)
    with pytest.raises(DomainError, match="not posted yet"):
        ask(pending, office)
    entry = give(household.id, 5)
    asked = ask(entry, office)
    with pytest.raises(DomainError, match="waits for somebody"):
        ask(entry, secretary)
    done = confirm(asked, secretary)
    for again in (entry, done):
        with pytest.raises(DomainError, match=r"corrected already|not undone"):
            ask(again, office)
    with pytest.raises(DomainError, match="decided already"):
        confirm(asked, secretary)


@pytest.mark.parametrize(
    ("reason", "amount", "field"),
    [
        (CorrectionReason.WRONG_AMOUNT, None, "amount"),
        (CorrectionReason.WRONG_AMOUNT, 5, "amount"),
        (CorrectionReason.WRONG_AMOUNT, 0, "amount"),
        (CorrectionReason.WRONG_AMOUNT, POINTS_MAX + 1, "amount"),
        (CorrectionReason.WRONG_AMOUNT, 10**13, "amount"),
        (CorrectionReason.TWICE, 3, "amount"),
    ],
)
def test_the_right_amount_belongs_to_a_wrong_one(town, household, office, reason, amount, field):
    with pytest.raises(InputError) as refused:
        ask(give(household.id, 5), office, reason=reason, amount=amount)
    assert refused.value.field == field


def test_the_right_amount_covers_what_was_spent_of_the_wrong_one(town, household, office):
    """Entered anew first, undone then: else the floor would refuse what is right."""
    from points.points_factory import Books
    from test_posting import hold

    entry = give(household.id, 50)
    decide(hold(Books(household.id, 0, 0, 0), 4), Phase.POST)
    asked = ask(entry, office, reason=CorrectionReason.WRONG_AMOUNT, amount=5)
    confirm(asked, staff(town, "secretary"))
    db.session.commit()
    assert queries.holdings(db.session(), [household.id])[0].available == 1
    assert list(queries.verify(db.session())) == []


def test_a_claim_entered_anew_counts_against_its_cap_with_what_was_right(town, household, office):
    adopt(town.community, caps={Window.MONTH: 6})
    leader = staff(town, "secretary")
    claim = file_claim(household, units=3)
    approve(claim, office)
    operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()
    asked = ask(
        db.session.get(Entry, claim.posted_id),
        office,
        reason=CorrectionReason.WRONG_AMOUNT,
        amount=2,
        words="只来了一次",
    )
    confirm(asked, leader)
    db.session.commit()

    found = claim_of(claim.id)
    assert (found.state, found.points) == (ClaimState.POSTED, 2)
    assert queries.holdings(db.session(), [household.id])[0].in_year(2026) == 2
    approve(file_claim(household, units=2), office)
    with pytest.raises(DomainError):
        approve(file_claim(household), office)
    db.session.rollback()
    assert list(queries.verify(db.session())) == []
