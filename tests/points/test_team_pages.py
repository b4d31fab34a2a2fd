"""A team's points as its members, its neighbours and the office see them."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in, viewer_of
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_in_pages import fields, file_now, household, town  # noqa: F401
from points.goods_factory import Shop, put_out
from points.points_factory import Books, grant
from points.teams_factory import serve, team_of
from points.year_factory import AT, YearsEnd, plan, sign
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.grids.models import PostKind
from intranet.points import operations
from intranet.points.models import (
    Award,
    Claim,
    ClaimSource,
    Measure,
    Redemption,
    RedemptionState,
)
from intranet.register.models import PartyKind

TEAM = frozenset({PartyKind.TEAM})
NAME = "第1网格 微网格1-1"


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


@pytest.fixture
def micro(town):
    return town.micros[0]


@pytest.fixture
def team(micro):
    return team_of(micro)


@pytest.fixture
def people(app, town, micro):
    """Browsers of the micro-grid member, a resident of the team, and one of the next team."""
    posts = (
        (micro, PostKind.MICRO_MEMBER, "micro_member"),
        (micro, PostKind.RESIDENT, "resident"),
        (town.micros[1], PostKind.MICRO_MEMBER, "micro_member"),
    )
    return [
        browser(app, create_account(role, grid.path, party_id=serve(grid, kind).id))
        for grid, kind, role in posts
    ]


@pytest.fixture
def office(app, town):
    return browser(app, create_account("office", town.community.path))


@pytest.fixture
def books(town, household, team):
    """Points of the team, of this year."""
    year = clock.today().year
    accounts = [create_account(role, town.community.path).id for role in ("office", "secretary")]
    operations.open_period(db.session(), year=year)
    made = Books(household.id, household.id, *accounts)
    grant(made, 30, party=team.id, year=year, day=clock.today())
    db.session.commit()
    return made


def newest(model):
    db.session.expire_all()
    return db.session.scalar(select(model).order_by(model.id.desc()).limit(1))


def test_every_member_sees_the_teams_points_and_its_statement(people, team, books):
    member, resident, neighbour = people
    for client in (member, resident):
        page = client.get("/points").text
        assert f"微网格队伍 {NAME}" in page
        assert f"/points/parties/{team.id}/statement" in page
        for paper in ("statement", "receipt", "receipt.json"):
            assert client.get(f"/points/parties/{team.id}/{paper}").status_code == 200
    assert NAME in member.get(f"/points/parties/{team.id}/statement").text
    assert NAME not in neighbour.get("/points").text
    assert neighbour.get(f"/points/parties/{team.id}/statement").status_code == 404


def test_a_member_reports_what_the_team_did_and_says_so(people, town, team):
    adopt(town.community, kinds=TEAM)
    adopt(town.community, "HOME1", kinds=frozenset({PartyKind.HOUSEHOLD}), title="家庭的事")
    _member, resident, _neighbour = people
    page = resident.get(f"/points/claims/new?party={team.id}").text
    assert "清洁日" in page
    assert "家庭的事" not in page
    assert "由队伍以外的人审核" in page
    sent = resident.post("/points/claims/new", data=fields(party=team.id))
    assert sent.status_code == 303
    claim = newest(Claim)
    assert (claim.party_id, claim.source) == (team.id, ClaimSource.OWN)
    assert NAME in resident.get(f"/points/claims/{claim.id}").text


def test_nobody_reports_for_another_team_but_staff_of_its_grid(people, app, town, team, office):
    adopt(town.community, kinds=TEAM)
    neighbour = people[2]
    assert neighbour.get(f"/points/claims/new?party={team.id}").status_code == 404
    assert neighbour.post("/points/claims/new", data=fields(party=team.id)).status_code == 404
    assert office.post("/points/claims/new", data=fields(party=team.id)).status_code == 303
    assert newest(Claim).source is ClaimSource.MEMBER
    far = browser(app, create_account("grid_member", town.generals[1].path))
    assert far.get(f"/points/claims/new?party={team.id}").status_code == 404


def test_a_members_page_offers_no_decision_on_the_teams_claim(app, people, town, micro, team):
    adopt(town.community, kinds=TEAM)
    claim = file_now(team)
    inside = browser(app, create_account("office", town.community.path, party_id=serve(micro).id))
    path = f"/points/claims/{claim.id}/approve"
    assert path not in inside.get(f"/points/claims/{claim.id}").text
    sent = {"once": once.new_key(), "version": "1"}
    refused = inside.post(path, data=sent)
    assert refused.status_code == 409
    assert "要由队伍以外的人决定" in refused.text
    outside = browser(app, create_account("office", town.community.path))
    assert path in outside.get(f"/points/claims/{claim.id}").text
    assert outside.post(path, data={**sent, "once": once.new_key()}).status_code == 303
    # A resident of the team reads it and does not take back what another filed.
    seen = people[1].get(f"/points/claims/{claim.id}").text
    assert "withdraw" not in seen
    assert "在三单元看望张婆婆" in seen


def test_the_public_list_names_a_team_as_it_names_a_shop(people, town, team, household, office):
    adopt(town.community)
    claims = [file_now(team), file_now(household)]
    for claim in claims:
        sent = {"once": once.new_key(), "version": "1"}
        assert office.post(f"/points/claims/{claim.id}/approve", data=sent).status_code == 303
    page = people[2].get("/points/board").text
    assert f"微网格队伍 {NAME}" in page
    assert f"编号 {household.id}" in page
    public = people[2].get(f"/points/claims/{claims[0].id}").text
    assert NAME in public
    assert "在三单元看望张婆婆" not in public


def test_teams_are_ticked_at_a_gathering_where_the_rule_is_for_them(town, team, office):
    adopt(town.community, kinds=TEAM)
    page = office.get(f"/points/gathering?grid={town.community.path}&rule=JS01").text
    assert NAME in page
    sent = {
        "once": once.new_key(),
        "rule": "JS01",
        "grid": town.community.path,
        "title": "集中清理",
        "happened_on": clock.today().isoformat(),
        "units": "1",
        "party": [str(team.id), str(team_of(town.micros[2]).id)],
    }
    assert office.post("/points/gathering", data=sent).status_code == 303
    assert {one.party_id for one in db.session.scalars(select(Claim))} == {
        *(team.id, team_of(town.micros[2]).id)
    }


@pytest.fixture
def goods(town, books, household):
    viewer = operations_office(town)
    return put_out(Shop(town, books, viewer, household, household, None, None), "WATER")


def operations_office(town):
    return viewer_of(create_account("office", town.community.path), ("office", town.community.path))


def test_the_micro_grid_member_alone_spends_what_the_team_has(people, team, goods):
    member, resident, _neighbour = people
    sent = {"quantity": "1", "party": str(team.id), "points": goods.points}
    sent |= {"version": goods.version, "once": once.new_key()}
    refused = resident.post(f"/points/shop/{goods.id}", data=sent)
    assert refused.status_code == 422
    assert NAME not in resident.get("/points/shop").text
    assert f"微网格队伍 {NAME}" in member.get("/points/shop").text
    assert NAME in member.get(f"/points/shop/{goods.id}").text
    done = member.post(f"/points/shop/{goods.id}", data={**sent, "once": once.new_key()})
    assert done.status_code == 303
    held = newest(Redemption)
    assert (held.party_id, held.state) == (team.id, RedemptionState.HELD)
    assert re.search(r"<b>\d{3} \d{3}</b>", member.get("/points/shop").text)
    assert not re.search(r"<b>\d{3} \d{3}</b>", resident.get("/points/shop").text)
    let_go = f"/points/redemptions/{held.id}/release"
    key = {"once": once.new_key()}
    assert resident.post(let_go, data=key).status_code == 404
    assert member.post(let_go, data=key).status_code == 303


def test_the_desk_finds_a_team_by_its_name_and_number(team, goods, office):
    for sought in ("微网格1-1", f"P{team.id:07}"):
        page = office.get("/points/desk", query_string={"q": sought}).text
        assert f"/points/desk/party/{team.id}" in page
    offered = f"{goods.id}.{goods.version}.{goods.points}"
    sent = {"once": once.new_key(), "goods": offered, "quantity": "1", "reason": "当面认识"}
    assert office.post(f"/points/desk/party/{team.id}", data=sent).status_code == 303
    assert newest(Redemption).state is RedemptionState.COLLECTED


def test_the_grids_page_leads_to_the_teams_points(people, town, micro, team, office):
    for client in (office, people[0]):
        page = client.get(f"/grids/{micro.code}").text
        assert f"/points/parties/{team.id}/statement" in page
        assert f"/points/claims/new?party={team.id}" in page
    assert "/points/parties/" not in office.get(f"/grids/{town.generals[0].code}").text


@pytest.fixture
def honoured(app, town, people, household, team):
    """A year's end at which the team and another one were honoured, and a household was."""
    accounts = [
        create_account(role, town.community.path) for role in ("office", "secretary", "admin")
    ]
    office, secretary, admin = (
        viewer_of(one, (role, town.community.path))
        for one, role in zip(accounts, ("office", "secretary", "admin"), strict=True)
    )
    books = Books(household.id, household.id, accounts[0].id, accounts[1].id)
    for year in (2026, 2027):
        operations.open_period(db.session(), year=year)
    # The team has 12 by two persons, the next one 8 by one: first by sum, second by the head.
    grant(books, 12, party=team.id)
    grant(books, 8, party=team_of(town.micros[1]).id)
    grant(books, 5)
    settlement = operations.begin_settlement(
        db.session(), grid=town.community, year=2026, actor=secretary, at=AT
    )
    db.session.commit()
    shop = Shop(town, books, office, household, household, None, None)
    end = YearsEnd(shop, secretary, admin, settlement, [household.id])
    plan(
        end,
        (PartyKind.TEAM, Measure.OVERALL, 1, 1, "红旗队伍", None),
        (PartyKind.TEAM, Measure.PER_HEAD, 1, 1, "先锋队伍", None),
        (PartyKind.HOUSEHOLD, Measure.OVERALL, 1, 1, "治理之星", None),
    )
    sign(end)
    return end


