"""A micro-grid's team as a party: made, named and dissolved with the grid, and nobody else's."""

from __future__ import annotations

import pytest
from emptying import empty
from factories import AT, DAY, create_account, create_town, log_in
from grids_factory import begin, create_party, secretary_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import operations
from intranet.grids.models import Grid, GridKind, PostKind
from intranet.grids.operations import GridPlan
from intranet.people import login
from intranet.people.models import RoleGrant
from intranet.register.models import Party, PartyKind, PartyMove
from intranet.register.operations import team_at
from intranet.register.queries import party_ids_matching


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def actor(town):
    return secretary_of(town)


def opened(actor, parent, number, name, kind=GridKind.MICRO):
    made = operations.create_grid(
        db.session(),
        actor=actor,
        at=AT,
        parent=parent,
        kind=kind,
        plan=GridPlan(f"{parent.code}{number:03d}", name),
    )
    db.session.commit()
    return made


def team(grid):
    db.session.expire_all()
    return team_at(db.session(), grid.path)


def act(actor, grid, **more):
    return {"actor": actor, "at": AT, "grid": grid, "version": grid.version, **more}


def test_a_new_micro_grid_has_a_team_and_no_other_grid_has_one(town, actor):
    made = opened(actor, town.generals[0], 7, "河街微网格")
    found = team(made)
    assert (found.public_name, found.kind, found.left_at) == ("第1网格 河街微网格", "team", None)
    assert found.id in db.session.scalars(party_ids_matching("河街")).all()
    moves = db.session.scalars(select(PartyMove).where(PartyMove.party_id == found.id)).all()
    assert [(one.grid_path, one.at, one.by) for one in moves] == [(made.path, AT, actor.account_id)]
    for grid in (town.county, town.community, town.generals[0], town.dedicated):
        assert team(grid) is None


def test_the_database_itself_refuses_a_second_team(town):
    second = Party(kind=PartyKind.TEAM, grid_path=town.micros[0].path, created_at=AT)
    db.session.add(second)
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    # Any number of others may be there.
    create_party(town.micros[0])
    create_party(town.micros[0])


def test_a_team_is_called_as_its_grid_and_the_one_above_are(town, actor):
    grid, general = town.micros[0], town.generals[0]
    operations.rename_grid(db.session(), **act(actor, grid, name="正街微网格", households=60))
    db.session.commit()
    assert team(grid).public_name == "第1网格 正街微网格"
    operations.rename_grid(db.session(), **act(actor, general, name="场口网格", households=120))
    db.session.commit()
    assert [team(one).public_name for one in town.micros] == [
        *("场口网格 正街微网格", "场口网格 微网格1-2"),
        *("第2网格 微网格2-1", "第2网格 微网格2-2"),
    ]
    assert team(grid).id in db.session.scalars(party_ids_matching("场口")).all()
    assert team(grid).id not in db.session.scalars(party_ids_matching("第1")).all()


def test_a_team_moves_with_its_grid_and_stays_the_same_one(town, actor):
    grid, other = town.micros[0], town.generals[1]
    before = team(grid).id
    operations.move_grid(
        db.session(), **act(actor, grid, parent=other, code=f"{other.code}009", reason="调整")
    )
    db.session.commit()
    found = team(db.session.get(Grid, grid.id))
    assert (found.id, found.public_name) == (before, "第2网格 微网格1-1")
    assert found.grid_path.startswith(other.path)


def test_a_merged_grids_team_ends_where_it_was_and_the_successor_keeps_its_own(town, actor):
    grid, successor = town.micros[0], town.micros[1]
    old, own = team(grid).id, team(successor).id
    person = create_party(grid)
    begin(actor, grid, person, PostKind.MICRO_MEMBER)
    operations.close_grid(db.session(), **act(actor, grid, successor=successor, reason="合并"))
    db.session.commit()
    assert db.session.get(Party, person.id).grid_path == successor.path
    ended = db.session.get(Party, old)
    assert (ended.grid_path, ended.left_at) == (grid.path, AT)
    assert team(successor).id == own
    assert team(successor).left_at is None
    places = select(PartyMove.grid_path).where(PartyMove.party_id == old)
    assert db.session.scalars(places).all() == [grid.path], "it went nowhere"


def test_a_grid_with_nobody_but_its_team_closes_without_a_successor(town, actor):
    grid = opened(actor, town.generals[0], 7, "河街微网格")
    operations.close_grid(db.session(), **act(actor, grid, reason="无人"))
    db.session.commit()
    assert team(grid).left_at == AT
    assert db.session.get(Grid, grid.id).closed_on == DAY


