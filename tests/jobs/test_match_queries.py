"""Out of all posts the very best are found, by few queries; both ways, within what may be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from counting import counted
from factories import AT, create_account, create_town, viewer_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jobs.jobs_factory import (
    CARER,
    CLEANER,
    STATION_PLACE,
    TODAY,
    create_company,
    create_post,
    create_seeker,
    create_wish,
)
from jobs.matching_factory import (
    CERTIFICATES,
    CODES,
    SKILLS,
    a_wish,
    every_shape,
    wanteds,
)
from planning import planned
from sqlalchemy import select, update

from intranet.db import db
from intranet.jobs.models import (
    Channel,
    Decision,
    EndReason,
    JobPost,
    PayUnit,
    Referral,
    ReferralState,
    Shift,
    SkipReason,
    Wish,
    WishState,
)
from intranet.jobs.operations.matching import Scorer, order, record
from intranet.jobs.queries.matching import (
    Offers,
    candidates,
    matches_for,
    offered_where,
    seekers_for,
    wanted_where,
)
from intranet.jobs.queries.matching.candidates import first_look, second_look


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def company(town):
    return create_company(town.dedicated)


@pytest.fixture
def many(company):
    every_shape(company)
    return offered_where(db.session())


def best_of_all(wanted, posts, limit):
    """Score every post there is."""
    scorer = Scorer(wanted, TODAY)
    scored = [(scorer.points(one), one) for one in posts]
    ranked = sorted(
        (order(points, wanted, one), one) for points, one in scored if points is not None
    )
    return [(-key[0], key[3]) for key, _one in ranked[:limit]]


def found(wanted, limit):
    session = db.session()
    best = candidates(session, Scorer(wanted, TODAY), Offers(session), limit=limit)
    return [(one.points, one.offered.id) for one in best]


def test_posts_come_back_as_they_were_put_in(many):
    shapes = {one.id: one for one in many}
    rows = {one.id: one for one in db.session.scalars(select(JobPost))}
    assert len(shapes) == len(rows) >= 216
    for number, row in rows.items():
        one = shapes[number]
        assert (one.standing.state, one.standing.valid_through) == (row.state, row.valid_through)
        assert (one.place is None) == (row.latitude is None)
        assert one.work.code == one.papers.code == row.occupation_code
        assert one.work.must | one.work.nice <= set(SKILLS)
        assert one.papers.must | one.papers.nice <= set(CERTIFICATES)
        assert (one.pay.low_fen, one.hours.shift) == (row.pay_min_fen, row.shift)
    assert any(one.work.must for one in many)
    assert any(one.papers.nice for one in many)


def test_no_post_is_left_out_that_is_among_the_best(many):
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(wanteds, st.sampled_from((1, 3, 20)))
    @example(a_wish(kinds=(), home=None, hours=(), skills=frozenset(), floor=None), 20)
    @example(a_wish(max_walk_minutes=1), 20)
    def holds(wanted, limit):
        assert found(wanted, limit) == best_of_all(wanted, many, limit)

    holds()


def test_a_wish_as_the_database_gives_it_back_finds_the_same(many, town):
    wish = create_wish(
        create_seeker(town.micros[0]),
        codes=(CLEANER, CODES[0]),
        hours=[(0b1111111, 360, 1320)],
        skills=[SKILLS[0], CERTIFICATES[0]],
        max_walk_minutes=45,
    )
    db.session.commit()
    [wanted] = wanted_where(db.session(), Wish.id == wish.id)

    assert wanted.skills == {SKILLS[0], CERTIFICATES[0]}
    assert [one.code for one in wanted.kinds] == sorted((CLEANER, CODES[0]))
    assert found(wanted, 20) == best_of_all(wanted, many, 20)
    assert len(found(wanted, 20)) > 3


def north(metres):
    return {"latitude": STATION_PLACE[0] + metres / 111_195, "longitude": STATION_PLACE[1]}


def decide(wish, post, *, skipped=None, state=None, days=0):
    """Write down a decision, and the referral that came of it."""
    at = AT + timedelta(days=days)
    by = create_account("station", wish.grid_path).id
    made = Decision(
        wish_id=wish.id,
        post_id=post.id,
        skipped=skipped,
        score=80,
        parts="{}",
        engine="1",
        by=by,
        at=at,
    )
    db.session.add(made)
    db.session.flush()
    if state is not None:
        reason = EndReason.NO_SHOW if state is ReferralState.ENDED else None
        db.session.add(
            Referral(
                wish_id=wish.id,
                post_id=post.id,
                decision_id=made.id,
                state=state,
                end_reason=reason,
                channel=Channel.DESK,
                made_at=at,
            )
        )
    db.session.commit()


def test_the_posts_for_a_wish_are_the_best_the_decided_and_the_nearest_misses(town, company):
    wish = create_wish(
        create_seeker(town.micros[0]), hours=[(0b0011111, 450, 1050)], skills=["打扫保洁"]
    )
    near, far = create_post(company, **north(100)), create_post(company, **north(900))
    skipped, ended, sent = (create_post(company, **north(n)) for n in (300, 400, 500))
    too_far = create_post(company, **north(2000))
    late = create_post(company, to_minute=19 * 60, shift=Shift.DAY, **north(100))
    paper = create_post(company, must=["健康证"], **north(100))
    both = create_post(company, must=["健康证"], to_minute=19 * 60, **north(100))
    other = create_post(company, occupation_code=CARER, to_minute=19 * 60, **north(100))
    over = create_post(company, **north(100), valid_through=TODAY - timedelta(days=1))
    decide(wish, skipped, skipped=SkipReason.NOT_FITTING)
    decide(wish, ended, state=ReferralState.ENDED, days=1)
    decide(wish, sent, state=ReferralState.INTERVIEW, days=2)

    matches = matches_for(db.session(), wish, today=TODAY)

    assert [one.thing.id for one in matches.best] == [near.id, far.id]
    assert [one.match.score for one in matches.best] == sorted(
        (one.match.score for one in matches.best), reverse=True
    )
    assert [one.thing.id for one in matches.decided] == [sent.id, ended.id, skipped.id]
    assert [one.taken.state for one in matches.decided] == [
        ReferralState.INTERVIEW,
        ReferralState.ENDED,
        None,
    ]
    assert matches.decided[2].taken.skipped is SkipReason.NOT_FITTING
    misses = {one.thing.id: [str(gate.key) for gate in one.match.closed] for one in matches.gated}
    assert misses == {
        paper.id: ["skill"],
        late.id: ["hours"],
        too_far.id: ["walk"],
        both.id: ["skill", "hours"],
    }
    assert [one.thing.id for one in matches.gated][-1] == both.id
    assert not {other.id, over.id} & set(misses)
    assert record(matches.best[0].match) == record(
        Scorer(wanted_where(db.session(), Wish.id == wish.id)[0], TODAY).explain(
            offered_where(db.session(), JobPost.id == near.id)[0]
        )
    )


def test_a_wish_that_does_not_wait_has_only_what_was_decided(town, company):
    wish = create_wish(create_seeker(town.micros[0]), state=WishState.PLACED)
    post, _another = create_post(company), create_post(company)
    decide(wish, post, state=ReferralState.PLACED)

    matches = matches_for(db.session(), wish, today=TODAY)

    assert [one.thing.id for one in matches.decided] == [post.id]
    assert (matches.best, matches.gated) == ((), ())


def test_the_wishes_for_a_post_are_those_of_the_viewers_grids_who_waits_longer_first(town, company):
    post = create_post(company)

    def wish(micro, **facts):
        return create_wish(create_seeker(micro), **facts)

    here, there = town.micros[0], town.micros[3]
    later = wish(here, made_at=AT)
    longer = wish(here, made_at=AT - timedelta(days=3))
    elsewhere = wish(there)
    other_work = wish(here, codes=(CARER,))
    skipped = wish(here)
    paused = wish(here, state=WishState.PAUSED)
    demanding = wish(here, pay_floor_fen=900_000, pay_unit=PayUnit.MONTH)
    unknown_home = wish(here, latitude=None, longitude=None)
    far = wish(here, **north(50_000))
    decide(skipped, post, skipped=SkipReason.ALREADY_ASKED)
    station = viewer_of(create_account("station", town.community.path), ("station", here.path))

    matches = seekers_for(db.session(), station, post, today=TODAY)

    assert [one.thing.id for one in matches.best] == [
        longer.id,
        later.id,
        unknown_home.id,
        other_work.id,
    ]
    assert [one.thing.id for one in matches.decided] == [skipped.id]
    assert [one.thing.id for one in matches.gated] == [demanding.id]
    assert not {paused.id, far.id, elsewhere.id} & {one.thing.id for one in matches.best}
    everywhere = viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )
    seen = seekers_for(db.session(), everywhere, post, today=TODAY)
    assert elsewhere.id in {one.thing.id for one in seen.best}
    nobody = viewer_of(create_account("resident", here.path), ("resident", here.path))
    assert seekers_for(db.session(), nobody, post, today=TODAY).best == ()


def test_each_pair_has_the_same_score_both_ways(many, town):
    wishes = [
        create_wish(
            create_seeker(town.micros[0]),
            codes=codes,
            max_walk_minutes=60,
            made_at=AT - timedelta(days=n),
        )
        for n, codes in enumerate(((CLEANER,), ("4-10-01",), ("4",), ()))
    ]
    db.session.commit()
    viewer = viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )
    both = 0
    for wish in wishes:
        for one in matches_for(db.session(), wish, today=TODAY).best[:5]:
            back = seekers_for(db.session(), viewer, one.thing, today=TODAY)
            [same] = [other for other in back.best if other.thing.id == wish.id]
            assert same.match == one.match
            both += 1
    assert both >= 10


def test_however_many_posts_and_wishes_there_are_the_questions_are_as_many(many, town):
    wish = create_wish(create_seeker(town.micros[0]), max_walk_minutes=60)
    post = db.session.get(JobPost, many[0].id)
    station = viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )
    db.session.commit()
    numbers = (wish.id, post.id)

    def asked():
        with counted() as statements:
            session = db.session()
            wish, post = session.get(Wish, numbers[0]), session.get(JobPost, numbers[1])
            before = len(statements)
            matches_for(session, wish, today=TODAY)
            between = len(statements)
            seekers_for(session, station, post, today=TODAY)
            return between - before, len(statements) - between

    first = asked()
    company = create_company(town.dedicated, name="另一家公司")
    for number in range(12):
        create_post(company, **north(10 * number))
        create_wish(create_seeker(town.micros[0]), hours=[(127, 0, 1440)], skills=["收银"])
    db.session.commit()

    again = asked()

    assert all(one <= 12 and other <= 13 for one, other in (first, again))


def test_a_post_just_within_the_longest_walk_is_found_and_one_just_beyond_is_a_miss(town, company):
    wish = create_wish(create_seeker(town.micros[0]), max_walk_minutes=30)
    metres = 30 * 75 / 1.3
    edge, beyond = (create_post(company, **north(metres + n)) for n in (-0.5, 0.5))

    matches = matches_for(db.session(), wish, today=TODAY)

    assert [one.thing.id for one in matches.best] == [edge.id]
    assert [one.thing.id for one in matches.gated] == [beyond.id]


def test_a_filled_post_is_no_candidate_and_a_full_one_is_not_either(many, town):
    wanted = replace(a_wish(), id=1, max_walk_minutes=60, hours=(), employment=None)
    best = found(wanted, 5)
    assert best
    db.session.execute(update(JobPost).where(JobPost.id == best[0][1]).values(openings_left=0))
    db.session.commit()

    assert best[0][1] not in [number for _points, number in found(wanted, 500)]


def test_both_looks_go_along_the_indexes_of_live_posts(many):
    scorer = Scorer(a_wish(), TODAY)
    looks = (first_look(db.session(), scorer, [1]), second_look(db.session(), scorer, 60, [1]))
    plans = [planned(one.statement.params(one.values), by={}) for one in looks]
    # Which of them PostgreSQL takes goes by how much of what is there.
    index = "ix_jobs_post_live_" + ("cell" if db.engine.dialect.name == "sqlite" else "")
    db.session.rollback()

    assert all(index in plan for plan in plans)
    assert not any("SCAN jobs_post " in plan or "Seq Scan on jobs_post " in plan for plan in plans)
