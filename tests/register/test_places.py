"""Five hundred grids are what a list holds; in the five hundred and fifth people live too."""

from __future__ import annotations

import re
from datetime import date

import pytest
from factories import AT, create_account, create_grid, create_town, log_in
from sqlalchemy import insert, select

from intranet import once
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.people.models import Account, RoleGrant
from intranet.register import operations
from intranet.register.models import REGISTERED, Party, PartyKind, PersonalField

MANY = 505


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def last(town):
    """The last of 505 micro-grids below the community."""
    general = town.generals[1]
    rows = [
        {
            "id": 100_000 + n,
            "kind": GridKind.MICRO,
            "name": f"楼栋{n}",
            "code": f"{general.code}{n:03d}",
            "parent_id": general.id,
            "path": f"{general.path}{100_000 + n}.",
            "opened_on": date(2022, 9, 1),
        }
        for n in range(100, 100 + MANY)
    ]
    db.session.execute(insert(Grid), rows)
    db.session.commit()
    return db.session.get(Grid, rows[-1]["id"])


@pytest.fixture
def leader(client, town):
    return log_in(client, create_account("secretary", town.community.path, username="luo"))


def enter(path, kind=PartyKind.PERSON):
    values = {PersonalField.NAME: "张淑英", PersonalField.PHONE: "13812348000"}
    party = operations.create_party(
        db.session(),
        actor=None,
        kind=kind,
        grid_path=path,
        at=AT,
        public_name="老灶火锅",
        values=values,
    )
    db.session.commit()
    return party


def fields(page):
    """Return what a browser would send of the page's one form that posts."""
    form = re.search(r'<form class="card.*?</form>', page.text, re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        if name and "checkbox" not in tag:
            value = re.search(r'value="([^"]*)"', tag)
            sent.setdefault(name[1], []).append(value[1] if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        chosen = chosen or re.search(r'<option value="([^"]*)"', options)
        sent.setdefault(name, []).insert(0, chosen[1] if chosen else "")
    return sent


@pytest.mark.parametrize("kind", REGISTERED)
def test_a_party_of_the_last_grid_is_corrected_by_the_page_s_own_fields(leader, last, kind):
    party = enter(last.path, kind)
    url = f"/register/{party.id}/edit"

    answer = leader.post(url, data={**fields(leader.get(url)), "phone": "13900001111"})

    assert answer.status_code == 303


@pytest.mark.parametrize("kind", REGISTERED)
def test_a_party_of_any_kind_is_entered_by_the_page_s_own_fields(leader, town, kind):
    page = fields(leader.get(f"/register/new?kind={kind}"))

    answer = leader.post(
        "/register/new", data={**page, "name": "张淑英", "public_name": "老灶火锅"}
    )

    assert answer.status_code == 303


def test_somebody_is_entered_in_the_last_grid_by_its_code(leader, last):
    page = leader.get("/register/new?kind=person")
    assert "或输入网格编码" in page.text
    data = fields(page)
    data["grid_path"][1] = f" {last.code[:6]}.{last.code[6:]} "

    answer = leader.post("/register/new", data={**data, "name": "张淑英"})

    assert answer.status_code == 303
    db.session.rollback()
    entered = select(Party).where(Party.kind != PartyKind.TEAM)
    assert db.session.scalars(entered).one().grid_path == last.path


def test_somebody_moves_to_the_last_grid_and_back_from_it(leader, town, last):
    party = enter(town.micros[0].path)
    url = f"/register/{party.id}/move"
    there = fields(leader.get(url))
    there["grid_path"][1] = last.code

    assert leader.post(url, data=there).status_code == 303
    page = leader.get(url)
    assert f'<option selected value="{last.path}">' in page.text
    back = {**fields(page), "grid_path": [town.micros[0].path, ""]}
    assert leader.post(url, data=back).status_code == 303


def test_a_code_of_another_community_or_of_none_is_refused_beside_the_field(leader, town, last):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    general = create_grid(GridKind.GENERAL, "第1网格", "51011510100201", other)
    far = create_grid(GridKind.MICRO, "河西微网格", "51011510100201001", general)
    db.session.commit()
    data = {**fields(leader.get("/register/new?kind=person")), "name": "张淑英"}

    for wrong in (far.code, far.path, town.generals[0].code, "51011510100199999", "？"):
        data["grid_path"][1] = wrong
        if wrong == far.path:
            data["grid_path"] = [wrong]
        answer = leader.post("/register/new", data=data)
        assert answer.status_code == 422, wrong
        assert 'id="grid_path-error"' in answer.text
        assert "河西" not in answer.text
        data["grid_path"] = [town.micros[0].path, ""]


def test_a_role_is_given_in_the_last_grid(leader, town, last):
    page = leader.get("/accounts/new")
    data = {
        "once": once.new_key(),
        "username": "zhang.san",
        "display_name": "张三",
        "role": "micro_member",
        "grid_path": [town.micros[0].path, last.code],
    }
    assert "或输入网格编码" in page.text

    assert leader.post("/accounts/new", data=data).status_code == 200

    db.session.rollback()
    made = db.session.scalars(select(Account).where(Account.username == "zhang.san")).one()
    more = {"role": "resident", "grid_path": ["", last.code]}
    assert leader.post(f"/accounts/{made.id}/roles", data=more).status_code == 303
    held = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == made.id)).all()
    assert [grant.grid_path for grant in held] == [last.path, last.path]


