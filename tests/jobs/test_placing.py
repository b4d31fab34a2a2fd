"""From a referral to work: one opening is one person's, and whoever comes too late is told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from factories import AT, create_account, create_town, viewer_of
from jobs.jobs_factory import (
    TODAY,
    create_company,
    create_handler,
    create_post,
    create_seeker,
    create_wish,
)
from jobs.rivalry import rivals
from sqlalchemy import func, select

from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    FOLLOW_UP_DAYS,
    Channel,
    EndReason,
    FollowUp,
    JobPost,
    PayUnit,
    Placement,
    PostState,
    Reached,
    Referral,
    ReferralState,
    Seeker,
    Wish,
    WishState,
)
from intranet.jobs.operations import Answer, Terms
from intranet.notices.models import Notice

RIVALS = 50
TERMS = Terms(TODAY, 320_000, PayUnit.MONTH, has_contract=True)


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def member(town):
    account = create_account("station", town.community.path)
    return viewer_of(account, ("station", town.community.path))


def wish_of(town, number=0, **fields):
    name, phone = f"王小{number:02d}", f"138{number:08d}"
    return create_wish(create_seeker(town.micros[0], name, phone), **fields)


def referred(member, wish, post):
    return operations.refer(
        db.session(), actor=member, at=AT, wish=wish, post=post, seen=None, channel=Channel.DESK
    )


def offered(member, wish, post):
    referral = referred(member, wish, post)
    act = {"actor": member, "at": AT}
    operations.offer(db.session(), referral=referral, version=referral.version, **act)
    return referral


def place(member, referral, terms=TERMS, **more):
    facts = {"actor": member, "at": AT, "version": referral.version} | more
    return operations.place(db.session(), referral=referral, terms=terms, **facts)


def state_of(model, number):
    db.session.rollback()
    found = db.session.scalar(select(model.state).where(model.id == number))
    db.session.rollback()
    return found


@pytest.mark.timeout(240)
def test_of_fifty_who_are_offered_the_last_opening_one_is_placed_and_49_are_told(app, town, member):
    post = create_post(create_company(town.dedicated), openings=1)
    referrals = [offered(member, wish_of(town, n), post) for n in range(RIVALS)]
    ids = [(one.id, one.wish_id, one.version) for one in referrals]

    def begin(one):
        number, _wish, version = one
        place(member, db.session.get(Referral, number), version=version)

    said = rivals(app, [partial(begin, one) for one in ids])

    late = "The last opening of this post has been taken; nobody was entered"
    assert sorted(said) == ["", *[late] * (RIVALS - 1)]
    states = dict(
        db.session.execute(select(Referral.state, func.count()).group_by(Referral.state)).all()
    )
    assert states == {ReferralState.PLACED: 1, ReferralState.ENDED: RIVALS - 1}
    assert db.session.scalar(select(func.count(Placement.id))) == 1
    whole = db.session.execute(select(JobPost.state, JobPost.openings_left)).all()
    assert [tuple(one) for one in whole] == [(PostState.FILLED, 0)]
    wishes = dict(db.session.execute(select(Wish.state, func.count()).group_by(Wish.state)).all())
    assert wishes == {WishState.PLACED: 1, WishState.OPEN: RIVALS - 1}
    told = select(func.count(Notice.id)).where(Notice.words.startswith("The openings were taken"))
    assert db.session.scalar(told) == RIVALS - 1
    reasons = set(db.session.scalars(select(Referral.end_reason)))
    assert reasons == {None, EndReason.FULL}


def test_from_referral_to_follow_up_both_sides_see_where_it_stands(town, member):
    company = create_company(town.dedicated)
    handler = create_account("company", town.dedicated.path)
    create_handler(company, handler)
    post, wish = create_post(company, openings=2), wish_of(town)
    referral = referred(member, wish, post)
    act = {"actor": member, "at": AT}
    later = AT + timedelta(days=1)
    operations.invite(
        db.session(),
        referral=referral,
        version=referral.version,
        when=later,
        place="驿站二楼",
        **act,
    )
    operations.offer(db.session(), referral=referral, version=referral.version, **act)
    made = place(member, referral)
    assert (post.openings_left, post.state) == (1, PostState.PUBLISHED)
    assert wish.state is WishState.PLACED
    due = db.session.scalars(select(FollowUp).order_by(FollowUp.days)).all()
    assert [one.due_on for one in due] == [TODAY + timedelta(days=one) for one in FOLLOW_UP_DAYS]
    told = db.session.scalars(select(Notice.words).where(Notice.account_id == handler.id)).all()
    assert len(told) == 1
    operations.follow_up(
        db.session(),
        actor=member,
        at=AT + timedelta(days=7),
        due=due[0],
        answer=Answer(still_there=True, fee_asked=False, as_posted=True),
    )
    assert made.ended_on is None
    with pytest.raises(DomainError, match="done already"):
        operations.follow_up(
            db.session(),
            actor=member,
            at=AT + timedelta(days=8),
            due=due[0],
            answer=Answer(still_there=True),
        )
    with pytest.raises(DomainError, match="not due yet"):
        operations.follow_up(
            db.session(), actor=member, at=AT, due=due[1], answer=Answer(still_there=True)
        )


def test_a_fee_that_was_asked_is_not_ticked_without_a_word(town, member):
    referral = referred(member, wish_of(town), create_post(create_company(town.dedicated)))
    place(member, referral)
    due = db.session.scalars(select(FollowUp).order_by(FollowUp.days)).first()
    with pytest.raises(InputError) as wrong:
        operations.follow_up(
            db.session(),
            actor=member,
            at=AT + timedelta(days=7),
            due=due,
            answer=Answer(still_there=True, fee_asked=True),
        )
    assert wrong.value.field == "words"


def test_who_is_placed_full_time_is_referred_nowhere_else_and_placed_once(town, member):
    company, wish = create_company(town.dedicated), wish_of(town)
    first, second = create_post(company), create_post(company)
    one, two = referred(member, wish, first), referred(member, wish, second)
    place(member, one)
    db.session.refresh(two)
    assert (two.state, two.end_reason) == (ReferralState.ENDED, EndReason.PLACED_ELSEWHERE)
    with pytest.raises(DomainError, match="does not look for work now"):
        referred(member, wish, second)
    again = create_wish(db.session.get_one(Seeker, wish.seeker_id))
    three = referred(member, again, second)
    with pytest.raises(DomainError, match="full-time work already"):
        place(member, three)


def test_what_was_entered_by_mistake_is_taken_back_and_the_opening_is_free_again(town, member):
    post, wish = create_post(create_company(town.dedicated), openings=1), wish_of(town)
    referral = offered(member, wish, post)
    made = place(member, referral)
    assert post.state is PostState.FILLED
    act = {"actor": member, "at": AT}
    operations.undo_place(db.session(), placement=made, version=made.version, **act)
    assert (post.state, post.openings_left) == (PostState.PUBLISHED, 1)
    assert (referral.state, wish.state) == (ReferralState.OFFERED, WishState.REFERRED)
    standing = select(func.count(FollowUp.id)).where(FollowUp.dropped_at.is_(None))
    assert db.session.scalar(standing) == 0
    with pytest.raises(DomainError, match="ended already"):
        operations.undo_place(db.session(), placement=made, version=made.version, **act)
    place(member, referral)
    assert (post.state, wish.state) == (PostState.FILLED, WishState.PLACED)


def test_who_leaves_may_look_again_and_the_opening_is_free_if_the_company_says_so(town, member):
    post, wish = create_post(create_company(town.dedicated), openings=1), wish_of(town)
    made = place(member, offered(member, wish, post))
    facts = {"actor": member, "at": AT + timedelta(days=20), "version": made.version}
    with pytest.raises(InputError):
        operations.leave(
            db.session(),
            placement=made,
            ended_on=TODAY - timedelta(days=1),
            reason=EndReason.LEFT,
            seeks_again=True,
            opening_free=True,
            **facts,
        )
    operations.leave(
        db.session(),
        placement=made,
        ended_on=TODAY + timedelta(days=19),
        reason=EndReason.LEFT,
        seeks_again=True,
        opening_free=True,
        **facts,
    )
    assert (wish.state, post.state, post.openings_left) == (WishState.OPEN, PostState.PUBLISHED, 1)
    assert place(member, offered(member, wish, post)).id != made.id


def test_nobody_is_referred_twice_or_to_what_takes_nobody(town, member):
    company, wish = create_company(town.dedicated), wish_of(town)
    post = create_post(company)
    first = referred(member, wish, post)
    with pytest.raises(DomainError, match="already"):
        referred(member, wish, post)
    operations.end_referral(
        db.session(),
        actor=member,
        at=AT,
        referral=first,
        version=first.version,
        reason=EndReason.SEEKER_DECLINED,
    )
    assert wish.state is WishState.OPEN
    assert referred(member, wish, post).id != first.id
    for state in (PostState.DRAFT, PostState.FILLED, PostState.EXPIRED, PostState.WITHDRAWN):
        closed = create_post(company, state=state)
        with pytest.raises(DomainError, match="takes nobody now"):
            referred(member, wish, closed)


def test_of_two_who_answer_a_referral_the_second_is_told(town, member):
    referral = referred(member, wish_of(town), create_post(create_company(town.dedicated)))
    seen = referral.version
    act = {"actor": member, "at": AT, "version": seen}
    operations.offer(db.session(), referral=referral, **act)
    with pytest.raises(DomainError, match="just changed this"):
        operations.end_referral(
            db.session(), referral=referral, reason=EndReason.COMPANY_DECLINED, **act
        )
    assert referral.state is ReferralState.OFFERED


def test_a_call_and_an_end_at_once_wait_for_each_other_and_never_both(app, town, member):
    pairs = []
    for number in range(8):
        post = create_post(create_company(town.dedicated, f"企业{number}"))
        wish = wish_of(town, number)
        referral = referred(member, wish, post)
        pairs.append((referral.id, referral.version, wish.id))
    db.session.commit()

    def end(referral_id, version):
        session = db.session()
        operations.end_referral(
            session,
            actor=member,
            at=AT,
            referral=session.get(Referral, referral_id),
            version=version,
            reason=EndReason.SEEKER_DECLINED,
        )

    def call(wish_id):
        session = db.session()
        wish = session.get(Wish, wish_id)
        operations.contact(session, actor=member, at=AT, wish=wish, reached=Reached.SPOKEN)

    ends = [partial(end, referral_id, version) for referral_id, version, _ in pairs]
    calls = [partial(call, wish_id) for _, _, wish_id in pairs]
    assert rivals(app, ends + calls) == [""] * 16
    assert set(db.session.scalars(select(Wish.state))) == {WishState.OPEN}
