"""Who corrects an entry holds the permission wherever a part of it belongs; goods are somewhere."""

from __future__ import annotations

import pytest
from factories import AT, create_account, create_grid, create_town, log_in
from points.goods_of_two import award_goods, list_goods, supply_goods
from points.ledger_factory import give
from sqlalchemy import select

from intranet import once
from intranet.access import Role
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.people.models import RoleGrant
from intranet.points import operations
from intranet.points.models import AccountKind, Correction, CorrectionReason, EntryKind, Phase
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party, PartyKind


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def elsewhere(town):
    """Another community of the town: itself, its grid and a household in its micro-grid."""
    community = create_grid(GridKind.COMMUNITY, "柳林社区", "510115101002", town.town)
    general = create_grid(GridKind.GENERAL, "柳林一格", "51011510100201", community)
    micro = create_grid(GridKind.MICRO, "柳林1-1", "51011510100201001", general)
    home = Party(kind=PartyKind.HOUSEHOLD, grid_path=micro.path, created_at=AT)
    db.session.add(home)
    db.session.commit()
    return community, general, home


def account_at(*grants):
    """Return somebody who holds each role at its place."""
    account = create_account(*grants[0])
    for role, path in grants[1:]:
        grant = {"account_id": account.id, "role": Role(role), "grid_path": path}
        db.session.add(RoleGrant(**grant, granted_at=AT))
    db.session.commit()
    return account


def ask(client, entry, **more):
    data = {"once": once.new_key(), "reason": "twice", "words": "登记了两次", **more}
    return client.post(f"/points/entries/{entry.id}/correct", data=data).status_code


def decide(client, number, verb):
    data = {"once": once.new_key(), "verb": verb, "answer": "没有重复"}
    return client.post(f"/points/corrections/{number}/decide", data=data).status_code


def asked_for(entry, account):
    made = Correction(
        entry_id=entry.id,
        reason=CorrectionReason.TWICE,
        words="登记了两次",
        asked_by=account.id,
        asked_at=AT,
    )
    db.session.add(made)
    db.session.commit()
    return made.id


def test_who_corrects_elsewhere_only_looks_here(town, elsewhere, client):
    community, general, home = elsewhere
    both = account_at(("office", town.community.path), ("grid_member", general.path))
    entry, other = give(home.id, 5), give(home.id, 6)
    number = asked_for(other, create_account("office", community.path))
    log_in(client, both)
    page = client.get(f"/points/entries/{entry.id}")
    assert page.status_code == 200
    assert "/correct" not in page.text
    assert "/decide" not in client.get(f"/points/entries/{other.id}").text
    assert ask(client, entry) == 403
    assert [decide(client, number, verb) for verb in ("confirm", "refuse")] == [403, 403]
    assert f"/points/entries/{other.id}" not in client.get("/points/ledger").text.split("<table")[0]
    log_in(client, create_account("office", community.path))
    assert f"/points/entries/{other.id}" in client.get("/points/ledger").text.split("<table")[0]
    assert "/correct" in client.get(f"/points/entries/{entry.id}").text
    assert ask(client, entry) == 303
    assert decide(client, number, "confirm") == 303


def test_goods_of_another_community_are_not_there(town, elsewhere, client):
    community, _, home = elsewhere
    goods = list_goods(community, "RICE5")
    came, given = supply_goods(goods, 5), award_goods(goods, home)
    db.session.commit()
    log_in(client, create_account("office", town.community.path))
    for entry in (came, given):
        assert client.get(f"/points/entries/{entry.id}").status_code == 404
        assert ask(client, entry) == 404
        number = asked_for(entry, create_account("office", community.path))
        assert decide(client, number, "confirm") == 404
    assert "RICE5" not in client.get("/points/ledger").text
    db.session.rollback()
    shelf = operations.goods_account(db.session(), kind=AccountKind.STOCK, sku="RICE5")
    assert shelf.balance == 4
    log_in(client, create_account("secretary", community.path))
    assert "RICE5" in client.get("/points/ledger").text
    for number in db.session.scalars(select(Correction.id).order_by(Correction.id.desc())).all():
        assert decide(client, number, "confirm") == 303


def test_goods_handed_to_who_has_moved_away_are_put_right_above_both(town, elsewhere, client):
    """Points go back to the home in one community, pieces to the shelf of the other."""
    community, _, home = elsewhere
    goods, session = list_goods(town.community, "OIL10"), db.session()
    supply_goods(goods, 5)
    give(home.id, 10)
    points = operations.party_account(session, party_id=home.id, year=2026)
    spent = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
    handed, shelf = (
        operations.goods_account(session, kind=kind, sku="OIL10")
        for kind in (AccountKind.HANDED, AccountKind.STOCK)
    )
    legs = [Leg(points, spent, 10, Phase.POSTED), Leg(handed, shelf, 1, Phase.POSTED)]
    draft = Draft("hand:1", EntryKind.COLLECT, legs, AT.date())
    entry = operations.post(session, draft, at=AT)
    session.commit()
    for place, status in ((town.community, 404), (community, 403), (town.town, 303)):
        log_in(client, create_account("office", place.path))
        assert ask(client, entry) == status, place.name


def test_at_home_nothing_is_offered_and_nothing_done(town, elsewhere, client):
    community, _, home = elsewhere
    person = Party(
        kind=PartyKind.PERSON, grid_path=home.grid_path, created_at=AT, household_id=home.id
    )
    db.session.add(person)
    db.session.commit()
    entry, other = give(home.id, 5), give(home.id, 6)
    number = asked_for(other, create_account("office", community.path))
    log_in(client, create_account("secretary", community.path, party_id=person.id))
    assert "/correct" not in client.get(f"/points/entries/{entry.id}").text
    page = client.get(f"/points/entries/{other.id}").text
    assert "/decide" not in page
    assert "这是您自己家的" in page
    assert ask(client, entry) == 409
    for verb in ("confirm", "refuse"):
        assert decide(client, number, verb) == 409
    assert db.session.get_one(Correction, number).decided_at is None