def test_teams_stand_apart_by_sum_and_by_the_head_and_are_honoured_by_name(
    people, town, team, household, honoured, app
):
    member, _resident, neighbour = people
    page = member.get(f"/points/standings/{honoured.settlement.id}?kind=team").text
    own, ranks = page.split('id="ranks"')
    assert NAME in ranks
    assert "第1网格 微网格1-2" not in page  # in public stand those who are honoured
    assert "第 1 名" in own or "第1名" in own
    assert "当年在队伍里任过职的人" in page
    head = member.get(f"/points/standings/{honoured.settlement.id}?kind=team&by=per_head").text
    own, ranks = head.split('id="ranks"')
    assert "第1网格 微网格1-2" in ranks
    assert NAME in own
    assert NAME not in ranks
    awards = {one.party_id: one for one in db.session.scalars(select(Award))}
    assert set(awards) == {team.id, team_of(town.micros[1]).id, household.id}

    board = neighbour.get("/points/honours").text
    assert NAME in board
    assert "第1网格 微网格1-2" in board
    own = member.get("/points/honours").text
    assert f"/points/awards/{awards[team.id].id}/certificate" in own
    assert f"/points/consent/{team.id}" not in own
    paper = member.get(f"/points/awards/{awards[team.id].id}/certificate").text
    assert NAME in paper
    assert "微网格队伍" in paper
    assert neighbour.get(f"/points/awards/{awards[team.id].id}/certificate").status_code == 404
    # No consent is asked for a name that is public, and none is kept.
    assert member.post(f"/points/consent/{team.id}", data={"to": "give"}).status_code == 404
    leader = browser(app, create_account("secretary", town.community.path))
    assert "whole name" not in leader.get(f"/points/awards/{awards[team.id].id}/certificate").text


def test_a_claims_day_before_the_team_is_read_by_who_was_in_it_then(app, town, micro, team):
    adopt(town.community, kinds=TEAM)
    claim = file_claim(team, None)
    account = create_account(
        "resident", micro.path, party_id=serve(micro, until=claim.happened_on.replace(day=28)).id
    )
    was = browser(app, account)
    assert was.get(f"/points/claims/{claim.id}").status_code == 200
    assert claim_of(claim.id).party_id == team.id
