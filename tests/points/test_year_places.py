"""A year of a party belongs to one community, wherever it moves: there it is ranked, and lapses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from emptying import empty
from factories import AT, create_account, create_grid, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points.goods_factory import Shop, open_shop, put_out
from points.goods_factory import ask as redeem
from points.ledger_factory import give
from points.points_factory import balance
from sqlalchemy import select

from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import Grid, GridKind
from intranet.points import operations, tasks
from intranet.points.models import Phase, SettlementState
from intranet.points.operations.belonging import belonged_to, whereabouts
from intranet.points.operations.outlook import undecided
from intranet.points.queries.redeeming import spendable
from intranet.register import operations as register
from intranet.register.models import Party, PartyKind, PersonalField

NEXT = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
BY_DAY = date(2027, 3, 1)


@dataclass
class TwoPlaces:
    """Two communities beside each other, and who looks after both."""

    shop: Shop
    here: Grid
    there: Grid
    there_micro: Grid
    chief: Viewer

    def home(self, at=AT, path=None):
        """Register a household, as the register does."""
        made = register.create_party(
            db.session(),
            actor=self.chief,
            kind=PartyKind.HOUSEHOLD,
            grid_path=path or self.shop.town.micros[0].path,
            at=at,
            values={PersonalField.NAME: "张三"},
        )
        db.session.commit()
        return made

    def move(self, party, grid, at):
        register.move(db.session(), actor=self.chief, party=party, grid_path=grid.path, at=at)
        db.session.commit()

    def in_force(self, grid, year, expires_on):
        """Begin a year's end, signed as it were: only what is in force counts here."""
        made = operations.begin_settlement(
            db.session(), grid=grid, year=year, actor=self.chief, at=AT
        )
        made.expires_on, made.state = expires_on, SettlementState.FINAL
        db.session.commit()
        return made

    def ranked(self, grid, year=2026):
        return [one.party_id for one in operations.earned(db.session(), grid.path, year)]


@pytest.fixture
def places(app):
    return two_places()


def two_places():
    shop = open_shop()
    town = shop.town.town
    there = create_grid(GridKind.COMMUNITY, "邻社区", "510115101002", town)
    general = create_grid(GridKind.GENERAL, "邻网格", "51011510100201", there, position=1)
    micro = create_grid(
        GridKind.MICRO, "邻微网格", "51011510100201001", general, position=1, households=9
    )
    chief = viewer_of(create_account("secretary", town.path), ("secretary", town.path))
    operations.open_period(db.session(), year=2027)
    db.session.commit()
    return TwoPlaces(shop, shop.town.community, there, micro, chief)


def test_whoever_moves_after_the_year_is_ranked_where_it_was_and_nowhere_else(places):
    home = places.home()
    give(home.id, 50)
    places.move(home, places.there_micro, NEXT)
    assert places.ranked(places.here) == [home.id]
    assert places.ranked(places.there) == []


