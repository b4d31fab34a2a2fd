"""Who comes first: by a written rule, the same whatever the order, and never by what was spent."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from points.goods_factory import ask as redeem
from points.goods_factory import put_out
from points.points_factory import new_key
from points.year_factory import AT, DAY, LATER, move, years_end  # noqa: F401 — a fixture

from intranet.db import db
from intranet.points import operations
from intranet.points.models import Dimension, Measure, Phase
from intranet.points.operations import MEASURES, Earned, earned, ranked
from intranet.points.operations.standings import as_rows, from_rows
from intranet.register.models import PartyKind

HOUSEHOLD = PartyKind.HOUSEHOLD
FEW = st.integers(0, 3)
PARTY = st.builds(
    Earned,
    party_id=st.integers(1, 999),
    kind=st.sampled_from([HOUSEHOLD, PartyKind.SHOP]),
    participation=FEW,
    contribution=FEW,
    supervision=FEW,
    deducted=FEW,
    heads=st.integers(1, 3),
    last_entry=st.integers(1, 4),
)
MANY = st.lists(PARTY, max_size=12, unique_by=lambda one: one.party_id)


def places(standings):
    return [(one.rank, one.earned.party_id) for one in standings]


@given(MANY, st.randoms(), st.sampled_from(list(Measure)))
def test_the_order_of_reading_changes_no_rank(parties, chance, measure):
    shuffled = list(parties)
    chance.shuffle(shuffled)
    assert ranked(shuffled, HOUSEHOLD, measure) == ranked(parties, HOUSEHOLD, measure)


@given(MANY, st.sampled_from(list(Measure)))
def test_ranks_follow_the_written_rule_and_leave_none_out(parties, measure):
    found = ranked(parties, HOUSEHOLD, measure)
    wanted = [one for one in parties if one.kind is HOUSEHOLD and one.of(measure) > 0]
    assert {one.earned.party_id for one in found} == {one.party_id for one in wanted}

    def rule(one):  # the words of docs/points.md, once more
        return (
            one.of(measure),
            one.overall,
            one.supervision,
            one.contribution,
            -one.last_entry,
        )

    for one in found:
        assert one.rank == 1 + sum(rule(other) > rule(one.earned) for other in wanted)


@given(MANY)
def test_a_snapshot_says_what_was_earned(parties):
    rows = as_rows(parties)
    assert sorted(from_rows(rows), key=lambda one: one.party_id) == sorted(
        parties, key=lambda one: one.party_id
    )


@given(PARTY, st.integers(1, 9))
def test_more_points_never_lower_a_place(party, more):
    rivals = [replace(party, party_id=1000 + n, participation=n) for n in range(4)]
    better = replace(party, participation=party.participation + more)

    def rank(one):
        found = {
            s.earned.party_id: s.rank for s in ranked([*rivals, one], one.kind, Measure.OVERALL)
        }
        return found.get(one.party_id, 99)

    assert rank(better) <= rank(party)


def test_by_the_head_a_small_household_may_be_before_a_large_one():
    large = Earned(1, HOUSEHOLD, 12, 0, 0, 0, 4, 1)
    small = Earned(2, HOUSEHOLD, 7, 0, 0, 0, 2, 2)
    assert places(ranked([large, small], HOUSEHOLD, Measure.OVERALL)) == [(1, 1), (2, 2)]
    assert places(ranked([large, small], HOUSEHOLD, Measure.PER_HEAD)) == [(1, 2), (2, 1)]
    assert small.of(Measure.PER_HEAD) == Fraction(7, 2)
    assert Measure.PER_HEAD not in MEASURES[PartyKind.SHOP]


def test_earned_is_what_was_issued_less_what_was_corrected_or_deducted(years_end):
    home, other = years_end.homes[0], years_end.homes[1]
    wrong = move(years_end, home, 30)
    move(years_end, home, 8, Dimension.SUPERVISION)
    move(years_end, home, 4, Dimension.CONTRIBUTION)
    move(years_end, home, 0, back=3)
    move(years_end, other, 5, phase=Phase.PENDING)
    people = {"actor_id": years_end.shop.books.actor, "approver_id": years_end.shop.books.approver}
    last = operations.reverse(
        db.session(), wrong, key=new_key(), effective_on=DAY, at=AT, note="slip", **people
    )
    [one] = earned(db.session(), years_end.shop.town.community.path, 2026)
    assert one == Earned(home, HOUSEHOLD, 0, 4, 8, 3, 1, last.id)
    assert one.overall == 9


def test_redeeming_never_lowers_a_standing(years_end):
    shop = years_end.shop
    move(years_end, shop.household.id, 30)
    path = shop.town.community.path
    before = earned(db.session(), path, 2026)
    held = redeem(shop, put_out(shop, points=10), 2, at=LATER)
    operations.collect(db.session(), held, actor=shop.office, at=LATER)
    assert earned(db.session(), path, 2026) == before
    assert before[0].overall == 30


@pytest.mark.parametrize("year", [2025, 2027])
def test_other_years_count_for_themselves(years_end, year):
    move(years_end, years_end.homes[0], 30)
    assert earned(db.session(), years_end.shop.town.community.path, year) == []
    assert earned(db.session(), years_end.shop.town.micros[3].path, 2026) == []
