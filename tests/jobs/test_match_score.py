"""What holds for every score: its sum, its range, what may never lower it, and what it never reads."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs.jobs_factory import TODAY
from jobs.matching_factory import (
    CLASSES,
    CODES,
    HOME,
    a_wish,
    an_offer,
    names,
    offereds,
    parts,
    places,
    score,
    stretches,
    tuples_of,
    wanteds,
    wishes,
)

from intranet.jobs.models import PayUnit, Shift
from intranet.jobs.operations import matching
from intranet.jobs.operations.matching import (
    GateKey,
    GateState,
    HintKey,
    Hours,
    Kind,
    Papers,
    PartKey,
    Pay,
    Scorer,
    Stretch,
    Work,
    classes,
    order,
    read,
    record,
)
from intranet.jobs.operations.matching.work import factor_of, nearness
from intranet.jobs.operations.walking import Place, reach, walk_minutes

MANY = settings(max_examples=150, deadline=None)
# Of what was said: what is not stands half way, and saying it first may move a score either way.
done = st.builds(Kind, st.sampled_from(CODES + CLASSES), st.integers(0, 60))


@MANY
@given(wanteds, offereds)
def test_the_score_is_the_sum_of_its_parts_within_a_hundred_and_what_is_ranked_by(wanted, offered):
    scorer = Scorer(wanted, TODAY)
    match = scorer.explain(offered)

    assert [one.key for one in match.parts] == list(PartKey)
    assert all(isinstance(one.points, int) and 0 <= one.points <= one.most for one in match.parts)
    assert match.score == sum(one.points for one in match.parts)
    assert sum(one.most for one in match.parts) == matching.SCORE_MAX == 100
    assert scorer.points(offered) == (None if match.closed else match.score)


def nearer(place, home, tenths):
    """Return the place so many tenths of the way."""
    return Place(
        home.latitude + (place.latitude - home.latitude) * tenths / 10,
        home.longitude + (place.longitude - home.longitude) * tenths / 10,
    )


@MANY
@given(wanteds, offereds, places, st.integers(0, 9))
def test_nearer_never_lowers(wanted, offered, place, tenths):
    wanted = replace(wanted, home=HOME)
    far = replace(offered, place=place)
    near = replace(offered, place=nearer(place, HOME, tenths))

    assert score(wanted, near) >= score(wanted, far)


@MANY
@given(wanteds, offereds, st.integers(0, 300_000), st.integers(0, 300_000))
def test_higher_pay_never_lowers(wanted, offered, low, more):
    pay = offered.pay
    higher = Pay(pay.low_fen + low, max(pay.high_fen, pay.low_fen + low) + more, pay.unit)

    assert score(wanted, replace(offered, pay=higher)) >= score(wanted, offered)


@MANY
@given(wishes(skills=names.filter(bool)), offereds, names)
def test_more_skills_never_lower(wanted, offered, more):
    assert score(replace(wanted, skills=wanted.skills | more), offered) >= score(wanted, offered)


@MANY
@given(wishes(hours=tuples_of(stretches, 1, 3)), offereds, stretches, *[st.integers(0, 120)] * 2)
def test_wider_hours_never_lower(wanted, offered, another, earlier, later):
    wider = tuple(
        Stretch(one.weekdays, max(0, one.from_minute - earlier), min(2160, one.to_minute + later))
        for one in wanted.hours
    )

    assert score(replace(wanted, hours=wider), offered) >= score(wanted, offered)
    assert score(replace(wanted, hours=(*wider, another)), offered) >= score(wanted, offered)


@MANY
@given(wishes(kinds=tuples_of(done, 1, 3)), offereds, done, st.integers(0, 60))
def test_nor_do_another_kind_of_work_more_experience_nights_or_any_employment(
    wanted, offered, another, months
):
    more = tuple(Kind(code, had + months) for code, had in wanted.kinds)

    assert score(replace(wanted, kinds=more), offered) >= score(wanted, offered)
    both = replace(wanted, kinds=(*wanted.kinds, Kind(another.code, 60)))
    assert score(both, offered) >= score(wanted, offered)
    assert score(replace(wanted, night_ok=True), offered) >= score(wanted, offered)
    assert score(replace(wanted, employment=None), offered) >= score(wanted, offered)


UNSAID = {
    "home": ({"home": None}, PartKey.WALK, 12, HintKey.HOME),
    "floor": ({"floor": None}, PartKey.PAY, 7, HintKey.FLOOR),
    "hours": ({"hours": ()}, PartKey.HOURS, 10, HintKey.FREE_HOURS),
    "kinds": ({"kinds": ()}, PartKey.WORK, 15, HintKey.KIND),
}
UNWRITTEN = {
    "place": ({"place": None}, PartKey.WALK, 12, HintKey.POST_PLACE),
    "days": ({"hours": Hours(Shift.DAY, 0, 480, 960)}, PartKey.HOURS, 10, HintKey.POST_HOURS),
    "times": (
        {"hours": Hours(Shift.DAY, 0b0011111, None, None)},
        PartKey.HOURS,
        10,
        HintKey.POST_HOURS,
    ),
    "rota": (
        {"hours": Hours(Shift.ROTATING, 0b1111111, 480, 960)},
        PartKey.HOURS,
        10,
        HintKey.ROTA,
    ),
    "piece": ({"pay": Pay(50, 80, PayUnit.PIECE)}, PartKey.PAY, 7, HintKey.PIECE),
}


# What hangs together: without the way the hours are not known either, and pay is by the hour.
ALSO = {HintKey.HOME: PartKey.HOURS, HintKey.POST_PLACE: PartKey.HOURS, HintKey.ROTA: PartKey.PAY}


def neutral(wanted, offered, key, points, hint):
    match = Scorer(wanted, TODAY).explain(offered)
    [part] = [one for one in match.parts if one.key is key]
    assert (part.points, part.is_neutral) == (points, True)
    assert hint in {one.key for one in match.missing}
    assert match.closed == ()
    plain = Scorer(a_wish(), TODAY).explain(an_offer())
    others = [
        [one for one in some.parts if one.key not in {key, ALSO.get(hint)}]
        for some in (match, plain)
    ]
    assert others[0] == others[1]


@pytest.mark.parametrize("name", UNSAID)
def test_what_a_wish_does_not_say_is_half_way_and_listed(name):
    gone, *rest = UNSAID[name]
    neutral(a_wish(**gone), an_offer(), *rest)


@pytest.mark.parametrize("name", UNWRITTEN)
def test_what_a_post_does_not_say_is_half_way_and_listed(name):
    gone, *rest = UNWRITTEN[name]
    neutral(a_wish(), an_offer(**gone), *rest)


def test_skills_and_experience_that_nobody_asked_about_are_half_way_and_close_no_gate():
    post = an_offer(
        work=Work("4-09-08-01", frozenset({"做饭"})),
        papers=Papers("4-09-08-01", frozenset({"健康证"}), experience_months=12),
    )
    wish = a_wish(skills=frozenset(), kinds=(Kind("4-09-08-01", None),))
    match = Scorer(wish, TODAY).explain(post)

    assert parts(wish, post)[PartKey.WORK] == 20 + 5
    assert parts(wish, post)[PartKey.PAPERS] == 2 + 2
    assert {one.state for one in match.gates if one.key is GateKey.SKILL} == {GateState.UNKNOWN}
    assert [one.key for one in match.missing] == [
        HintKey.SKILLS,
        HintKey.SKILLS,
        HintKey.EXPERIENCE,
    ]


@MANY
@given(wanteds, st.lists(offereds, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_same_pair_comes_to_the_same_in_whatever_order_it_is_asked(wanted, some, dice):
    scorer = Scorer(wanted, TODAY)
    first = {id(one): record(scorer.explain(one)) for one in some}
    shuffled = dice.sample(some, len(some))
    again = Scorer(replace(wanted, hours=wanted.hours[::-1], kinds=wanted.kinds[::-1]), TODAY)

    assert {id(one): record(again.explain(one)) for one in shuffled} == first


@MANY
@given(
    st.lists(wanteds, min_size=2, max_size=6, unique_by=lambda one: one.id),
    st.lists(offereds, min_size=2, max_size=6, unique_by=lambda one: one.id),
)
def test_both_ways_round_the_scores_are_the_same_and_ties_go_to_who_waits_longer(wishes, posts):
    there = {
        (wish.id, post.id): Scorer(wish, TODAY).points(post) for wish in wishes for post in posts
    }
    scorers = {wish.id: Scorer(wish, TODAY) for wish in wishes}
    back = {(wish.id, post.id): scorers[wish.id].points(post) for post in posts for wish in wishes}
    assert back == there
    for post in posts:
        scored = [(wish, there[wish.id, post.id]) for wish in wishes]
        ranked = sorted(
            ((wish, points) for wish, points in scored if points is not None),
            key=lambda one: order(one[1], one[0], post),
        )
        for (one, points), (other, less) in pairwise(ranked):
            assert (-points, one.since, one.id) < (-less, other.since, other.id)


@MANY
@given(wanteds, offereds)
def test_no_post_comes_to_more_than_is_said_of_its_kind_and_distance(wanted, offered):
    scorer = Scorer(wanted, TODAY)
    points = scorer.points(offered)
    factor, _near = nearness(wanted.kinds, offered.work.code)
    worth = classes(wanted.kinds)
    inside = [value for code, value in worth.items() if offered.work.code.startswith(code)]

    assert factor == (max(inside, default=0) if wanted.kinds else 50)
    assert factor == factor_of(worth, offered.work.code)
    if points is None:
        return
    known = wanted.home is not None and offered.place is not None
    away = walk_minutes(wanted.home, offered.place) if known else None
    special = offered.hours.shift is Shift.FLEXIBLE or bool(
        wanted.skills & (offered.work.must | offered.work.nice)
    )
    assert points <= scorer.at_most(factor, away, special=special)
    assert points <= scorer.at_most(factor, away)
    if away is not None:
        assert away <= scorer.farthest(factor, points, special=special)
        assert reach(wanted.home, away).holds(offered.place)


@MANY
@given(wanteds, offereds)
def test_an_explanation_is_kept_and_read_back_as_it_was(wanted, offered):
    match = Scorer(wanted, TODAY).explain(offered)

    assert read(record(match)) == match
    assert record(read(record(match))) == record(match)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"engine":1}', "null"])
def test_another_text_is_no_explanation(text):
    with pytest.raises(ValueError):
        read(text)


def test_all_codes_of_these_tests_are_whole():
    assert all(len(one) == 10 for one in CODES)