def test_each_part_of_a_split_grid_has_a_team_of_its_own(town, actor):
    grid, general = town.micros[0], town.generals[0]
    old = team(grid).id
    parts = [GridPlan(f"{general.code}{n:03d}", f"部分{n}") for n in (5, 6)]
    new = operations.split_grid(db.session(), **act(actor, grid, parts=parts, reason="户数过多"))
    db.session.commit()
    teams = [team(one) for one in new]
    assert [one.public_name for one in teams] == ["第1网格 部分5", "第1网格 部分6"]
    assert old not in {one.id for one in teams}
    assert team(grid).left_at == AT


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("open", "close", "split", "move", "rename")),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_whatever_becomes_of_the_tree_each_micro_grid_has_one_team_that_stays_with_it(app, steps):
    db.session.rollback()
    empty(app.extensions["test_tables"])
    db.session.expunge_all()
    town = create_town()
    actor = secretary_of(town)
    teams = {grid.id: team(grid).id for grid in town.micros}
    for number, (step, one, two) in enumerate(steps):
        try:
            _step(actor, step, one, two, number)
            db.session.commit()
        except DomainError:
            db.session.rollback()
        db.session.expire_all()
        micros = db.session.scalars(select(Grid).where(Grid.kind == GridKind.MICRO)).all()
        for grid in micros:
            found = team_at(db.session(), grid.path)
            assert found.id == teams.setdefault(grid.id, found.id), "a team is its grid's for good"
            above = db.session.get(Grid, grid.parent_id)
            assert found.public_name == f"{above.name} {grid.name}"
            assert (found.left_at is None) == (grid.closed_on is None)
        counted = select(func.count()).select_from(Party).where(Party.kind == PartyKind.TEAM)
        assert db.session.scalar(counted) == len(micros) == len(set(teams.values()))


def _step(actor, step, one, two, number):
    grids = {
        kind: db.session.scalars(
            select(Grid).where(Grid.kind == kind, Grid.closed_on.is_(None)).order_by(Grid.id)
        ).all()
        for kind in (GridKind.MICRO, GridKind.GENERAL)
    }
    micros, generals = grids[GridKind.MICRO], grids[GridKind.GENERAL]
    general = generals[two % len(generals)]
    code = f"{general.code}{500 + number}"
    if step == "open":
        opened(actor, general, 500 + number, f"新{number}")
        return
    if not micros:
        return
    grid = micros[one % len(micros)]
    if step == "close":
        successor = micros[two % len(micros)] if two % 3 else None
        operations.close_grid(db.session(), **act(actor, grid, successor=successor, reason="x"))
    elif step == "split":
        above = db.session.get(Grid, grid.parent_id)
        parts = [GridPlan(f"{above.code}{600 + 10 * number + n}", f"分{n}") for n in (1, 2)]
        operations.split_grid(db.session(), **act(actor, grid, parts=parts, reason="x"))
    elif step == "move":
        operations.move_grid(
            db.session(), **act(actor, grid, parent=general, code=code, reason="x")
        )
    else:
        which = grid if two % 2 else general
        operations.rename_grid(db.session(), **act(actor, which, name=f"改{number}", households=1))


def viewer_of_cookie(client):
    with client.session_transaction() as cookie:
        return login.load(cookie["_user_id"]).viewer


def test_who_logs_in_is_of_the_teams_in_which_they_hold_a_post_now(app, client, town, actor):
    one, two, three = town.micros[:3]
    person = create_party(one, is_party_member=True)
    begin(actor, one, person, PostKind.MICRO_MEMBER)
    begin(actor, two, person, PostKind.RESIDENT)
    ended = begin(actor, three, person, PostKind.PARTY_MEMBER)
    operations.end_post(
        db.session(), actor=actor, at=AT, grid=three, post=ended, ends_on=DAY, reason="卸任"
    )
    db.session.commit()
    account = create_account("micro_member", one.path, party_id=person.id)
    db.session.add(
        RoleGrant(account_id=account.id, role="resident", grid_path=two.path, granted_at=AT)
    )
    db.session.commit()
    log_in(client, account)
    viewer = viewer_of_cookie(client)
    assert viewer.team_ids == tuple(sorted((team(one).id, team(two).id)))
    assert viewer.led_ids == (team(one).id,)
    assert [grant.path for grant in viewer.grants] == [one.path, two.path], "each once"
    assert viewer.own_ids == (person.id, *viewer.team_ids)
    assert viewer.purse_ids == (person.id, team(one).id)
    db.session.get(Party, person.id).left_at = AT
    db.session.commit()
    assert viewer_of_cookie(client).team_ids == (), "who has left fills no place"


def test_a_full_time_member_is_of_no_team(client, town, actor):
    person = create_party(town.micros[0])
    begin(actor, town.generals[0], person, PostKind.GRID_MEMBER)
    account = create_account("grid_member", town.generals[0].path, party_id=person.id)
    log_in(client, account)
    assert viewer_of_cookie(client).team_ids == ()
