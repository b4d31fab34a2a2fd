"""What holds for every score: its sum, its range, what may never lower it, and what it never reads."""

from __future__ import annotations

import ast
import random
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs.jobs_factory import TODAY
from jobs.matching_factory import (
    CLASSES,
    CODES,
    HOME,
    SKILLS,
    a_wish,
    an_offer,
    names,
    offereds,
    places,
    stretches,
    tuples_of,
    wanteds,
    wishes,
)

from intranet.jobs.models import Employment, PayUnit, Shift, WishState
from intranet.jobs.operations import matching
from intranet.jobs.operations.matching import (
    Floor,
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
    Wanted,
    Work,
    classes,
    order,
    read,
    record,
)
from intranet.jobs.operations.matching.work import factor_of, nearness
from intranet.jobs.operations.walking import Place, reach, walk_minutes

MANY = settings(max_examples=150, deadline=None)
ROOM = Path(matching.__file__).resolve().parents[2]
# Of what was said: what is not stands half way, and saying it first may move a score either way.
done = st.builds(Kind, st.sampled_from(CODES + CLASSES), st.integers(0, 60))
NEVER = -1  # below every score: a gate is closed


def score(wanted, offered):
    points = Scorer(wanted, TODAY).points(offered)
    return NEVER if points is None else points


def parts(wanted, offered):
    match = Scorer(wanted, TODAY).explain(offered)
    return {one.key: one.points for one in match.parts}


def gate(wanted, offered, key):
    [found] = [one for one in Scorer(wanted, TODAY).explain(offered).gates if one.key is key]
    return found


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


def test_the_way_is_the_same_both_ways_rounded_up_and_a_box_holds_all_within_it():
    dice = random.Random(1)
    for _ in range(2000):
        home = Place(dice.uniform(18, 53), dice.uniform(74, 134))
        other = Place(home.latitude + dice.gauss(0, 0.02), home.longitude + dice.gauss(0, 0.02))
        minutes = walk_minutes(home, other)
        assert minutes == walk_minutes(other, home)
        assert reach(home, minutes).holds(other)
        if other != home:
            assert minutes >= 1
    # 1,000 metres to the north, with detours 1,300: at 75 metres a minute 17 1/3 minutes.
    assert walk_minutes(HOME, Place(HOME.latitude + 1000 / 111_195, HOME.longitude)) == 18


@pytest.mark.parametrize(
    ("wished", "post", "points"),
    [
        (("4-09-08-01",), "4-09-08-01", 30),
        (("4-10-01-05",), "4-10-01-06", 21),
        (("4-10-01-05",), "4-10-03-01", 12),
        (("4-10-01-05",), "4-09-08-01", 0),
        (("6-01-01-01",), "4-09-08-01", 0),
        (("4-10-01",), "4-10-01-05", 26),  # half way between 0.7 and 1
        (("4-10",), "4-10-01-05", 21),
        (("4",), "4-10-01-05", 15),
        (("4-10-01-05", "4-10-01-06"), "4-10-01-06", 30),
    ],
)
def test_kinds_of_work_count_by_the_levels_they_share(wished, post, points):
    wish = a_wish(kinds=tuple(Kind(code, None) for code in wished))

    assert parts(wish, an_offer(work=Work(post)))[PartKey.WORK] == points


def test_where_skills_are_asked_for_they_are_a_third_and_a_must_counts_twice():
    post = an_offer(work=Work("4-09-08-01", frozenset({"做饭"}), frozenset({"电脑操作"})))

    assert parts(a_wish(), post)[PartKey.WORK] == 20 + 7
    assert parts(a_wish(skills=frozenset(SKILLS)), post)[PartKey.WORK] == 30
    only_nice = a_wish(skills=frozenset({"电脑操作"}))
    assert parts(only_nice, post)[PartKey.WORK] == 20 + 3
    assert gate(only_nice, post, GateKey.SKILL).state is GateState.CLOSED


def test_a_grandmother_who_fetches_a_child_at_half_past_four_is_home_before():
    away = Place(HOME.latitude + 8 * 75 / 1.3 / 111_195 - 1e-6, HOME.longitude)  # eight minutes
    wish = a_wish(hours=(Stretch(0b0011111, 8 * 60, 16 * 60 + 30),))

    def ends(minute, place=away):
        return an_offer(place=place, hours=Hours(Shift.DAY, 0b0011111, 8 * 60 + 30, minute))

    assert parts(wish, ends(16 * 60))[PartKey.HOURS] == 10 + 4  # 22 minutes of 60 to spare
    assert parts(wish, ends(16 * 60 + 22))[PartKey.HOURS] == 10
    assert gate(wish, ends(16 * 60 + 23), GateKey.HOURS).state is GateState.CLOSED
    assert score(wish, ends(16 * 60 + 23)) == NEVER
    weekend = an_offer(hours=Hours(Shift.DAY, 0b0111111, 8 * 60 + 30, 15 * 60))
    assert gate(wish, weekend, GateKey.HOURS).state is GateState.CLOSED
    own_choice = an_offer(hours=Hours(Shift.FLEXIBLE, 0, None, None))
    assert parts(wish, own_choice)[PartKey.HOURS] == 20


