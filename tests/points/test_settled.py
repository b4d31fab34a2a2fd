"""What hangs out or is signed stays true, is objected to once, and is decided by neither side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from factories import create_account, create_grid, viewer_of
from points.claims_factory import adopt, file_claim
from points.goods_factory import party, put_out
from points.ledger_factory import give
from points.teams_factory import serve, team_of
from points.year_factory import (  # noqa: F401 — a fixture
    AT,
    LATER,
    ask,
    broken,
    confirm,
    move,
    plan,
    publish,
    sign,
    years_end,
)
from sqlalchemy import select

from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import GridKind
from intranet.points import operations, queries
from intranet.points.models import (
    Anchor,
    AnchorRoot,
    Award,
    Claim,
    CorrectionReason,
    Entry,
    EntryKind,
    Measure,
    Period,
    Phase,
    SettlementState,
    TwoPersonAct,
)
from intranet.points.operations import Checked, NotReadyError
from intranet.points.queries.years import changed
from intranet.register import operations as register
from intranet.register.models import Party, PartyKind

HOUSEHOLD = PartyKind.HOUSEHOLD
SIGN, CLOSE, REOPEN = TwoPersonAct


def in_the_way(refused):
    return {one.what: one.count for one in refused.value.checks if one.count}


def correct(end, entry, at=AT):
    """Have an entry corrected by two persons."""
    reason = CorrectionReason.TWICE
    who = {"at": at, "address": ""}
    asked = operations.ask_correction(
        db.session(),
        entry=entry,
        reason=reason,
        words="登记了两次",
        amount=None,
        actor=end.shop.office,
        **who,
    )
    done = operations.confirm_correction(db.session(), asked=asked, actor=end.secretary, **who)
    db.session.commit()
    return done


def resident_of(end, party_id=None):
    path = end.shop.town.micros[0].path
    return viewer_of(create_account("resident", path, party_id=party_id), ("resident", path))


def test_a_year_is_neither_published_nor_signed_before_it_is_over(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end, days=1)
    early = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    with pytest.raises(NotReadyError) as refused:
        publish(years_end, at=early)
    assert in_the_way(refused) == {Checked.NOT_OVER: 1}
    db.session.rollback()
    publish(years_end, at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert years_end.settlement.publicity_until == date(2027, 1, 1)


def test_nothing_changes_behind_standings_that_hang_out_until_they_are_taken_down(years_end):
    wrong = move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    before = years_end.settlement.snapshot
    for act in (
        lambda: move(years_end, years_end.homes[1], 300),
        lambda: move(years_end, years_end.homes[1], 300, phase=Phase.PENDING),
        lambda: move(years_end, years_end.homes[0], 0, back=3),
        lambda: correct(years_end, wrong),
    ):
        with pytest.raises(DomainError, match="hang out"):
            act()
        db.session.rollback()
    act = {"actor": years_end.secretary, "at": AT}
    operations.take_back(
        db.session(), years_end.settlement, version=years_end.settlement.version, **act
    )
    correct(years_end, wrong)
    move(years_end, years_end.homes[1], 300)
    publish(years_end)
    assert years_end.settlement.snapshot != before


def test_a_claim_of_a_year_that_hangs_out_is_refused_when_it_is_filed(years_end):
    adopt(years_end.shop.town.community)
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    home = db.session.get_one(Party, years_end.homes[1])
    with pytest.raises(DomainError, match="hang out"):
        file_claim(home, day=date(2026, 12, 20), at=AT)
    db.session.rollback()
    assert db.session.scalar(select(Claim.id)) is None
    assert file_claim(home, day=date(2027, 1, 4), at=AT).id


def test_once_they_are_signed_nothing_more_is_dated_in_the_year_and_errors_are_corrected_later(
    years_end,
):
    wrong = move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    with pytest.raises(DomainError, match="are signed"):
        move(years_end, years_end.homes[1], 300)
    db.session.rollback()
    undone = correct(years_end, wrong, at=LATER)
    assert undone.effective_on == date(2027, 1, 20)
    assert db.session.scalars(select(Award)).one().party_id == years_end.homes[0]
    assert broken() == 0


def test_others_and_other_years_go_on_while_standings_hang_out(years_end):
    there = create_grid(GridKind.COMMUNITY, "邻社区", "510115101002", years_end.shop.town.town)
    other = party(PartyKind.SHOP, there.path, public_name="邻店")
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    move(years_end, other.id, 5)
    give(years_end.homes[0], 7, year=2027, day=date(2027, 1, 20))
    db.session.commit()
    assert broken() == 0


def test_a_year_opened_again_takes_what_was_missed_and_says_so(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    ask(years_end, CLOSE)
    confirm(years_end, CLOSE)
    ask(years_end, REOPEN, reason="漏记一次义诊")
    confirm(years_end, REOPEN)
    assert years_end.settlement.reopened_at == LATER
    move(years_end, years_end.homes[1], 3)
    assert changed(db.session(), years_end.settlement) == 1
    assert db.session.scalars(select(Award)).one().party_id == years_end.homes[0]


def test_whoever_left_after_the_publication_is_passed_over_and_nobody_moves_up(years_end):
    rice = put_out(years_end.shop, "RICE5", pieces=5, cost_fen=1200)
    for home, points in zip(years_end.homes, (50, 30, 10), strict=True):
        move(years_end, home, points)
    plan(years_end, (HOUSEHOLD, Measure.OVERALL, 1, 2, "治理之星", rice))
    publish(years_end)
    gone = db.session.get_one(Party, years_end.homes[0])
    register.leave(db.session(), actor=years_end.secretary, party=gone, at=AT)
    party(PartyKind.PERSON, years_end.shop.town.micros[0].path, household_id=years_end.homes[1])
    db.session.commit()
    ask(years_end, SIGN)
    confirm(years_end, SIGN)
    given = db.session.scalars(select(Award)).all()
    assert [(one.party_id, one.rank) for one in given] == [(years_end.homes[1], 2)]
    entries = db.session.scalars(select(Entry).where(Entry.kind == EntryKind.AWARD)).all()
    assert [one.note for one in entries] == [f"P{years_end.homes[1]:07}"]


def test_the_close_prints_the_root_and_a_receipt_of_the_year_proves_against_it(years_end):
    home = years_end.homes[0]
    move(years_end, home, 30)
    rice = put_out(years_end.shop, "RICE5", cost_fen=100)
    plan(years_end, (HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", rice))
    sign(years_end)
    ask(years_end, CLOSE)
    confirm(years_end, CLOSE)
    head, printed = db.session.execute(
        select(Anchor, AnchorRoot).join(AnchorRoot, AnchorRoot.anchor_id == Anchor.id)
    ).one()
    period = db.session.scalar(select(Period).where(Period.year == 2026))
    assert head.entry_id == period.last_entry_id
    of_year = db.session.scalars(select(Entry.id).where(Entry.period_id == period.id)).all()
    assert (printed.year, printed.size) == (2026, len(of_year))
    assert max(of_year) < head.entry_id  # the award is dated after the year
    receipt = queries.receipt(db.session(), home, 2026)
    assert (receipt.top.root, receipt.top.size) == (printed.root, printed.size)
    assert receipt.place == head.place
    assert [one["words"][14][0][3] for one in receipt.entries] == [30]


def test_a_year_is_not_closed_by_a_verification_that_lacks_its_last_entry(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    sign(years_end)
    ask(years_end, CLOSE)
    years_end.settlement.reopened_at = LATER  # a late entry finds its way in
    move(years_end, years_end.homes[1], 5)
    act = {"actor": years_end.admin, "at": LATER}
    with pytest.raises(NotReadyError) as refused:
        operations.confirm(db.session(), years_end.settlement, deed=CLOSE, place="公示栏", **act)
    assert in_the_way(refused) == {Checked.UNVERIFIED: 1}
    db.session.rollback()
    confirm(years_end, CLOSE)
    assert db.session.scalars(select(AnchorRoot)).one().size == 2


def test_whoever_would_be_honoured_does_not_decide_what_is_said_against_it(years_end):
    move(years_end, years_end.homes[0], 30)
    move(years_end, years_end.homes[1], 5)
    plan(years_end)
    publish(years_end)
    said = operations.object_to_year(
        db.session(), years_end.settlement, words="不对", actor=years_end.shop.office, at=AT
    )
    db.session.commit()
    member = party(
        PartyKind.PERSON, years_end.shop.town.micros[0].path, household_id=years_end.homes[0]
    )
    facts = {"upheld": False, "answer": "已核实", "at": AT}

    def decide(actor):
        operations.decide_objection(db.session(), years_end.settlement, said, actor=actor, **facts)

    for who in (
        replace(years_end.admin, household_id=years_end.homes[0]),
        replace(years_end.admin, party_id=member.id, household_id=years_end.homes[0]),
    ):
        with pytest.raises(DomainError, match="your own household"):
            decide(who)
    decide(replace(years_end.admin, household_id=years_end.homes[1]))
    assert said.decided_by == years_end.admin.account_id


def test_a_member_of_an_honoured_team_and_whoever_moved_out_decide_nothing_either(years_end):
    micro = years_end.shop.town.micros[0]
    team, home = team_of(micro), years_end.homes[0]
    move(years_end, team.id, 40)
    move(years_end, home, 30)
    first = (Measure.OVERALL, 1, 1, "治理之星", None)
    plan(years_end, (HOUSEHOLD, *first), (PartyKind.TEAM, *first))
    publish(years_end)
    said = operations.object_to_year(
        db.session(), years_end.settlement, words="不对", actor=years_end.shop.office, at=AT
    )
    mover = party(PartyKind.PERSON, micro.path, household_id=home)
    left = serve(micro, until=date(2026, 6, 1))
    db.session.commit()
    facts = {"upheld": False, "answer": "已核实", "at": AT}

    def decide(person):
        actor = replace(years_end.admin, party_id=person.id, household_id=person.household_id)
        operations.decide_objection(db.session(), years_end.settlement, said, actor=actor, **facts)

    for member in (serve(micro), serve(micro, until=date(2027, 1, 3))):
        with pytest.raises(DomainError, match="your own team"):
            decide(member)
    register.change_party(db.session(), actor=years_end.admin, party=mover, at=AT)
    with pytest.raises(DomainError, match="your own household"):
        decide(mover)
    decide(left)
    assert said.decided_by == years_end.admin.account_id


def test_one_person_objects_once_to_the_same_standings(years_end):
    move(years_end, years_end.homes[0], 30)
    plan(years_end)
    publish(years_end)
    settlement, neighbour = years_end.settlement, resident_of(years_end)

    def say(actor=neighbour):
        made = operations.object_to_year(db.session(), settlement, words="不对", actor=actor, at=AT)
        db.session.commit()
        return made

    def decide(one, *, upheld):
        facts = {"answer": "已核实", "at": AT, "actor": years_end.admin}
        operations.decide_objection(db.session(), settlement, one, upheld=upheld, **facts)
        db.session.commit()

    first = say()
    with pytest.raises(DomainError, match="objected to these standings already"):
        say()
    db.session.rollback()
    decide(first, upheld=False)
    with pytest.raises(DomainError, match="objected to these standings already"):
        say()
    db.session.rollback()
    second = say(resident_of(years_end))
    decide(second, upheld=True)
    assert settlement.state is SettlementState.DRAFT
    publish(years_end)  # the very same again
    with pytest.raises(DomainError, match="objected to these standings already"):
        say()
    db.session.rollback()
    act = {"actor": years_end.admin, "at": AT}
    operations.take_back(db.session(), settlement, version=settlement.version, **act)
    move(years_end, years_end.homes[1], 3)
    publish(years_end)
    assert say().of_sha256 == settlement.snapshot_sha256
