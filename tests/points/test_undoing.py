"""A gathering undone as one: let go at once while it is public, reversed by two once it is posted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from factories import AT, DAY, create_account, log_in, viewer_of
from points.claims_factory import adopt
from points.claims_in_pages import as_
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
from sqlalchemy import func, select
from test_writers_at_once import at_once

from intranet import once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.notices.models import Notice
from intranet.people.models import Account
from intranet.points import operations, queries
from intranet.points.models import (
    AccountKind,
    Claim,
    ClaimState,
    ClaimStep,
    Correction,
    CorrectionReason,
    CorrectionState,
    Entry,
    EntryKind,
    Gathering,
)
from intranet.points.operations import Content, Draft, Leg
from intranet.register.models import PartyKind


@pytest.fixture
def homes(town):
    adopt(town.community)
    return [party_of(town, PartyKind.HOUSEHOLD) for _ in range(4)]


@pytest.fixture
def gathered(town, homes):
    """A clean-up day entered by a member for four homes."""
    account = create_account("micro_member", town.micros[0].path)
    made = operations.gather(
        db.session(),
        actor=viewer_of(account, ("micro_member", town.micros[0].path)),
        at=AT,
        grid_path=town.micros[0].path,
        title="三栋清洁日",
        content=Content("JS01", 1, DAY, "三栋清洁日"),
        parties=homes,
    )
    db.session.commit()
    return made


def claims():
    db.session.expire_all()
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def post_all(office):
    for one in claims():
        if one.state is ClaimState.SUBMITTED:
            approve(one, office)
        operations.post_claim(db.session(), claim=one, at=LATER)
    db.session.commit()


def undo(gathered, actor, words="日子填错了"):
    done = operations.undo_gathering(
        db.session(), actor=actor, at=AT, gathering=gathered, claims=claims(), words=words
    )
    db.session.commit()
    return done


def ask(gathered, actor, *, reason=CorrectionReason.NOT_DONE, words="活动没有办成"):
    done = operations.ask_undoing(
        db.session(),
        actor=actor,
        at=LATER,
        gathering=gathered,
        claims=claims(),
        reason=reason,
        words=words,
    )
    db.session.commit()
    return done


def confirm(gathered, actor):
    done = operations.confirm_undoing(db.session(), actor=actor, at=LATER, gathering=gathered)
    db.session.commit()
    return done


def states():
    return [one.state.value for one in claims()]


def test_what_waits_is_taken_back_and_what_is_public_let_go_at_once_and_the_rest_stays(
    town, homes, gathered, office
):
    waiting, public, disputed, posted = claims()
    for one in (public, disputed, posted):
        approve(one, office)
    operations.post_claim(db.session(), claim=posted, at=LATER)
    operations.object_to(
        db.session(), actor=staff(town, "resident"), at=AT, claim=disputed, words="他没来"
    )
    db.session.commit()
    for stranger in (staff(town, "grid_member"), staff(town, "resident")):
        with pytest.raises(DomainError, match="Only whoever filed it"):
            undo(gathered, stranger)
        db.session.rollback()
    assert undo(gathered, office) == 2

    assert states() == ["withdrawn", "withdrawn", "disputed", "posted"]
    assert [standing(one).pending for one in homes] == [0, 0, 2, 0]
    step = select(ClaimStep.words).where(ClaimStep.claim_id == public.id, ClaimStep.verb == "undo")
    assert db.session.scalars(step).all() == ["日子填错了"]
    with pytest.raises(DomainError, match="decided already"):
        undo(gathered, office)
    assert waiting.state is ClaimState.WITHDRAWN
    assert whole()


def test_whoever_entered_it_lets_go_all_of_it_while_it_is_public(homes, gathered, office):
    for one in claims():
        approve(one, office)
    account = db.session.get(Account, gathered.made_by)
    assert undo(gathered, viewer_of(account, ("micro_member", gathered.grid_path))) == 4
    assert states() == ["withdrawn"] * 4
    assert [standing(one).pending for one in homes] == [0] * 4
    assert whole()


def test_what_is_posted_is_reversed_by_one_request_and_one_confirmation_each_by_itself(
    town, homes, gathered, office
):
    post_all(office)
    leader, second = staff(town, "secretary"), staff(town, "office")
    assert ask(gathered, second) == 4
    with pytest.raises(DomainError, match="to be undone already"):
        ask(gathered, leader)
    db.session.rollback()
    with pytest.raises(DomainError, match="asked for it yourself"):
        confirm(gathered, second)
    db.session.rollback()
    assert states() == ["posted"] * 4
    assert confirm(gathered, leader) == (4, 0)

    assert states() == ["reversed"] * 4
    assert [standing(one).available for one in homes] == [0] * 4
    reversals = db.session.scalars(select(Entry).where(Entry.reverses_id.is_not(None))).all()
    assert {one.reverses_id for one in reversals} == {one.posted_id for one in claims()}
    assert {(one.actor_id, one.approver_id, one.note) for one in reversals} == {
        (second.account_id, leader.account_id, "not_done")
    }
    asked = db.session.scalars(select(Correction)).all()
    assert {one.reversal_id for one in asked} == {one.id for one in reversals}
    with pytest.raises(DomainError, match="decided already"):
        confirm(gathered, leader)
    told = select(func.count(Notice.id)).where(Notice.url == f"/points/gathering/{gathered.id}")
    assert db.session.scalar(told.where(Notice.account_id == leader.account_id)) == 1
    assert db.session.scalar(told.where(Notice.account_id == second.account_id)) == 0
    assert whole()


def test_nobody_asks_confirms_or_refuses_where_the_own_household_is_among_them(
    town, homes, gathered, office
):
    post_all(office)
    at_home = replace(staff(town, "secretary"), household_id=homes[2].id)
    with pytest.raises(DomainError, match="own household"):
        ask(gathered, at_home)
    db.session.rollback()
    ask(gathered, office)
    with pytest.raises(DomainError, match="own household"):
        confirm(gathered, at_home)
    db.session.rollback()
    with pytest.raises(DomainError, match="own household"):
        operations.refuse_undoing(
            db.session(), actor=at_home, at=LATER, gathering=gathered, answer="都来了"
        )
    db.session.rollback()
    assert states() == ["posted"] * 4
    assert db.session.scalars(select(Correction.state).distinct()).all() == ["asked"]


def test_a_wrong_number_is_no_reason_for_all_and_words_are_needed(gathered, office):
    post_all(office)
    for more, field in (
        ({"reason": CorrectionReason.WRONG_AMOUNT}, "reason"),
        ({"words": " "}, "words"),
    ):
        with pytest.raises(InputError) as refused:
            ask(gathered, office, **more)
        assert refused.value.field == field
        db.session.rollback()
    assert db.session.scalar(select(func.count(Correction.id))) == 0


def test_what_was_spent_meanwhile_waits_and_all_others_are_reversed(town, homes, gathered, office):
    post_all(office)
    spend(homes[1], 2)
    ask(gathered, office)
    leader = staff(town, "secretary")
    assert confirm(gathered, leader) == (3, 1)
    assert states() == ["reversed", "posted", "reversed", "reversed"]
    assert whole()
    with pytest.raises(DomainError, match="There are only"):
        confirm(gathered, leader)
    db.session.rollback()
    (left,) = queries.asked_undoings(db.session(), gathered)
    assert (left.entries, left.asked_by) == (1, office.account_id)
    assert operations.refuse_undoing(
        db.session(), actor=leader, at=LATER, gathering=gathered, answer="已兑换, 不再追回"
    )
    db.session.commit()
    found = select(Correction.state, func.count()).group_by(Correction.state)
    assert dict(db.session.execute(found).all()) == {
        CorrectionState.CONFIRMED: 3,
        CorrectionState.REFUSED: 1,
    }


def spend(home, amount):
    session = db.session()
    account = operations.party_account(session, party_id=home.id, year=2026)
    taken = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
    legs = [Leg(account, taken, amount)]
    operations.post(session, Draft("spent:1", EntryKind.COLLECT, legs, DAY), at=LATER)
    session.commit()


def test_of_four_who_confirm_at_once_one_reverses_and_nothing_is_reversed_twice(
    app, town, homes, gathered, office
):
    post_all(office)
    ask(gathered, office)
    leaders = [staff(town, "secretary") for _ in range(4)]
    number = gathered.id
    db.session.commit()

    def work(leader):
        session = db.session()
        try:
            done = operations.confirm_undoing(
                session, actor=leader, at=LATER, gathering=session.get_one(Gathering, number)
            )
            session.commit()
        except DomainError as error:
            session.rollback()
            return error.key
        return done

    found = at_once(app, [lambda one=one: work(one) for one in leaders])
    assert sorted(map(str, found)) == sorted(["(4, 0)", *["It was decided already"] * 3])
    assert states() == ["reversed"] * 4
    assert whole()


def test_through_its_page_one_asks_another_confirms_and_pressing_twice_says_the_same(
    town, gathered, office, client
):
    post_all(office)
    url = f"/points/gathering/{gathered.id}"
    as_(client, "grid_member", town.generals[0].path)
    assert "整批撤销" not in client.get(url).get_data(as_text=True)
    sent = {"once": once.new_key(), "reason": "not_done", "words": "活动没有办成"}
    assert client.post(f"{url}/reverse", data=sent).status_code == 403
    asker = as_(client, "office", town.community.path)
    bad = client.post(f"{url}/reverse", data={**sent, "words": ""})
    assert bad.status_code == 422
    assert 'id="words-error"' in bad.get_data(as_text=True)
    for _ in range(2):
        answer = client.post(f"{url}/reverse", data=sent)
        assert answer.status_code == 303
    page = client.get(url).get_data(as_text=True)
    assert "4 条分录待冲销" in page
    assert "须由" in page or "别人" in page
    decide = {"once": once.new_key(), "verb": "confirm", "answer": ""}
    assert client.post(f"{url}/reverse/decide", data=decide).status_code == 409
    as_(client, "secretary", town.community.path)
    wordless = client.post(
        f"{url}/reverse/decide", data={"once": once.new_key(), "verb": "refuse", "answer": ""}
    )
    assert wordless.status_code == 422
    assert 'id="answer-error"' in wordless.get_data(as_text=True)
    decide["once"] = once.new_key()
    for _ in range(2):
        assert client.post(f"{url}/reverse/decide", data=decide).status_code == 303
        assert "已冲销 4 条分录" in client.get(url).get_data(as_text=True)
    assert states() == ["reversed"] * 4
    log_in(client, asker)
    entry = client.get(f"/points/entries/{claims()[0].posted_id}").get_data(as_text=True)
    assert "活动没有办成" in entry
    assert not re.search("整批撤销", client.get(url).get_data(as_text=True))