def test_who_is_free_round_the_clock_fits_a_night_that_ends_the_next_week():
    wish = a_wish(hours=(Stretch(0b1111111, 0, 1440),), night_ok=True)
    night = an_offer(hours=Hours(Shift.NIGHT, 0b1111111, 22 * 60, 6 * 60))

    assert parts(wish, night)[PartKey.HOURS] == 20
    assert gate(replace(wish, night_ok=False), night, GateKey.NIGHT).state is GateState.CLOSED
    rota = an_offer(hours=Hours(Shift.ROTATING, 0b1111111, None, None))
    asked = gate(replace(wish, night_ok=False), rota, GateKey.NIGHT)
    assert asked.state is GateState.UNKNOWN


@pytest.mark.parametrize(
    ("floor", "pay", "points"),
    [
        (Floor(300_000, PayUnit.MONTH), Pay(300_000, 300_000, PayUnit.MONTH), 0),
        (Floor(300_000, PayUnit.MONTH), Pay(375_000, 400_000, PayUnit.MONTH), 8),
        (Floor(300_000, PayUnit.MONTH), Pay(600_000, 900_000, PayUnit.MONTH), 15),
        (Floor(300_001, PayUnit.MONTH), Pay(250_000, 300_000, PayUnit.MONTH), None),
        # 3,480 yuan a month are 20 an hour, at eight hours on 21.75 days.
        (Floor(348_000, PayUnit.MONTH), Pay(2_000, 2_000, PayUnit.HOUR), 0),
        (Floor(348_000, PayUnit.MONTH), Pay(1_999, 1_999, PayUnit.HOUR), None),
        (Floor(2_000, PayUnit.HOUR), Pay(16_000, 16_000, PayUnit.DAY), 0),
    ],
)
def test_pay_is_compared_by_the_hour_and_counts_by_its_lower_end(floor, pay, points):
    wish, post = a_wish(floor=floor), an_offer(pay=pay)

    assert (None if score(wish, post) == NEVER else parts(wish, post)[PartKey.PAY]) == points


def test_a_post_of_shorter_days_is_compared_by_its_own_hours():
    half_days = Hours(Shift.DAY, 0b0011111, 8 * 60, 12 * 60)
    wish = a_wish(floor=Floor(2_000, PayUnit.HOUR))

    # 1,740 yuan for 87 hours.
    assert (
        parts(wish, an_offer(hours=half_days, pay=Pay(174_000, 174_000, PayUnit.MONTH)))[
            PartKey.PAY
        ]
        == 0
    )
    below = an_offer(hours=half_days, pay=Pay(173_999, 173_999, PayUnit.MONTH))
    assert gate(wish, below, GateKey.PAY).state is GateState.CLOSED
    # Who wants so much a month does not get it in half days by the hour.
    a_month = a_wish(floor=Floor(300_000, PayUnit.MONTH))
    by_hour = an_offer(hours=half_days, pay=Pay(2_500, 2_500, PayUnit.HOUR))
    assert gate(a_month, by_hour, GateKey.PAY).state is GateState.CLOSED


def test_a_range_that_begins_below_the_floor_is_to_be_asked_about():
    post = an_offer(pay=Pay(180_000, 260_000, PayUnit.MONTH))
    wish = a_wish(floor=Floor(200_000, PayUnit.MONTH))

    assert gate(wish, post, GateKey.PAY).state is GateState.UNKNOWN
    assert parts(wish, post)[PartKey.PAY] == 0
    assert score(wish, post) != NEVER


def test_certificates_and_experience_are_five_each():
    papers = Papers("4-09-08-01", frozenset({"健康证"}), frozenset({"电工证"}), 36)
    wish = a_wish(skills=frozenset({"健康证"}))

    assert parts(wish, an_offer(papers=papers))[PartKey.PAPERS] == 3 + 3  # 2 of 3, 24 of 36
    elsewhere = a_wish(skills=frozenset({"健康证"}), kinds=(Kind("4-03-02-05", 60),))
    assert parts(elsewhere, an_offer(papers=papers))[PartKey.PAPERS] == 3 + 2  # not said of this
    assert parts(a_wish(), an_offer())[PartKey.PAPERS] == 10


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"state": WishState.PAUSED}, GateKey.WISH),
        ({"state": WishState.PLACED}, GateKey.WISH),
        ({"employment": Employment.PART_TIME}, GateKey.EMPLOYMENT),
        ({"home": Place(HOME.latitude + 0.02, HOME.longitude)}, GateKey.WALK),
    ],
)
def test_a_must_that_is_not_met_closes_its_gate_and_no_other(facts, key):
    wish = a_wish(**facts)
    match = Scorer(wish, TODAY).explain(an_offer())

    assert [one.key for one in match.closed] == [key]
    assert score(wish, an_offer()) == NEVER


def test_nothing_of_who_somebody_is_can_be_read():
    assert {one.name for one in fields(Wanted)} == {
        *("id", "state", "since", "home", "max_walk_minutes", "floor", "employment"),
        *("night_ok", "kinds", "skills", "hours"),
    }
    modules = [
        *(ROOM / "operations" / "matching").glob("*.py"),
        *(ROOM / "queries" / "matching").glob("*.py"),
        ROOM / "operations" / "walking.py",
    ]
    assert len(modules) >= 13
    forbidden = {
        "Seeker",
        "SeekerContact",
        "Party",
        "PersonalDatum",
        "seeker",
        "words",
        "relationship",
    }
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named |= {alias.name for node in imported for alias in node.names}
        assert named & forbidden == set(), path.name
        assert not [node.module for node in imported if "register" in (node.module or "")]
    pure = [path for path in modules if "operations" in path.parts]
    for path in pure:
        assert "sqlalchemy" not in path.read_text(encoding="utf-8"), path.name


def test_all_codes_of_these_tests_are_whole():
    assert all(len(one) == 10 for one in CODES)
