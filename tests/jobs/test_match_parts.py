"""What each part of a score comes to and what closes each gate, by worked examples."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from jobs.jobs_factory import TODAY
from jobs.matching_factory import (
    HOME,
    NEVER,
    SKILLS,
    a_wish,
    an_offer,
    gate,
    parts,
    score,
)

from intranet.jobs.models import Employment, PayUnit, Shift, WishState
from intranet.jobs.operations.matching import (
    Floor,
    GateKey,
    GateState,
    Hours,
    Kind,
    Papers,
    PartKey,
    Pay,
    Scorer,
    Stretch,
    Work,
)
from intranet.jobs.operations.walking import Place, reach, walk_minutes


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