def test_whoever_moved_in_the_year_is_ranked_where_it_was_when_that_ended(places):
    home = places.home()
    give(home.id, 50)
    places.move(home, places.there_micro, datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert places.ranked(places.here) == []
    assert places.ranked(places.there) == [home.id]
    back = places.home()
    give(back.id, 5)
    places.move(back, places.there_micro, datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert places.ranked(places.here) == [back.id]


def test_whoever_was_registered_after_the_year_is_ranked_where_that_was_first(places):
    home = places.home(at=NEXT, path=places.there_micro.path)
    give(home.id, 5, day=date(2026, 12, 30))
    places.move(home, places.shop.town.micros[0], NEXT.replace(day=11))
    assert places.ranked(places.there) == [home.id]
    assert places.ranked(places.here) == []


def test_whoever_has_left_or_is_erased_is_ranked_nowhere(places):
    gone, erased, stays = places.home(), places.home(), places.home()
    for one in (gone, erased, stays):
        give(one.id, 50)
    register.leave(db.session(), actor=places.chief, party=gone, at=NEXT)
    register.erase(
        db.session(), actor=places.chief, party=erased, reason="本人要求", address="", at=NEXT
    )
    db.session.commit()
    assert places.ranked(places.here) == [stays.id]


def test_what_is_undecided_of_a_mover_stands_in_the_way_where_its_year_belongs(places):
    home = places.home()
    give(home.id, 5, phase=Phase.PENDING)
    places.move(home, places.there_micro, NEXT)
    assert undecided(db.session(), 2026, places.here.path) == 1
    assert undecided(db.session(), 2026, places.there.path) == 0


def test_what_ends_first_is_spent_first_and_carried_points_last(places):
    home = places.home()
    give(home.id, 5, year=2026)
    give(home.id, 5, year=2027)
    places.in_force(places.here, 2026, None)  # carried on for good
    places.in_force(places.here, 2027, date(2028, 3, 1))
    years = [one.year for one in operations.lots(db.session(), home.id, day=date(2028, 1, 10))]
    assert years == [2027, 2026]
    goods = put_out(places.shop, "SOAP", points=7)
    at = datetime(2028, 1, 10, 2, 0, tzinfo=UTC)
    operations.open_period(db.session(), year=2028)
    held = redeem(places.shop, goods, party=home, at=at)
    operations.collect(db.session(), held, actor=places.shop.office, at=at)
    left = {
        year: operations.party_account(db.session(), party_id=home.id, year=year).balance
        for year in (2026, 2027)
    }
    assert left == {2026: 3, 2027: 0}


def test_moving_away_brings_nothing_back_and_moving_in_takes_nothing_away(places):
    leaves, comes = places.home(), places.home(path=places.there_micro.path)
    for one in (leaves, comes):
        give(one.id, 5)
    end = places.in_force(places.here, 2026, BY_DAY)
    places.in_force(places.there, 2026, None)
    places.move(leaves, places.there_micro, NEXT)
    places.move(comes, places.shop.town.micros[0], NEXT)

    def can_spend(party):
        lots = sum(one.available for one in operations.lots(db.session(), party.id, day=BY_DAY))
        shown = spendable(db.session(), [party], day=BY_DAY)[party.id]
        assert lots == shown
        return lots

    assert (can_spend(leaves), can_spend(comes)) == (0, 5)
    goods = put_out(places.shop, "SOAP", points=1)
    march = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
    assert redeem(places.shop, goods, party=comes, at=march).points == 1
    db.session.rollback()
    assert operations.expire_points(db.session(), end, at=march) == 1
    assert balance(places.shop.books, party=leaves.id) == (0, 0)
    assert balance(places.shop.books, party=comes.id) == (5, 5)


def test_a_hold_ends_when_the_points_of_where_it_came_from_do(places):
    home = places.home()
    give(home.id, 5)
    places.in_force(places.here, 2026, BY_DAY)
    places.move(home, places.there_micro, NEXT)
    goods = put_out(places.shop, "SOAP", points=1, grid=places.there)
    held = redeem(places.shop, goods, party=home, at=datetime(2027, 2, 27, 2, 0, tzinfo=UTC))
    assert held.expires_at == datetime(2027, 2, 28, 16, 0, tzinfo=UTC)
    with pytest.raises(DomainError, match="points; "):
        redeem(places.shop, goods, party=home, at=datetime(2027, 3, 1, 2, 0, tzinfo=UTC))


MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2028, 2, 1), timezones=st.just(UTC))


@pytest.mark.slow
def test_however_parties_move_each_year_belongs_to_one_community(app):
    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.lists(MOMENTS, min_size=1, max_size=5), min_size=1, max_size=3))
    def lived(histories):
        db.session.rollback()
        empty(app.extensions["test_tables"])
        db.session.expunge_all()
        found = two_places()
        for moments in histories:
            first, *later = sorted(moments)
            home = found.home(at=first)
            for number, at in enumerate(later):
                grid = found.shop.town.micros[0] if number % 2 else found.there_micro
                found.move(home, grid, at)
        ids = list(db.session.scalars(select(Party.id)))
        where = whereabouts(db.session(), ids)
        for year in (2025, 2026, 2027):
            told = [
                set(db.session.scalars(select(Party.id).where(belonged_to(grid.path, year))))
                for grid in (found.here, found.there)
            ]
            assert told[0] | told[1] == set(ids)
            assert not told[0] & told[1]
            for one in ids:  # the same rule, said once in SQL and once in Python
                assert (one in told[0]) is where[one].at_end_of(year).startswith(found.here.path)
        db.session.rollback()

    lived()
    assert tasks.expire_points() == 0
