"""Two seekers who are one person: found, joined with rules, taken apart in a day, erased together."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from factories import AT, create_account, create_town, viewer_of
from jobs.fairs_factory import create_fair, create_pass
from jobs.jobs_factory import (
    CLEANER,
    TODAY,
    create_company,
    create_post,
    create_seeker,
    create_wish,
    occupation,
)
from jobs.rivalry import rivals
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Channel,
    FairPass,
    JobPost,
    PayUnit,
    Placement,
    Referral,
    Seeker,
    SeekerContact,
    SeekerMerge,
    Wish,
    WishState,
)
from intranet.jobs.operations import Content, Person, Terms, Trade
from intranet.jobs.queries.twins import Twin, twins
from intranet.register.models import Party, PartyKind

DAY = timedelta(days=1)
GRANNY = Person("张桂芬", "13800001234", legal_age=True, consents=True)


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def member(town):
    account = create_account("station", town.community.path)
    return viewer_of(account, ("station", town.community.path))


@pytest.fixture
def pair(town):
    """One filed at the desk, and the same person filed at the touch screen."""
    desk = create_wish(create_seeker(town.micros[0]))
    kiosk = create_wish(create_seeker(town.micros[0], "张某"), channel=Channel.KIOSK)
    db.session.commit()
    return desk, kiosk


def seeker_of(wish):
    return db.session.get_one(Seeker, wish.seeker_id)


def join(member, kept, other, at=AT, **more):
    return operations.merge_seekers(
        db.session(), actor=member, at=at, kept=kept, other=other, **more
    )


def part(member, merge, at=AT):
    operations.undo_merge(db.session(), actor=member, at=at, merge=merge)


def joined(member, pair, stays=0):
    one, other = (seeker_of(wish) for wish in pair)
    return join(member, one, other, keep_wish_id=pair[stays].id)


def refer(member, town, wish):
    post = create_post(create_company(town.dedicated, f"公司{wish.id}"))
    return operations.refer(
        db.session(), actor=member, at=AT, wish=wish, post=post, seen=None, channel=Channel.DESK
    )


def begin(member, referral):
    terms = Terms(TODAY, 320_000, PayUnit.MONTH, has_contract=True)
    act = {"actor": member, "at": AT}
    return operations.place(
        db.session(), referral=referral, version=referral.version, terms=terms, **act
    )


def test_who_may_be_the_same_is_found_by_phone_and_by_name_in_one_micro_grid(town, member, pair):
    one, kiosk = (seeker_of(wish) for wish in pair)
    named = create_seeker(town.micros[0], phone="13900000009")
    create_seeker(town.micros[1], phone="13900000008")  # of this name, elsewhere
    create_seeker(town.micros[0], "张*芬", "13800011234")  # masked alike, yet another
    create_seeker(town.micros[0], "王某", "13900000001")
    create_seeker(town.micros[0], "王某", "13900000002")
    create_seeker(town.micros[0], erased_at=AT)
    found = twins(db.session(), member, list(db.session.scalars(select(Seeker.id))))
    assert found[one.id] == [Twin(kiosk.id, True, False), Twin(named.id, False, True)]
    assert set(found) == {one.id, kiosk.id, named.id}
    outsider = viewer_of(
        create_account("micro_member", town.micros[3].path), ("micro_member", town.micros[3].path)
    )
    assert twins(db.session(), outsider, [one.id]) == {}


def test_of_two_wishes_that_wait_one_stays_and_a_person_says_which(member, pair):
    one, other = (seeker_of(wish) for wish in pair)
    with pytest.raises(InputError, match="Which wish stays"):
        join(member, one, other)
    db.session.rollback()
    joined(member, pair, stays=1)
    desk, kiosk = pair
    assert (desk.state, kiosk.state) == (WishState.CLOSED, WishState.OPEN)
    assert {desk.seeker_id, kiosk.seeker_id} == {one.id}
    assert (other.merged_into_id, one.merged_into_id) == (one.id, None)
    assert "jobs:seeker:merge" in set(db.session.scalars(select(AuditEntry.action)))


def test_referrals_work_and_passes_go_along_and_come_back(town, member, pair):
    desk, kiosk = pair
    one, other = (seeker_of(wish) for wish in pair)
    fair, second = create_fair(town.community), create_fair(town.community, title="春季招聘会")
    create_pass(fair, other, "23456789AC")
    for seeker, token in ((one, "23456789AD"), (other, "23456789AE")):
        create_pass(second, seeker, token)
    work = begin(member, refer(member, town, kiosk))
    assert kiosk.state is WishState.PLACED
    merge = join(member, one, other)
    passes = select(FairPass.token, FairPass.seeker_id).order_by(FairPass.token)
    assert work.seeker_id == one.id
    assert [who == one.id for _token, who in db.session.execute(passes)] == [True, True, False]
    assert desk.state is WishState.OPEN, "one that is placed does not wait"
    part(member, merge)
    assert (work.seeker_id, kiosk.seeker_id, desk.seeker_id) == (other.id, other.id, one.id)
    assert [who == one.id for _token, who in db.session.execute(passes)] == [False, True, False]
    assert other.merged_into_id is None


def test_what_is_under_way_stays_and_two_under_way_are_not_joined(town, member, pair):
    one, other = (seeker_of(wish) for wish in pair)
    refer(member, town, pair[1])
    with pytest.raises(InputError, match="is the one that stays"):
        join(member, one, other, keep_wish_id=pair[0].id)
    db.session.rollback()
    refer(member, town, pair[1])
    refer(member, town, pair[0])
    with pytest.raises(DomainError, match="Both are referred"):
        join(member, one, other, keep_wish_id=pair[0].id)


def test_two_full_time_works_or_two_persons_of_the_register_are_two(town, member, pair):
    one, other = (seeker_of(wish) for wish in pair)
    for seeker in (one, other):
        party = Party(kind=PartyKind.PERSON, grid_path=town.micros[0].path, created_at=AT)
        db.session.add(party)
        db.session.flush()
        seeker.party_id = party.id
    with pytest.raises(DomainError, match="two persons of the register"):
        join(member, one, other, keep_wish_id=pair[0].id)
    one.party_id = other.party_id = None
    for wish in pair:
        begin(member, refer(member, town, wish))
    with pytest.raises(DomainError, match="full-time work"):
        join(member, one, other)


@pytest.mark.parametrize("before", [WishState.OPEN, WishState.PAUSED])
def test_taken_apart_what_was_closed_stands_where_it_stood(member, pair, before):
    pair[1].state = before
    db.session.commit()
    merge = joined(member, pair)
    assert pair[1].state is WishState.CLOSED
    part(member, merge, AT + DAY)
    assert (pair[1].state, pair[0].state) == (before, WishState.OPEN)
    with pytest.raises(DomainError, match="apart already"):
        part(member, merge)


def test_after_a_day_they_stay_joined_and_the_others_name_goes(member, pair):
    merge = joined(member, pair)
    assert operations.forget_merged(db.session(), at=AT + DAY) == 0
    late = AT + DAY + timedelta(seconds=1)
    with pytest.raises(DomainError, match="within a day"):
        part(member, merge, late)
    assert operations.forget_merged(db.session(), at=late) == 2
    assert set(db.session.scalars(select(SeekerContact.seeker_id))) == {merge.into_id}


def test_erased_the_kept_one_takes_all_who_were_joined_along(town, member, pair):
    joined(member, pair)
    third = create_seeker(town.micros[0])
    join(member, third, seeker_of(pair[0]))
    merge = db.session.scalars(select(SeekerMerge).order_by(SeekerMerge.id)).first()
    with pytest.raises(DomainError, match="joined to another"):
        part(member, merge)
    with pytest.raises(DomainError, match="joined to another"):
        operations.erase_seeker(
            db.session(), actor=member, at=AT, seeker=db.session.get_one(Seeker, merge.into_id)
        )
    operations.erase_seeker(db.session(), actor=member, at=AT, seeker=third)
    assert db.session.scalar(select(func.count()).select_from(SeekerContact)) == 0
    assert set(db.session.scalars(select(Seeker.erased_at))) == {AT}
    assert {wish.state for wish in db.session.scalars(select(Wish))} == {WishState.CLOSED}


def test_who_was_joined_is_filed_referred_and_given_a_pass_no_more(town, member, pair):
    joined(member, pair)
    other = db.session.scalars(select(Seeker).where(Seeker.merged_into_id.is_not(None))).one()
    act = {"actor": member, "at": AT}
    facts = {"content": Content([Trade(CLEANER)]), "channel": Channel.DESK, "seeker": other}
    with pytest.raises(DomainError, match="joined to another"):
        operations.file_wish(db.session(), grid_path=other.grid_path, person=GRANNY, **facts, **act)
    fair = create_fair(town.community)
    with pytest.raises(DomainError, match="joined to another"):
        operations.give_pass(db.session(), fair=fair, seeker=other, **act)
    db.session.commit()
    with pytest.raises(DBAPIError, match="merged seeker"):
        db.session.execute(
            text(
                "INSERT INTO jobs_wish (seeker_id, grid_path, state, channel, max_walk_minutes,"
                " night_ok, words, made_at, version) SELECT s.id, s.grid_path, 'open', 'desk', 30,"
                " false, '', s.made_at, 1 FROM jobs_seeker s WHERE merged_into_id IS NOT NULL"
            )
        )
    db.session.rollback()


def test_of_two_who_join_at_once_one_does_and_nothing_is_joined_in_a_circle(app, member, pair):
    one, other = pair[0].seeker_id, pair[1].seeker_id
    keep = pair[0].id

    def act(kept, goes):
        session = db.session
        both = session.get_one(Seeker, kept), session.get_one(Seeker, goes)
        join(member, *both, keep_wish_id=keep)

    told = rivals(app, [partial(act, one, other), partial(act, other, one)] * 3)
    assert sorted(bool(key) for key in told) == [False] + [True] * 5
    assert db.session.scalar(select(func.count()).select_from(SeekerMerge)) == 1
    merged = db.session.scalars(select(Seeker).where(Seeker.merged_into_id.is_not(None))).all()
    assert len(merged) == 1


def test_joined_while_others_refer_every_referral_is_of_the_kept_one(app, town, member, pair):
    one, other = pair[0].seeker_id, pair[1].seeker_id
    keep = pair[1].id
    posts = [create_post(create_company(town.dedicated, f"厂{n}")).id for n in range(4)]
    db.session.execute(update(Wish).where(Wish.id == pair[0].id).values(state="closed"))
    db.session.commit()

    def merge():
        session = db.session
        join(member, session.get_one(Seeker, one), session.get_one(Seeker, other))

    def send(post_id):
        session = db.session
        operations.refer(
            session(),
            actor=member,
            at=AT,
            wish=session.get_one(Wish, keep),
            post=session.get_one(JobPost, post_id),
            seen=None,
            channel=Channel.DESK,
        )

    told = rivals(app, [merge, *(partial(send, one_post) for one_post in posts)])
    assert told == [""] * 5
    whose = select(Wish.seeker_id).join(Referral, Referral.wish_id == Wish.id)
    assert db.session.scalars(whose).all() == [one] * 4


def test_filed_again_while_they_are_joined_one_wish_waits(app, member, pair):
    one, other = pair[0].seeker_id, pair[1].seeker_id
    keep = pair[0].id

    def merge():
        session = db.session
        both = session.get_one(Seeker, one), session.get_one(Seeker, other)
        join(member, *both, keep_wish_id=keep)

    def file():
        seeker = db.session.get_one(Seeker, other)
        operations.file_wish(
            db.session(),
            actor=member,
            at=AT,
            grid_path=seeker.grid_path,
            person=GRANNY,
            content=Content([Trade(CLEANER)]),
            channel=Channel.DESK,
            seeker=seeker,
        )

    told = rivals(app, [merge, file, file])
    assert told[0] == ""
    waits = select(Wish.seeker_id).where(Wish.state == WishState.OPEN)
    assert db.session.scalars(waits).all() == [one]
    assert db.session.scalar(select(func.count()).select_from(Placement)) == 0