def names(page):
    return re.findall(r'<th scope="row"><a href="/register/\d+">([^<]+)</a>', page.text)


def exported(leader, query):
    rows = leader.get(f"/register/export.csv?{query}").text.removeprefix("\ufeff").splitlines()
    return [line.split(",")[1].strip('"') for line in rows[1:]]


def test_the_export_holds_what_the_list_shows_under_every_filter(leader, town):
    for at, name in ((0, "老灶火锅"), (1, "河边豆花"), (2, "陈记面馆")):
        operations.create_party(
            db.session(),
            actor=None,
            kind=PartyKind.SHOP,
            grid_path=town.micros[at].path,
            at=AT,
            public_name=name,
            values={},
        )
    person = enter(town.micros[0].path)
    gone = enter(town.micros[1].path, PartyKind.SHOP)
    operations.leave(db.session(), actor=None, party=gone, at=AT)
    db.session.commit()
    hot = town.micros[0].path
    expected = {
        "": 4,
        f"grid={hot}": 2,
        f"grid={hot}&kind=shop": 1,
        f"grid={town.generals[0].path}": 3,
        f"grid={town.generals[0].code}": 3,
        f"grid={town.generals[1].path}&grid=": 1,
        "state=gone": 1,
        f"state=gone&grid={hot}": 0,
        "q=豆花": 1,
        f"q=豆花&grid={hot}": 0,
    }
    for query, count in expected.items():
        page = leader.get(f"/register?{query}")
        assert len(names(page)) == count, query
        assert exported(leader, query) == names(page), query
        link = re.search(r'href="(/register/export\.xlsx[^"]*)"', page.text)[1]
        link = link.replace("&amp;", "&").replace(".xlsx", ".csv")
        assert exported(leader, link.partition("?")[2]) == names(page), query
    assert person.id


def test_a_list_is_narrowed_to_the_last_grid_by_its_code(leader, town, last):
    enter(last.path, PartyKind.SHOP)
    enter(town.micros[0].path)
    page = leader.get("/register")
    assert len(names(page)) == 2
    assert "或输入网格编码" in page.text

    assert names(leader.get(f"/register?grid=&grid={last.code}")) == ["老灶火锅"]
    for page in ("/cameras", "/cameras/wall"):
        narrowed = leader.get(f"{page}?grid=&grid={last.code}")
        assert f'<option selected value="{last.path}">' in narrowed.text, page


def test_what_is_no_grid_of_the_viewer_s_narrows_nothing_and_is_said(leader, town):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    db.session.commit()
    enter(town.micros[0].path)
    for wrong in (other.code, other.path, "？", "9.9.9."):
        for path in ("/register", "/cameras", "/cameras/wall"):
            page = leader.get(f"{path}?grid={wrong}")
            assert page.status_code == 200
            assert 'id="grid-error"' in page.text, (path, wrong)
            assert "河西" not in page.text
        assert len(names(leader.get(f"/register?grid={wrong}"))) == 1
