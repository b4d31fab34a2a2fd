"""By how many heads a team's points are shared: all who held a post in it on a day of the year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from emptying import empty
from factories import AT, create_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points.teams_factory import serve, team_of
from points.year_factory import move, years_end  # noqa: F401 — a fixture

from intranet.db import db
from intranet.grids.models import Post, PostKind
from intranet.points.models import Measure
from intranet.points.operations import earned, ranked
from intranet.points.operations.apart import heads_of, members_of, serves
from intranet.points.operations.standings import as_rows, from_rows
from intranet.register.models import Party, PartyKind

NEW_YEAR, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (date(2025, 3, 1), None, True),
        (date(2025, 3, 1), date(2026, 1, 2), True),  # was there on New Year's Day
        (date(2025, 3, 1), NEW_YEAR, False),  # left on it: that day is the successor's
        (LAST_DAY, None, True),
        (date(2027, 1, 1), None, False),
        (date(2026, 5, 1), date(2026, 5, 1), False),  # came and left in one day
    ],
)
def test_a_head_is_who_held_a_post_on_a_day_of_the_year(app, since, until, counts):
    micro = create_town().micros[0]
    serve(micro, since=since, until=until)
    found = heads_of(db.session(), [team_of(micro).id], 2026)
    assert found == ({team_of(micro).id: 1} if counts else {})


def test_who_served_twice_is_one_head_and_a_slip_is_none(app):
    micro = create_town().micros[0]
    person = serve(micro, since=NEW_YEAR, until=date(2026, 2, 1))
    serve(micro, PostKind.MICRO_MEMBER, since=date(2026, 6, 1), person=person)
    slip = serve(micro, since=NEW_YEAR, until=date(2026, 9, 1))
    post = db.session.scalars(db.select(Post).where(Post.party_id == slip.id)).one()
    post.voided_at = AT
    db.session.commit()
    assert heads_of(db.session(), [team_of(micro).id], 2026) == {team_of(micro).id: 1}


def test_a_team_is_ranked_by_its_sum_and_by_the_head(years_end):
    town = years_end.shop.town
    large, small = town.micros[0], town.micros[1]
    for _ in range(4):
        serve(large)
    serve(small)
    move(years_end, team_of(large).id, 12)
    move(years_end, team_of(small).id, 8)
    parties = earned(db.session(), town.community.path, 2026)
    assert from_rows(as_rows(parties)) == parties
    heads = {one.party_id: one.heads for one in parties}
    assert heads == {team_of(large).id: 4, team_of(small).id: 1}
    order = {
        measure: [one.earned.party_id for one in ranked(parties, PartyKind.TEAM, measure)]
        for measure in (Measure.OVERALL, Measure.PER_HEAD)
    }
    assert order[Measure.OVERALL] == [team_of(large).id, team_of(small).id]
    assert order[Measure.PER_HEAD] == [team_of(small).id, team_of(large).id]
    assert ranked(parties, PartyKind.HOUSEHOLD, Measure.OVERALL) == []


def test_a_team_nobody_served_in_counts_one_head(years_end):
    team = team_of(years_end.shop.town.micros[0])
    move(years_end, team.id, 5)
    found = earned(db.session(), years_end.shop.town.community.path, 2026)
    assert [(one.party_id, one.heads) for one in found] == [(team.id, 1)]


SPANS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-40, 400), st.none() | st.integers(0, 200)),
    max_size=8,
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(SPANS, st.integers(-60, 500))
def test_who_is_in_a_team_is_what_a_plain_reading_of_its_posts_says(app, spans, asked):
    db.session.rollback()
    empty(app.extensions["test_tables"])
    db.session.expunge_all()
    micro = create_town().micros[0]
    team = team_of(micro)
    people = [Party(kind=PartyKind.PERSON, grid_path=micro.path, created_at=AT) for _ in range(4)]
    db.session.add_all(people)
    db.session.commit()
    held, is_open = [], set()
    for who, start, length in spans:
        since = NEW_YEAR + timedelta(days=start)
        if length is None and who in is_open:
            continue  # one open post a person, by the database
        is_open |= {who} if length is None else set()
        until = None if length is None else since + timedelta(days=length)
        serve(micro, since=since, until=until, person=people[who])
        held.append((people[who].id, since, until))
    day = NEW_YEAR + timedelta(days=asked)

    def was_on(when):
        return {who for who, since, until in held if since <= when and (not until or until > when)}

    now = {who for who, _since, until in held if until is None}
    assert members_of(db.session(), team.id, days=[day]) == now | was_on(day)
    for one in people:
        says = serves(db.session(), [team.id], one.id, days=[day])
        assert says == (one.id in now | was_on(day))
    year = [NEW_YEAR + timedelta(days=n) for n in range(365)]
    heads = set().union(*(was_on(one) for one in year))
    assert heads_of(db.session(), [team.id], 2026).get(team.id, 0) == len(heads)
