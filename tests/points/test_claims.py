"""Claims: filed, approved by somebody else, public, objected to, posted; caps hold throughout."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import AT, DAY, create_account, viewer_of
from points.claims_factory import adopt, claim_of, file_claim, terms
from points.claims_scene import (  # noqa: F401
    LATER,
    approve,
    household,
    office,
    party_of,
    staff,
    standing,
    town,
    whole,
)

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.points import operations, queries
from intranet.points.models import (
    ClaimSource,
    ClaimState,
    ClaimStep,
    Dimension,
    Entry,
    Evidence,
    Level,
    Occasion,
    Phase,
    Sign,
    Transfer,
    Window,
)
from intranet.points.operations import Content
from intranet.points.operations.caps import span
from intranet.register.models import PartyKind


def test_approved_points_are_pending_until_publicity_has_ended_then_spendable(
    town, household, office
):
    adopt(town.community)
    claim = file_claim(household, units=3)
    approve(claim, office)

    pending = standing(household)
    assert (pending.available, pending.pending, pending.in_year(2026)) == (0, 6, 0)
    assert claim.publicity_ends_on == DAY + timedelta(days=3)
    early = AT + timedelta(days=3)
    assert not operations.post_claim(db.session(), claim=claim, at=early)
    assert operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()

    posted = standing(household)
    assert (posted.available, posted.pending) == (6, 0)
    assert posted.earned == {2026: {Dimension.PARTICIPATION: 6}}
    assert claim.state is ClaimState.POSTED
    assert not operations.post_claim(db.session(), claim=claim, at=LATER), "once"
    assert whole()


def test_every_posted_grant_leads_to_its_rule_its_event_and_who_approved_it(
    town, household, office
):
    adopt(town.community)
    micro = staff(town, "grid_member")
    claim = file_claim(household, micro, source=ClaimSource.MEMBER)
    approve(claim, office)
    operations.post_claim(db.session(), claim=claim, at=LATER)
    db.session.commit()

    pending, posted = (db.session.get(Entry, one) for one in (claim.pending_id, claim.posted_id))
    for entry in (pending, posted):
        assert (entry.rule_code, entry.rule_version) == ("JS01", 1)
        assert entry.event == f"claim:{claim.id}"
    assert (pending.actor_id, pending.approver_id) == (micro.account_id, office.account_id)
    steps = db.session.scalars(db.select(ClaimStep).order_by(ClaimStep.id)).all()
    assert [one.verb for one in steps] == [None, "approve", "post"]
    assert [one.by for one in steps] == [micro.account_id, office.account_id, None]


def test_nobody_approves_what_they_entered_or_what_is_their_own_households(town, household):
    adopt(town.community)
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    account = create_account("office", town.community.path, party_id=person.id)
    housemate = viewer_of(account, ("office", town.community.path))
    at_home = type(housemate)(
        housemate.account_id, "", "", person.id, housemate.grants, household.id
    )
    entered = file_claim(household, at_home, source=ClaimSource.MEMBER)
    by_another = file_claim(household, None)
    of_the_person = file_claim(person, None)
    for claim, words in (
        (entered, "entered it yourself"),
        (by_another, "own household"),
        (of_the_person, "own household"),
    ):
        with pytest.raises(DomainError, match=words):
            operations.approve(
                db.session(), actor=at_home, at=AT, claim=claim, version=claim.version
            )
        db.session.rollback()
        assert claim_of(claim.id).state is ClaimState.SUBMITTED
    assert db.session.scalar(db.select(Entry.id)) is None, "nothing was written"


def test_a_rule_for_the_secretary_is_not_approved_by_the_office(town, household, office):
    adopt(town.community, level=Level.SECRETARY)
    claim = file_claim(household)
    with pytest.raises(DomainError, match="somebody else"):
        operations.approve(db.session(), actor=office, at=AT, claim=claim, version=1)
    db.session.rollback()
    approve(claim_of(claim.id), staff(town, "secretary"))

    assert claim_of(claim.id).state is ClaimState.PUBLICITY


@pytest.mark.parametrize("window", list(Window))
def test_a_cap_counts_what_is_public_disputed_and_posted_and_nothing_else(
    town, household, office, window
):
    adopt(town.community, caps={window: 4}, publicity_days=1)
    first, second, third = (file_claim(household) for _ in range(3))
    approve(first, office)
    operations.post_claim(db.session(), claim=first, at=LATER)
    db.session.commit()
    approve(second, office)
    with pytest.raises(DomainError) as refused:
        operations.approve(db.session(), actor=office, at=AT, claim=third, version=1)
    assert refused.value.params == {"cap": 4, "used": 4, "wanted": 2}
    db.session.rollback()
    assert claim_of(third.id).state is ClaimState.SUBMITTED

    operations.undo(
        db.session(),
        actor=office,
        at=AT,
        claim=claim_of(second.id),
        version=claim_of(second.id).version,
        words="登记错了",
    )
    db.session.commit()
    approve(claim_of(third.id), office)
    other_day = DAY - timedelta(days=1)
    outside = file_claim(household, day=other_day)
    is_outside = not span(DAY, window)[0] <= other_day <= span(DAY, window)[1]
    if is_outside:
        approve(outside, office)
    else:
        with pytest.raises(DomainError):
            operations.approve(db.session(), actor=office, at=AT, claim=outside, version=1)
        db.session.rollback()
    assert whole()


def test_an_objection_keeps_it_pending_until_a_third_person_has_decided(town, household, office):
    adopt(town.community)
    neighbour, leader = staff(town, "resident"), staff(town, "secretary")
    claim = file_claim(household)
    approve(claim, office)
    operations.object_to(db.session(), actor=neighbour, at=AT, claim=claim, words="那天没有清洁日")
    db.session.commit()

    assert not operations.post_claim(db.session(), claim=claim, at=LATER), "disputed stays pending"
    for actor in (office, neighbour):
        with pytest.raises(DomainError, match="third person"):
            operations.uphold(
                db.session(), actor=actor, at=AT, claim=claim, version=claim.version, words="属实"
            )
        db.session.rollback()
        claim = claim_of(claim.id)
    operations.uphold(
        db.session(), actor=leader, at=AT, claim=claim, version=claim.version, words="确实改期"
    )
    db.session.commit()

    after = standing(household)
    assert (after.available, after.pending, after.in_year(2026)) == (0, 0, 0)
    assert claim.state is ClaimState.WITHDRAWN
    assert whole()


def test_a_dismissed_objection_lets_publicity_go_on_a_day_at_least(town, household, office):
    adopt(town.community, publicity_days=1)
    claim = file_claim(household)
    approve(claim, office)
    operations.object_to(
        db.session(), actor=staff(town, "resident"), at=AT, claim=claim, words="疑问"
    )
    operations.dismiss(
        db.session(),
        actor=staff(town, "secretary"),
        at=LATER,
        claim=claim,
        version=claim.version,
        words="有签到表",
    )
    db.session.commit()

    assert claim.state is ClaimState.PUBLICITY
    assert claim.publicity_ends_on == LATER.date() + timedelta(days=1)
    assert not operations.post_claim(db.session(), claim=claim, at=LATER)
    assert operations.post_claim(db.session(), claim=claim, at=LATER + timedelta(days=2))


def test_an_amended_claim_is_let_go_and_another_of_other_units_is_made_public(
    town, household, office
):
    adopt(town.community)
    leader = staff(town, "secretary")
    claim = file_claim(household, units=3, event="gathering:9")
    approve(claim, office)
    operations.object_to(
        db.session(), actor=staff(town, "resident"), at=AT, claim=claim, words="只来一次"
    )
    made = operations.amend(
        db.session(),
        actor=leader,
        at=AT,
        claim=claim,
        version=claim.version,
        units=1,
        words="签到一次",
    )
    db.session.commit()

    assert (claim.state, made.state) == (ClaimState.CORRECTED, ClaimState.PUBLICITY)
    assert (made.points, made.replaces_id, made.approved_by) == (2, claim.id, leader.account_id)
    assert standing(household).pending == 2
    assert whole()


def test_points_are_taken_away_only_one_by_one_and_are_held_while_it_can_be_objected_to(
    town, household, office
):
    adopt(town.community)
    adopt(town.community, "KF01", sign=Sign.DEDUCT, title="重复领取", evidence=Evidence.WORDS)
    leader = staff(town, "secretary")
    with pytest.raises(InputError):
        file_claim(household, code="KF01", source=ClaimSource.OWN)
    db.session.rollback()
    empty = file_claim(household, leader, code="KF01", source=ClaimSource.MEMBER)
    with pytest.raises(DomainError, match="There are only"):
        operations.approve(db.session(), actor=office, at=AT, claim=empty, version=1)
    db.session.rollback()
    earned = file_claim(household, units=2)
    approve(earned, office)
    operations.post_claim(db.session(), claim=earned, at=LATER)
    db.session.commit()
    approve(claim_of(empty.id), office, at=LATER)

    held = standing(household)
    assert (held.available, held.held) == (2, 2)
    operations.post_claim(db.session(), claim=claim_of(empty.id), at=LATER + timedelta(days=5))
    db.session.commit()
    taken = standing(household)
    assert (taken.available, taken.held, taken.in_year(2026)) == (2, 0, 4)
    assert whole()


def test_what_another_room_saw_is_offered_once_to_each_party(town, household, office):
    kinds, caps = frozenset({PartyKind.HOUSEHOLD}), {Window.MONTH: 6}
    adopt(town.community, kinds=kinds, occasion=Occasion.INCIDENT, caps=caps)
    adopt(town.community, "JS02", occasion=Occasion.PATROL)
    shop = party_of(town, PartyKind.SHOP)

    def offer(party, event="incidents:1"):
        return operations.offer(
            db.session(),
            occasion=Occasion.INCIDENT,
            party=party,
            event=event,
            happened_on=DAY,
            at=AT,
            words="隐患已消除",
        )

    (made,) = offer(household)
    assert (made.units, made.source, made.state) == (1, "offered", ClaimState.SUBMITTED)
    assert offer(household) == []
    assert offer(shop) == [], "no rule is for it"
    approve(made, office)
    assert claim_of(made.id).state is ClaimState.PUBLICITY
    entry = db.session.get(Entry, made.pending_id)
    assert (entry.actor_id, entry.event) == (None, "incidents:1")


def test_a_gathering_is_a_claim_each_and_its_undoing_lets_every_one_go(town, office):
    adopt(town.community)
    member = staff(town, "grid_member")
    parties = [party_of(town, PartyKind.HOUSEHOLD) for _ in range(5)]
    made = operations.gather(
        db.session(),
        actor=member,
        at=AT,
        grid_path=town.micros[0].path,
        title="三栋清洁日",
        content=Content("JS01", 1, DAY, "三栋清洁日"),
        parties=parties,
    )
    db.session.commit()
    page = queries.claims(db.session(), office, queries.ClaimFilter(gathering=made.id))
    assert {row.claim.party_id for row in page.rows} == {one.id for one in parties}
    for row in page.rows:
        approve(row.claim, office)
    for row in page.rows:
        operations.undo(
            db.session(),
            actor=office,
            at=AT,
            claim=row.claim,
            version=row.claim.version,
            words="日子填错了",
        )
    db.session.commit()

    phases = db.session.scalars(db.select(Transfer.phase)).all()
    assert sorted(phases) == sorted([Phase.PENDING, Phase.VOID] * 5)
    assert all(standing(one).pending == 0 for one in parties)
    assert whole()


def test_a_claim_taken_back_is_decided_by_nobody_any_more(town, household, office):
    adopt(town.community)
    author = staff(town, "resident")
    claim = file_claim(household, author)
    with pytest.raises(DomainError, match="Only whoever filed it"):
        operations.withdraw(db.session(), actor=office, at=AT, claim=claim, version=1)
    operations.withdraw(db.session(), actor=author, at=AT, claim=claim, version=1)
    db.session.commit()
    with pytest.raises(DomainError, match="meanwhile"):
        operations.approve(db.session(), actor=office, at=AT, claim=claim, version=1)
    db.session.rollback()
    with pytest.raises(DomainError, match="decided already"):
        operations.approve(db.session(), actor=office, at=AT, claim=claim_of(claim.id), version=2)


def test_what_happened_last_year_is_posted_into_last_year(town, household, office):
    adopt(town.community)
    new_year = AT.replace(year=2027, month=1, day=3)
    claim = file_claim(household, day=date(2026, 12, 30), at=new_year)
    approve(claim, office, at=new_year)
    operations.post_claim(db.session(), claim=claim, at=new_year + timedelta(days=4))
    db.session.commit()

    entry = db.session.get(Entry, claim.posted_id)
    assert entry.effective_on == date(2026, 12, 31)
    assert standing(household).earned == {2026: {Dimension.PARTICIPATION: 2}}
    assert terms().kinds == frozenset(PartyKind), "and every kind may earn in these tests"
