"""Fairs: only verified companies, a pass once, an interview's place once, referrals of who came."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from factories import create_account, create_town, viewer_of
from jobs.fairs_factory import (
    create_booth,
    create_fair,
    create_pass,
    live_post,
    seeker_of,
)
from jobs.jobs_factory import create_company
from jobs.rivalry import rivals
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from intranet import clock
from intranet.clock import BEIJING
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Booth,
    BoothPost,
    Channel,
    CompanyState,
    Fair,
    FairPass,
    FairState,
    FairVerb,
    PayUnit,
    PostState,
    Referral,
)
from intranet.jobs.operations import FairFacts, FairResult, Terms
from intranet.jobs.queries import fair_people, fairs

RIVALS = 8


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def station(town):
    return viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )


def by(station):
    return {"actor": station, "at": clock.now()}


def facts(**changed):
    said = {
        "title": "金秋招聘会",
        "held_on": clock.today() + timedelta(days=5),
        "from_minute": 540,
        "to_minute": 720,
        "place": "社区广场",
        "address": "正街 8 号",
    }
    return FairFacts(**(said | changed))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"held_on": clock.today() - timedelta(days=1)}, "held_on"),
        ({"from_minute": 720, "to_minute": 540}, "to_minute"),
        ({"to_minute": 1441}, "to_minute"),
        ({"capacity": 0}, "capacity"),
        ({"title": ""}, "title"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(town, station, changed, field):
    with pytest.raises(InputError) as refused:
        operations.plan_fair(
            db.session(), grid_path=town.community.path, facts=facts(**changed), **by(station)
        )
    assert refused.value.field == field


def test_a_fair_opens_on_its_day_alone_and_nothing_follows_a_call_off(town, station):
    early = create_fair(town.community, day=clock.today() + timedelta(days=1))
    session, act = db.session(), by(station)
    with pytest.raises(DomainError, match="day of the fair"):
        operations.move_fair(session, fair=early, version=1, verb=FairVerb.OPEN, **act)
    fair = create_fair(town.community)
    for verb, state in (
        (FairVerb.OPEN, FairState.OPEN),
        (FairVerb.CLOSE, FairState.OVER),
        (FairVerb.REOPEN, FairState.OPEN),
        (FairVerb.CALL_OFF, FairState.CALLED_OFF),
    ):
        operations.move_fair(session, fair=fair, version=fair.version, verb=verb, **act)
        assert fair.state is state
    for verb in FairVerb:
        with pytest.raises(DomainError):
            operations.move_fair(session, fair=fair, version=fair.version, verb=verb, **act)
    with pytest.raises(DomainError):
        operations.move_fair(session, fair=early, version=9, verb=FairVerb.CALL_OFF, **act)


def test_what_was_left_open_is_closed_by_the_clock(town):
    gone = create_fair(town.community, day=clock.today() - timedelta(days=1), state=FairState.OPEN)
    today = create_fair(town.community, state=FairState.OPEN)
    assert operations.close_past(db.session(), at=clock.now()) == 1
    assert (gone.state, today.state) == (FairState.OVER, FairState.OPEN)


def test_only_verified_companies_have_a_booth_and_bring_live_posts_of_their_own(town, station):
    fair, session = create_fair(town.community), db.session()
    unseen = create_company(town.micros[0], "未核验的店", verified=False)
    company, other = create_company(town.micros[0], "甲"), create_company(town.micros[1], "乙")
    live, draft = live_post(company), live_post(company, state=PostState.DRAFT)
    foreign = live_post(other)
    for one in (unseen, None):
        with pytest.raises(InputError) as refused:
            operations.add_booth(session, fair=fair, company=one, number=None, **by(station))
        assert refused.value.field == "company"
    booth = operations.add_booth(session, fair=fair, company=company, number=None, **by(station))
    assert booth.number == 1
    assert session.scalars(select(BoothPost.post_id)).all() == [live.id]
    with pytest.raises(InputError):
        operations.add_booth(session, fair=fair, company=company, number=2, **by(station))
    with pytest.raises(InputError) as refused:
        operations.add_booth(session, fair=fair, company=other, number=1, **by(station))
    assert refused.value.field == "number"
    for post in (draft, foreign):
        with pytest.raises(InputError):
            operations.choose_posts(
                session, fair=fair, booth=booth, version=1, post_ids=[post.id], **by(station)
            )
    operations.choose_posts(
        session, fair=fair, booth=booth, version=booth.version, post_ids=[], **by(station)
    )
    assert session.scalars(select(BoothPost.post_id)).all() == []
    assert booth.version == 2


@pytest.mark.parametrize("what", ["company", "draft", "foreign"])
def test_the_database_refuses_what_a_page_forgets(town, what):
    fair = create_fair(town.community)
    company, other = create_company(town.micros[0], "甲"), create_company(town.micros[1], "乙")
    booth = create_booth(fair, company)
    draft, foreign = live_post(company, state=PostState.DRAFT), live_post(other)
    unseen = create_company(town.micros[0], "未核验的店", verified=False)
    wrong = {
        "company": lambda: Booth(fair_id=fair.id, number=2, company_id=unseen.id),
        "draft": lambda: BoothPost(booth_id=booth.id, post_id=draft.id),
        "foreign": lambda: BoothPost(booth_id=booth.id, post_id=foreign.id),
    }[what]()
    db.session.add(wrong)
    with pytest.raises(DBAPIError, match="jobs_fair"):
        db.session.flush()
    db.session.rollback()


def test_nothing_of_a_company_that_was_stopped_is_seen_at_a_fair(town, station):
    fair, company = create_fair(town.community), create_company(town.micros[0])
    create_booth(fair, company, posts=[live_post(company)])
    seen = fairs.booths(db.session(), fair, day=clock.today())
    assert [len(one.posts) for one in seen] == [1]
    operations.suspend_company(
        db.session(), company, version=company.version, reason="虚假岗位", **by(station)
    )
    after = fairs.booths(db.session(), fair, day=clock.today())
    assert [(one.state, len(one.posts)) for one in after] == [(CompanyState.SUSPENDED, 0)]


def test_a_seeker_has_one_pass_and_there_are_no_more_than_the_fair_holds(app, town, station):
    fair = create_fair(town.community, capacity=3)
    ids = [seeker_of(town, n).id for n in range(RIVALS)]
    first = operations.give_pass(db.session(), fair=fair, seeker=_seeker(ids[0]), **by(station))
    again = operations.give_pass(db.session(), fair=fair, seeker=_seeker(ids[0]), **by(station))
    assert first.id == again.id
    number = fair.id

    def act(n):
        fair = db.session.get(Fair, number)
        operations.give_pass(db.session(), fair=fair, seeker=_seeker(ids[n]), **by(station))

    told = rivals(app, [partial(act, n) for n in range(RIVALS)])
    assert told.count("") == 3
    assert db.session.scalar(select(func.count(FairPass.id))) == 3


def _seeker(number):
    from intranet.jobs.models import Seeker

    return db.session.get(Seeker, number)


def test_of_many_who_bring_the_same_pass_one_gets_in(app, town, station):
    fair = create_fair(town.community, state=FairState.OPEN)
    given = create_pass(fair, seeker_of(town))
    number, token = fair.id, given.token

    def act(n):
        del n
        fair = db.session.get(Fair, number)
        operations.check_in(db.session(), fair=fair, token=token, **by(station))

    told = rivals(app, [partial(act, n) for n in range(RIVALS)])
    assert sorted(told) == ["", *["This pass was used already"] * (RIVALS - 1)]
    assert db.session.scalar(select(func.count(FairPass.used_at))) == 1


def test_the_door_takes_a_pass_however_it_is_typed_and_no_other(town, station):
    fair = create_fair(town.community, state=FairState.OPEN)
    other = create_fair(town.community, state=FairState.OPEN)
    given = create_pass(fair, seeker_of(town))
    for where, token in ((other, given.token), (fair, "ZZZZZZZZZZ"), (fair, "")):
        with pytest.raises(InputError) as refused:
            operations.check_in(db.session(), fair=where, token=token, **by(station))
        assert refused.value.field == "token"
    typed = f" {operations.shown_token(given.token).lower()} ".replace("2", "２")
    assert operations.check_in(db.session(), fair=fair, token=typed, **by(station)).used_at


def test_nobody_comes_in_before_the_doors_open_or_after(town, station):
    for state in (FairState.PLANNED, FairState.OVER, FairState.CALLED_OFF):
        fair = create_fair(town.community, state=state)
        given = create_pass(fair, seeker_of(town, fair.id), f"{fair.id:010d}")
        with pytest.raises(DomainError):
            operations.check_in(db.session(), fair=fair, token=given.token, **by(station))
        with pytest.raises(DomainError):
            operations.count_walk_in(db.session(), fair=fair, **by(station))


def test_a_walk_in_is_counted_and_taken_back_once(town, station):
    fair, session = create_fair(town.community, state=FairState.OPEN), db.session()
    for _n in range(3):
        last = operations.count_walk_in(session, fair=fair, **by(station))
    operations.undo_walk_in(session, fair=fair, walk_in=last, **by(station))
    with pytest.raises(DomainError):
        operations.undo_walk_in(session, fair=fair, walk_in=last, **by(station))
    count, newest = fairs.walk_ins(session, fair)
    assert (count, newest.id) == (2, last.id - 1)


def test_who_came_is_referred_and_who_was_not_is_left_to_look_after(town, station):
    # It is printed to begin in the last hour of the day: the doors were opened before.
    hours = {"from_minute": 23 * 60, "to_minute": 23 * 60 + 59}
    fair, session = create_fair(town.community, state=FairState.OPEN, **hours), db.session()
    company = create_company(town.micros[0])
    post = live_post(company)
    booth = create_booth(fair, company, posts=[post])
    came, left, absent = (
        create_pass(fair, seeker_of(town, n), f"{n:010d}", used_at=used)
        for n, used in enumerate((clock.now(), clock.now(), None))
    )
    facts = {"fair": fair, "post": post} | by(station)
    with pytest.raises(DomainError, match="has not come"):
        operations.refer_at_fair(session, given=absent, **facts)
    with pytest.raises(InputError):
        operations.refer_at_fair(session, given=came, **(facts | {"post": live_post(company)}))
    referral = operations.refer_at_fair(session, given=came, **facts)
    assert referral.channel is Channel.DESK
    assert session.scalar(select(func.count(Referral.id))) == 1
    waiting = fair_people.left_without(session, station, fair)
    assert [row.given.id for row, _wish in waiting] == [left.id]
    terms = Terms(clock.today(), 320_000, PayUnit.MONTH, has_contract=True)
    operations.place(
        session, referral=referral, version=referral.version, terms=terms, **by(station)
    )
    operations.enter_result(
        session, fair=fair, booth=booth, version=1, result=FairResult(9, 4, 2), **by(station)
    )
    found = fair_people.figures(session, fair)
    assert (found.passes, found.checked_in, found.came) == (3, 2, 2)
    line = found.booths[0]
    assert (line.visitors, line.intentions, line.offers) == (9, 4, 2)
    assert (line.posts, line.referrals, line.placements) == (1, 1, 1)


@pytest.mark.parametrize(
    ("result", "field"),
    [((3, 4, 0), "intentions"), ((3, 2, 3), "offers"), ((-1, 0, 0), "visitors")],
)
def test_results_that_cannot_be_are_refused(town, station, result, field):
    fair = create_fair(town.community, state=FairState.OVER)
    booth = create_booth(fair, create_company(town.micros[0]))
    with pytest.raises(InputError) as refused:
        operations.enter_result(
            db.session(),
            fair=fair,
            booth=booth,
            version=1,
            result=FairResult(*result),
            **by(station),
        )
    assert refused.value.field == field


def test_the_next_fair_is_the_nearest_of_the_community_that_is_not_called_off(town):
    today, session = clock.today(), db.session()
    days = [today + timedelta(days=n) for n in (9, 3, 2, -1)]
    states = (FairState.PLANNED, FairState.PLANNED, FairState.CALLED_OFF, FairState.PLANNED)
    made = [
        create_fair(town.community, day=day, state=state)
        for day, state in zip(days, states, strict=True)
    ]
    path = [town.community.path]
    assert fairs.next_fair(session, path, today).id == made[1].id
    assert fairs.next_fair(session, path, days[0]).id == made[0].id
    assert fairs.next_fair(session, path, days[0] + timedelta(days=1)) is None
    assert fairs.next_fair(session, [town.dedicated.path], today) is None


def test_its_moments_are_of_beijing(town):
    fair = create_fair(town.community, from_minute=540, to_minute=1440)
    day = fair.held_on
    assert fair.begins_at == datetime(day.year, day.month, day.day, 9, tzinfo=BEIJING)
    assert fair.ends_at.astimezone(BEIJING).date() == day + timedelta(days=1)
