"""Whose account it is: chosen by a leader from the register, and what it opens to a host."""

from __future__ import annotations

import json

import pytest
from factories import AT, create_account, create_grid, create_town, log_in
from sqlalchemy import select

from intranet import sealing
from intranet.access import Role, Viewer, hosts
from intranet.audit import AuditEntry
from intranet.cameras.models import Camera
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.people.models import Account, RoleGrant
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party

PHONE = "13812348000"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def secretary(client, town):
    account = create_account(Role.SECRETARY, town.community.path, username="luo")
    log_in(client, account)
    return account


@pytest.fixture
def resident(town):
    return create_account(Role.RESIDENT, town.micros[0].path, username="he")


def enter(grid, name="何淑英", kind=PartyKind.PERSON, **fields):
    values = {PersonalField.NAME: name, PersonalField.PHONE: PHONE}
    facts = {"actor": None, "kind": kind, "grid_path": grid.path, "at": AT, "values": values}
    party = create_party(db.session(), **facts, **fields)
    db.session.commit()
    return party


def put_up(code, grid, host):
    camera = Camera(
        code=code,
        name=f"{code}路口",
        grid_path=grid.path,
        main_url_sealed=sealing.seal(f"rtsp://127.0.0.1:9/{code}"),
        main_place=f"127.0.0.1:9/{code}",
        host_party_id=host.id,
        created_at=AT,
    )
    db.session.add(camera)
    db.session.commit()
    return camera


def choose(client, account, party, version=None):
    """Send what the form of the account's page sends; return the answer."""
    db.session.expire_all()
    data = {"party": party, "version": str(version or account.version)}
    db.session.rollback()
    return client.post(f"/accounts/{account.id}/party", data=data)


def party_of(account):
    db.session.expire_all()
    return db.session.scalar(select(Account.party_id).where(Account.id == account.id))


@pytest.mark.parametrize("sought", ["何", "hsy", "8000"])
def test_a_leader_finds_the_party_links_the_account_and_takes_the_link_away(
    client, town, secretary, resident, sought
):
    party = enter(town.micros[0])
    url = f"/accounts/{resident.id}"
    page = client.get(f"{url}?who={sought}").text
    assert f'name="party" value="{party.id}"' in page
    assert "何淑英" not in page

    assert choose(client, resident, party.id).status_code == 303
    assert party_of(resident) == party.id
    assert f'href="/register/{party.id}"' in client.get(url).text
    assert choose(client, resident, party.id).status_code == 409
    assert choose(client, resident, "none").status_code == 303
    assert party_of(resident) is None

    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action.like("people:account:%link"))
        .order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == ["people:account:link", "people:account:unlink"]
    assert {entry.address for entry in entries} == {"127.0.0.1"}
    assert json.loads(entries[0].details)["after"] == party.id
    trail = client.get("/audit").text
    assert "关联了账号与登记对象" in trail
    assert "取消了账号与登记对象的关联" in trail


def test_nobody_is_linked_who_is_elsewhere_gone_or_unchosen(client, town, secretary, resident):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    far, gone = enter(other, "何远"), enter(town.micros[0], "何去")
    gone.left_at = AT
    db.session.commit()

    page = client.get(f"/accounts/{resident.id}?who=何").text
    assert 'name="party"' not in page
    assert choose(client, resident, far.id).status_code == 404
    assert choose(client, resident, 999_999_999).status_code == 404
    for wrong in (gone.id, "", "x", "99999999999"):
        assert choose(client, resident, wrong).status_code == 422, wrong
    assert party_of(resident) is None


def test_one_linked_elsewhere_shows_no_name(client, town, secretary, resident):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    resident.party_id = enter(other, "何远").id
    db.session.commit()

    page = client.get(f"/accounts/{resident.id}").text

    assert "何*" not in page
    assert 'value="none"' in page


def test_a_link_gives_rights_so_it_is_not_for_oneself_nor_one_above_nor_a_device(
    client, town, secretary
):
    party = enter(town.micros[0])
    above = create_account(Role.MICRO_MEMBER, town.micros[0].path)
    grant = RoleGrant(
        account_id=above.id, role=Role.ADMIN, grid_path=town.county.path, granted_at=AT
    )
    db.session.add(grant)
    kiosk = create_account(Role.KIOSK, town.community.path, is_device=True)

    for account in (secretary, above, kiosk):
        assert choose(client, account, party.id).status_code == 409
        assert party_of(account) is None
    assert 'name="who"' not in client.get(f"/accounts/{kiosk.id}").text


def test_the_second_to_link_is_told_and_sees_what_the_first_chose(
    client, town, secretary, resident
):
    first, second = enter(town.micros[0], "何一"), enter(town.micros[0], "何二")
    seen = resident.version

    assert choose(client, resident, first.id, seen).status_code == 303
    late = choose(client, resident, second.id, seen)

    assert late.status_code == 409
    assert f'href="/register/{first.id}"' in late.text
    assert party_of(resident) == first.id


def test_who_lives_in_the_household_that_hosts_sees_its_camera_until_he_leaves(app, client, town):
    household = enter(town.micros[3], "何家", PartyKind.HOUSEHOLD)
    person = enter(town.micros[3], household_id=household.id)
    neighbour = enter(town.micros[3], "邻家", PartyKind.HOUSEHOLD)
    put_up("HERS-1", town.micros[3], household)
    put_up("OTHER-1", town.micros[3], neighbour)
    account = create_account(Role.COMPANY, town.dedicated.path, party_id=person.id)
    log_in(client, account)

    def seen(code):
        return client.get(f"/cameras/{code}").status_code

    assert (seen("HERS-1"), seen("OTHER-1")) == (200, 404)
    listed = client.get("/cameras").text
    assert "HERS-1" in listed
    assert "OTHER-1" not in listed

    db.session.expire_all()
    person.left_at = AT
    db.session.commit()
    assert seen("HERS-1") == 404


@pytest.mark.parametrize(
    ("party", "household", "host", "may"),
    [
        (1, 2, 1, True),
        (1, 2, 2, True),
        (1, 2, 3, False),
        (None, None, None, False),
        (None, 2, None, False),
        (1, None, 2, False),
    ],
)
def test_a_host_is_oneself_or_one_s_household_and_nobody_else(party, household, host, may):
    class Thing:
        host_party_id = host

    assert hosts(Viewer(0, "", "", party, (), household), Thing()) is may
