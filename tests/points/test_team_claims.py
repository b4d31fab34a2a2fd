"""What a team did: reported by its members, decided on by somebody outside it, told to all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, viewer_of
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_scene import (  # noqa: F401
    LATER,
    approve,
    office,
    party_of,
    staff,
    standing,
    town,
    whole,
)
from points.teams_factory import acting, serve, team_of

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import operations as grids
from intranet.grids.models import Grid, PostKind
from intranet.notices.models import Notice
from intranet.points import operations, queries
from intranet.points.models import ClaimSource, ClaimState, CorrectionReason, Entry, Sign, Window
from intranet.register.models import Party, PartyKind

TEAM = frozenset({PartyKind.TEAM})
OWN, OUTSIDE = "It is your own team's; somebody outside it has to decide on it", "lives with you"


@pytest.fixture
def micro(town):
    return town.micros[0]


@pytest.fixture
def team(micro):
    return team_of(micro)


@pytest.fixture
def member(micro):
    """The micro-grid member, who lives in a household."""
    home = Party(kind=PartyKind.HOUSEHOLD, grid_path=micro.path, created_at=AT)
    db.session.add(home)
    db.session.flush()
    person = serve(micro, PostKind.MICRO_MEMBER, home=home.id)
    return acting(person, "micro_member", micro.path)


def post(claim):
    assert operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()


def test_a_teams_report_becomes_its_points_and_nobody_elses(town, team, member, office):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member, units=2)
    approve(claim, office)
    assert (standing(team).pending, standing(team).available) == (4, 0)
    post(claim)
    assert standing(team).available == 4
    for other in (member.party_id, member.household_id, team_of(town.micros[1]).id):
        assert standing(db.session.get(Party, other)).available == 0
    assert whole()


def test_a_rule_that_is_not_for_teams_gives_them_nothing(town, team, member):
    adopt(town.community, kinds=frozenset({PartyKind.HOUSEHOLD}))
    with pytest.raises(InputError) as refused:
        file_claim(team, member)
    assert refused.value.field == "rule"


def test_a_team_has_caps_of_its_own(town, team, member, office):
    adopt(town.community, kinds=TEAM, caps={Window.MONTH: 4})
    approve(file_claim(team, member, units=2), office)
    beyond = file_claim(team, member)
    with pytest.raises(DomainError):
        approve(beyond, office)
    db.session.rollback()
    approve(file_claim(team_of(town.micros[1]), member), office)


@pytest.mark.parametrize(
    ("until", "is_in"),
    [(None, True), (DAY + timedelta(days=1), True), (DAY, False)],
    ids=["is in it", "left on the day after", "left that day"],
)
def test_whoever_was_in_the_team_that_day_or_is_now_approves_nothing_of_it(
    town, micro, team, member, until, is_in
):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member)
    person = serve(micro, until=until)
    approver = acting(person, "office", town.community.path)
    if not is_in:
        approve(claim, approver)
        return
    with pytest.raises(DomainError) as refused:
        approve(claim, approver)
    assert refused.value.key == OWN
    db.session.rollback()
    with pytest.raises(DomainError) as refused:
        operations.refuse(
            db.session(), actor=approver, at=AT, claim=claim, version=1, words="没有这回事"
        )
    assert refused.value.key == OWN


def test_who_joined_since_the_day_does_not_approve_either(town, micro, team, member):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member, day=DAY - timedelta(days=9))
    approver = acting(serve(micro, since=DAY), "office", town.community.path)
    with pytest.raises(DomainError) as refused:
        approve(claim, approver)
    assert refused.value.key == OWN


def test_who_is_in_another_team_approves(town, team, member):
    adopt(town.community, kinds=TEAM)
    neighbour = acting(serve(town.micros[1]), "office", town.community.path)
    claim = file_claim(team, member)
    approve(claim, neighbour)
    assert claim_of(claim.id).state is ClaimState.PUBLICITY


def test_who_lives_with_whoever_filed_it_approves_nothing_of_the_teams(town, micro, team, member):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member)
    spouse = party_of(town, PartyKind.PERSON, household_id=member.household_id)
    with pytest.raises(DomainError) as refused:
        approve(claim, acting(spouse, "office", town.community.path))
    assert OUTSIDE in refused.value.key
    db.session.rollback()
    alone = party_of(town, PartyKind.PERSON)
    approve(claim, acting(alone, "office", town.community.path))


def test_a_household_is_decided_on_by_those_who_serve_with_its_people(town, micro, member):
    """The team stands between nobody and a neighbour's household: only a team's own claims."""
    adopt(town.community)
    household = db.session.get(Party, member.household_id)
    claim = file_claim(household, member)
    approve(claim, acting(serve(micro), "office", town.community.path))
    assert claim_of(claim.id).state is ClaimState.PUBLICITY


def test_an_objection_to_a_teams_points_is_decided_outside_it(town, micro, team, member, office):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member)
    approve(claim, office)
    objector = acting(party_of(town, PartyKind.PERSON), "resident", micro.path)
    operations.object_to(db.session(), actor=objector, at=AT, claim=claim, words="人没到齐")
    db.session.commit()
    inside = acting(serve(micro), "secretary", town.community.path)
    facts = {"at": AT, "claim": claim, "version": claim.version, "words": "查过签到表"}
    for decide, more in (
        (operations.dismiss, {}),
        (operations.uphold, {}),
        (operations.amend, {"units": 2}),
    ):
        with pytest.raises(DomainError) as refused:
            decide(db.session(), actor=inside, **facts, **more)
        assert refused.value.key == OWN
        db.session.rollback()
    operations.dismiss(db.session(), actor=staff(town, "secretary"), **facts)
    db.session.commit()
    assert claim_of(claim.id).state is ClaimState.PUBLICITY


def test_an_approval_is_undone_and_an_entry_corrected_outside_the_team(
    town, micro, team, member, office
):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member)
    approve(claim, office)
    # He left after the day it was: what is undone is still what he took part in.
    inside = acting(serve(micro, until=DAY + timedelta(days=1)), "office", town.community.path)
    with pytest.raises(DomainError) as refused:
        operations.undo(
            db.session(), actor=inside, at=AT, claim=claim, version=claim.version, words="弄错了"
        )
    assert refused.value.key == OWN
    db.session.rollback()
    post(claim)
    entry = db.session.get_one(Entry, claim_of(claim.id).posted_id)
    facts = {
        "entry": entry,
        "reason": CorrectionReason.NOT_DONE,
        "words": "没有做",
        "amount": None,
        "at": LATER,
        "address": "",
    }
    with pytest.raises(DomainError) as refused:
        operations.ask_correction(db.session(), actor=inside, **facts)
    assert refused.value.key == OWN
    db.session.rollback()
    asked = operations.ask_correction(db.session(), actor=office, **facts)
    db.session.commit()
    second = {"asked": asked, "at": LATER, "address": ""}
    with pytest.raises(DomainError) as refused:
        operations.confirm_correction(db.session(), actor=inside, **second)
    assert refused.value.key == OWN
    db.session.rollback()
    operations.confirm_correction(db.session(), actor=staff(town, "office"), **second)
    db.session.commit()
    assert standing(team).available == 0
    assert claim_of(claim.id).state is ClaimState.REVERSED


def test_a_teams_report_is_taken_back_by_whoever_filed_it_or_its_micro_grid_member(
    town, micro, team, member
):
    adopt(town.community, kinds=TEAM)
    one, two = (acting(serve(micro), "resident", micro.path) for _ in range(2))
    claim = file_claim(team, one)
    with pytest.raises(DomainError):
        operations.withdraw(db.session(), actor=two, at=AT, claim=claim, version=1)
    db.session.rollback()
    operations.withdraw(db.session(), actor=member, at=AT, claim=claim, version=1)
    db.session.commit()
    again = file_claim(team, two)
    operations.withdraw(db.session(), actor=two, at=AT, claim=again, version=1)
    db.session.commit()
    assert {claim_of(one.id).state for one in (claim, again)} == {ClaimState.WITHDRAWN}


def test_points_are_taken_from_a_team_only_by_staff_outside_it(town, team, member, office):
    adopt(town.community, "TAKE1", sign=Sign.DEDUCT, kinds=TEAM)
    with pytest.raises(InputError):
        file_claim(team, member, code="TAKE1", source=ClaimSource.OWN)
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member, units=3)
    approve(claim, office)
    post(claim)
    taken = file_claim(team, office, code="TAKE1", source=ClaimSource.MEMBER)
    approve(taken, staff(town, "office"))
    assert standing(team).available == 4


def told(account_id):
    wanted = db.select(Notice.url).where(Notice.account_id == account_id)
    return db.session.scalars(wanted).all()


def test_all_of_the_team_are_told_and_nobody_else(town, micro, team, member, office):
    adopt(town.community, kinds=TEAM)
    resident = acting(serve(micro), "resident", micro.path)
    gone = acting(serve(micro, until=DAY + timedelta(days=1)), "resident", micro.path)
    before = acting(serve(micro, until=DAY - timedelta(days=9)), "resident", micro.path)
    neighbour = acting(serve(town.micros[1]), "resident", micro.path)
    spouse = acting(
        party_of(town, PartyKind.PERSON, household_id=member.household_id), "resident", micro.path
    )
    claim = file_claim(team, member)
    approve(claim, office)
    for one in (member, resident, gone):
        assert told(one.account_id) == [f"/points/claims/{claim.id}"]
        # What they are told of they may read, also who has left since.
        assert queries.claim_or_404(db.session(), one, claim.id).is_inside
    for one in (before, neighbour, spouse, office):
        assert told(one.account_id) == []


def close(town, micro, successor=None):
    grids.close_grid(
        db.session(),
        actor=staff(town, "secretary"),
        at=AT,
        grid=db.session.get_one(Grid, micro.id),
        reason="并入",
        version=micro.version,
        successor=successor,
    )
    db.session.commit()


def test_what_a_team_did_until_its_grid_closed_counts_and_nothing_later(
    town, micro, team, member, office
):
    adopt(town.community, kinds=TEAM)
    close(town, micro, town.micros[1])
    facts = {"at": AT + timedelta(days=2), "source": ClaimSource.MEMBER}
    for day in (DAY, DAY + timedelta(days=1)):  # its members were in it until the day before
        with pytest.raises(InputError) as refused:
            file_claim(team, office, day=day, **facts)
        assert refused.value.field == "happened_on"
        db.session.rollback()
    claim = file_claim(team_of(micro), office, day=DAY - timedelta(days=1), **facts)
    # Who was in it that day is kept from deciding also when nobody is in it any more.
    was = db.session.get_one(Party, member.party_id)
    with pytest.raises(DomainError):
        approve(claim, acting(was, "office", town.community.path))
    db.session.rollback()
    approve(claim, staff(town, "office"))
    post(claim)
    assert standing(team_of(micro)).available == 2


def test_the_points_of_a_closed_grids_team_stay_with_it_and_are_read_where_it_was(
    town, micro, team, member, office
):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, member, units=3)
    approve(claim, office)
    post(claim)
    close(town, micro, town.micros[1])
    assert standing(team).available == 6
    assert standing(team_of(town.micros[1])).available == 0
    path = town.generals[0].path
    reader = viewer_of(create_account("grid_member", path), ("grid_member", path))
    assert queries.whose_or_404(db.session(), reader, team.id).grid_path == micro.path
    for wanted in (queries.Wanted(party_id=team.id), queries.Wanted(grid_path=micro.path)):
        listed = queries.ledger(db.session(), reader, wanted, rows_max=50)
        assert sum(item.posted for item in listed.items) == 6
    over = queries.ledger(
        db.session(), reader, queries.Wanted(grid_path=town.micros[1].path), rows_max=50
    )
    assert over.items == []
    figures = queries.points_figures(db.session(), reader, 2026)
    assert sum(figures.grids[micro.path].values()) == 6
    assert whole()
