"""The roster's page is kept rendered: what is written shows at once, and to whom it may."""

from __future__ import annotations

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from grids_factory import begin, create_named

from intranet.db import db
from intranet.grids import operations as grids
from intranet.grids.models import Grid
from intranet.register import operations as register
from intranet.register.models import Party, PersonalField


@pytest.fixture
def town(app):
    return create_town()


def test_every_write_shows_on_the_roster_at_once(town, app):
    account = create_account("secretary", town.community.path)
    secretary = viewer_of(account, ("secretary", town.community.path))
    client = app.test_client()
    log_in(client, account)
    ids = [
        begin(secretary, grid, create_named(grid, name)).party_id
        for grid, name in zip(town.micros, ("陈秀英", "李建国"), strict=False)
    ]

    def page():
        db.session.remove()
        shown = client.get(f"/grids/{town.community.code}/roster").text
        db.session.remove()
        return shown

    def write(act, **more):
        act(db.session(), actor=secretary, at=AT, **more)
        db.session.commit()

    def write_party(act, party_id, **more):
        write(act, party=db.session.get(Party, party_id), **more)

    first = page()
    assert "陈*英" in first
    assert "李*国" in first
    assert page() == first
    grid = db.session.get(Grid, town.micros[0].id)
    write(grids.rename_grid, grid=grid, name="河边院落", households=61, version=grid.version)
    assert "河边院落" in page()
    write_party(register.change_party, ids[0], values={PersonalField.NAME: "王秀英"})
    changed = page()
    assert "陈*英" not in changed
    assert "王*英" in changed
    write_party(register.leave, ids[1])
    assert page() != changed
    db.session.remove()


def test_a_page_is_its_viewers_own_and_a_message_is_shown_once(town, app):
    near = create_account("grid_member", town.generals[0].path, display_name="张网格")
    far = create_account("grid_member", town.generals[1].path, display_name="王网格")
    leader = create_account("secretary", town.community.path, display_name="刘书记")
    leading = viewer_of(leader, ("secretary", town.community.path))
    begin(leading, town.micros[0], create_named(town.micros[0], "陈秀英"))
    begin(leading, town.micros[2], create_named(town.micros[2], "李建国"))
    pages = {}
    for account in (near, far, leader, near, far, leader):
        client = app.test_client()
        log_in(client, account)
        pages[account.display_name] = client.get("/grids").text
        db.session.remove()
    assert "陈*英" in pages["张网格"]
    assert "李*国" not in pages["张网格"]
    assert "李*国" in pages["王网格"]
    assert "陈*英" not in pages["王网格"]
    for name, page in pages.items():
        assert name in page
        assert not any(other in page for other in pages if other != name)

    client = app.test_client()
    log_in(client, near)
    client.get("/grids")
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "已保存一次")]
    assert "已保存一次" in client.get("/grids").text
    assert "已保存一次" not in client.get("/grids").text


def test_a_page_is_in_the_language_asked_for(town, app):
    account = create_account("secretary", town.community.path)
    client = app.test_client()
    log_in(client, account)
    assert "花名册" in client.get("/grids").text
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    assert "Roster" in client.get("/grids").text
