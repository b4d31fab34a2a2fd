"""Caps and a rule's units hold whatever a claim becomes: amended, corrected, once more corrected."""

from __future__ import annotations

import pytest
from factories import AT
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_in_pages import as_
from points.claims_scene import (  # noqa: F401
    LATER,
    approve,
    household,
    office,
    staff,
    standing,
    town,
    whole,
)

from intranet import clock, once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations
from intranet.points.models import POINTS_MAX, ClaimState, CorrectionReason, Entry, Window


def posted(household, office, **more):
    claim = file_claim(household, **more)
    approve(claim, office)
    operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()
    return claim


def ask(claim, actor, amount):
    made = operations.ask_correction(
        db.session(),
        entry=db.session.get(Entry, claim.posted_id),
        reason=CorrectionReason.WRONG_AMOUNT,
        words="登记的数目不对",
        amount=amount,
        actor=actor,
        at=LATER,
        address="",
    )
    db.session.commit()
    return made


def confirm(asked, actor):
    operations.confirm_correction(db.session(), asked=asked, actor=actor, at=LATER, address="")
    db.session.commit()


def test_a_correction_within_the_cap_changes_units_and_points_and_counts_with_them(
    town, household, office
):
    adopt(town.community, caps={Window.MONTH: 6}, units_max=3)
    claim = posted(household, office)
    confirm(ask(claim, office, 4), staff(town, "secretary"))

    assert (claim.state, claim.units, claim.points) == (ClaimState.POSTED, 2, 4)
    assert standing(household).available == 4
    other = file_claim(household, units=2)
    with pytest.raises(DomainError) as refused:
        approve(other, office)
    assert refused.value.params == {"cap": 6, "used": 4, "wanted": 4}
    db.session.rollback()
    assert whole()


def test_a_correction_past_a_cap_is_refused_as_it_is_asked_and_as_it_is_confirmed(
    town, household, office
):
    adopt(town.community, caps={Window.MONTH: 6}, units_max=3)
    leader = staff(town, "secretary")
    claim = posted(household, office)
    asked = ask(claim, office, 6)
    other = file_claim(household)
    approve(other, office)
    with pytest.raises(DomainError, match="a month by this rule"):
        confirm(asked, leader)
    db.session.rollback()
    assert (claim_of(claim.id).points, standing(household).available) == (2, 2)
    third = posted(household, office)
    with pytest.raises(DomainError, match="a month by this rule"):
        ask(third, office, 4)
    db.session.rollback()
    assert whole()


def test_an_amendment_past_a_cap_is_refused_and_one_below_it_never(town, household, office):
    adopt(town.community, caps={Window.MONTH: 6}, units_max=3)
    leader, neighbour = staff(town, "secretary"), staff(town, "resident")
    claim, other = file_claim(household, units=2), file_claim(household)
    for one in (claim, other):
        approve(one, office)
    operations.object_to(db.session(), actor=neighbour, at=AT, claim=claim, words="还多一次")
    db.session.commit()
    how = {"actor": leader, "at": AT, "claim": claim, "words": "查过了"}
    with pytest.raises(DomainError, match="a month by this rule"):
        operations.amend(db.session(), version=claim.version, units=3, **how)
    db.session.rollback()
    assert claim_of(claim.id).state is ClaimState.DISPUTED
    made = operations.amend(db.session(), version=claim.version, units=1, **how)
    assert made.points == 2


@pytest.mark.parametrize("amount", [3, 8, 500, 3_000_000_000, 10**12])
def test_another_amount_than_the_rule_could_give_is_wrong_beside_its_field(
    town, household, office, amount
):
    adopt(town.community, units_max=3)
    claim = posted(household, office)
    with pytest.raises(InputError, match=r"in steps of|Between 1") as refused:
        ask(claim, office, amount)
    assert refused.value.field == "amount"
    assert refused.value.params in ({"points": 2, "max": 6}, {"most": POINTS_MAX})
    db.session.rollback()
    assert claim_of(claim.id).points == 2


def test_the_page_says_beside_the_amount_what_the_rule_can_give(town, household, client):
    adopt(town.community, units_max=3, valid_from=clock.today().replace(year=2025))
    claim = posted(household, staff(town, "office"))
    as_(client, "office", town.community.path)
    url = f"/points/entries/{claim.posted_id}/correct"
    sent = {"once": once.new_key(), "reason": "wrong_amount", "words": "应为三小时", "amount": "7"}
    answer = client.post(url, data=sent)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "每次以 2 分为一档，一次最多 6 分" in page.split('id="amount-error"')[1][:400]


def test_a_claim_holds_as_many_points_as_a_rule_can_give(town, household, office):
    adopt(town.community, points=100_000, units_max=100_000)
    claim = posted(household, office, units=100_000)
    assert claim_of(claim.id).points == standing(household).available == 10**10
