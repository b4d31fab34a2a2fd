"""A team is nobody who lives or trades there: the register neither lists, counts nor changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from sqlalchemy import select

from intranet import once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.people.operations.accounts import link_party
from intranet.register import operations, queries
from intranet.register.models import Party, PartyKind
from intranet.register.operations import team_at

LATER = AT + timedelta(hours=1)


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def secretary(town):
    account = create_account("secretary", town.community.path)
    return viewer_of(account, ("secretary", town.community.path))


@pytest.fixture
def leader(client, town):
    return log_in(client, create_account("secretary", town.community.path))


@pytest.fixture
def team(town):
    return team_at(db.session(), town.micros[0].path)


def test_lists_counts_searches_and_exports_leave_teams_out(town, secretary):
    shop = operations.create_party(
        db.session(),
        actor=None,
        kind=PartyKind.SHOP,
        grid_path=town.micros[0].path,
        at=AT,
        public_name="微网格副食店",
    )
    db.session.commit()
    for text in ("", "微网格"):
        page = queries.page(db.session(), secretary, text=text)
        assert [one.id for one in page.parties] == [shop.id]
        assert PartyKind.TEAM not in page.counts
        assert sum(page.counts.values()) == 1
    narrowed = {"text": "", "kind": None, "grid_path": "", "gone": False, "rows_max": 99}
    found = queries.everything(db.session(), secretary, **narrowed)
    assert [one.id for one in found] == [shop.id]
    offered, more = queries.offered(db.session(), secretary, "微网格", limit=9)
    assert ([one.id for one in offered], more) == ([shop.id], 0)


def test_where_anybody_is_sought_that_has_points_teams_are_found(town, secretary, team):
    offered, more = queries.offered(db.session(), secretary, "微网格", limit=2, teams=True)
    assert {one.kind for one in offered} == {PartyKind.TEAM}
    assert more == 2
    known = queries.lines(db.session(), secretary, [team.id], teams=True)
    assert [one.name for one in known] == ["第1网格 微网格1-1"]
    assert queries.lines(db.session(), secretary, [team.id]) == []


def test_the_register_has_no_page_of_a_team_and_enters_none(leader, town, team):
    assert leader.get(f"/register/{team.id}").status_code == 404
    assert leader.get(f"/register/{team.id}/edit").status_code == 404
    page = leader.get("/register").get_data(as_text=True)
    assert "kind=shop" in page
    assert "kind=team" not in page
    assert leader.get("/register?kind=team").status_code == 200
    sent = {
        "once": once.new_key(),
        "kind": "team",
        "grid_path": town.micros[0].path,
        "public_name": "又一支",
    }
    assert leader.post("/register/new", data=sent).status_code == 422


def test_no_act_on_a_party_touches_a_team(town, secretary, team):
    here = {"actor": secretary, "party": team, "at": LATER}
    acts = (
        lambda: operations.change_party(db.session(), public_name="别名", **here),
        lambda: operations.move(db.session(), grid_path=town.micros[1].path, **here),
        lambda: operations.leave(db.session(), **here),
        lambda: operations.return_home(db.session(), **here),
        lambda: operations.erase(db.session(), reason="要求删除", address="", **here),
    )
    for act in acts:
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.key == "A team changes with its micro-grid only"
        db.session.rollback()
    with pytest.raises(InputError):
        operations.create_party(
            db.session(),
            actor=secretary,
            kind=PartyKind.TEAM,
            grid_path=town.community.path,
            at=AT,
            public_name="社区队",
        )
    teams = db.session.scalars(select(Party).where(Party.kind == PartyKind.TEAM)).all()
    assert len(teams) == len(town.micros)


def test_no_account_is_a_teams(town, team):
    account = create_account("resident", town.micros[0].path)
    with pytest.raises(InputError):
        link_party(db.session(), actor=None, account=account, party=team, at=AT)
