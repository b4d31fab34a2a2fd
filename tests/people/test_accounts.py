"""Leaders manage the accounts below them, and nobody climbs."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_grid, create_town, log_in, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import once
from intranet.access import LEADERS, ROLE_KINDS, Role
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import GridKind
from intranet.people import queries
from intranet.people.models import Account, LoginSession, RoleGrant
from intranet.people.operations import accounts

ADMIN, SECRETARY, MICRO = Role.ADMIN, Role.SECRETARY, Role.MICRO_MEMBER


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def admin(town):
    return create_account(ADMIN, town.county.path, username="root")


@pytest.fixture
def secretary(town):
    return create_account(SECRETARY, town.community.path, username="luo")


def grant_at(account, role, path):
    grant = RoleGrant(account_id=account.id, role=role, grid_path=path, granted_at=AT)
    db.session.add(grant)
    db.session.commit()
    return grant


def create(client, town, **fields):
    data = {
        "once": once.new_key(),
        "username": "Zhang.San",
        "display_name": "张三",
        "role": "micro_member",
        "grid_path": town.micros[0].path,
        **fields,
    }
    return client.post("/accounts/new", data=data)


def test_a_new_account_gets_a_password_that_is_shown_once(client, town, secretary):
    log_in(client, secretary)
    key = once.new_key()

    first = create(client, town, once=key).get_data(as_text=True)
    again = create(client, town, once=key).get_data(as_text=True)

    assert "<code>" in first
    assert "<code>" not in again
    made = db.session.scalars(select(Account).where(Account.username == "zhang.san")).one()
    assert made.must_change_password
    assert "<code>" not in client.get(f"/accounts/{made.id}").get_data(as_text=True)


def test_of_two_who_give_one_user_name_at_once_the_later_is_told_beside_the_field(town):
    facts = {
        "actor": None,
        "username": "zhang.san",
        "display_name": "张三",
        "role": MICRO,
        "grid_path": town.micros[0].path,
        "password_hash": "!",
        "must_change": True,
        "at": AT,
    }
    first, second = (Session(db.engine) for _ in range(2))
    with first, second, ThreadPoolExecutor(1) as pool:
        accounts.create_account(first, **facts)
        late = pool.submit(accounts.create_account, second, **facts)
        time.sleep(0.2)  # for the second to come as far as it can
        first.commit()
        error = late.exception(20)

    assert isinstance(error, InputError)
    assert (error.field, error.status) == ("username", 422)


def test_five_who_send_one_user_name_at_once_make_one_account(app, town):
    clients, gate = [], threading.Barrier(5)
    data = {
        "username": "zhang.san",
        "display_name": "张三",
        "role": "micro_member",
        "grid_path": town.micros[0].path,
    }
    for _ in range(5):
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        clients.append(log_in(client, create_account(SECRETARY, town.community.path)))
    db.session.rollback()

    def send(client):
        gate.wait(10)
        key = once.new_key()
        return client.post("/accounts/new", data={**data, "once": key}).status_code

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(send, clients)) == [200, 422, 422, 422, 422]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"username": "luo"}, 422),
        ({"username": "周 姐"}, 422),
        ({"display_name": ""}, 422),
        ({"role": "emperor"}, 422),
        ({"role": "admin"}, 422),
        ({"role": ""}, 422),
        ({"grid_path": ""}, 422),
        ({"role": "office"}, 422),  # at a micro-grid
        ({"once": ""}, 422),
    ],
)
def test_what_cannot_be_created_is_said_and_nothing_typed_is_lost(
    client, town, secretary, fields, status
):
    log_in(client, secretary)

    answer = create(client, town, **{"display_name": "张三丰", **fields})

    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert "aria-invalid" in page or 'role="alert"' in page
    assert "张三丰" in page or "display_name" in fields
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_new_account_is_nobody_nowhere_until_somebody_says_so(client, town, secretary):
    log_in(client, secretary)
    page = client.get("/accounts/new").text
    for field in ("role", "grid_path"):
        options = page.split(f'name="{field}"')[1].split("</select>")[0]
        assert re.search(r'<option (selected )?value="">', options)
        assert options.count("selected") <= options.count('selected value=""')

    answer = create(client, town, grid_path=town.community.path)
    assert answer.status_code == 422
    assert "该角色只能设在微网格" in answer.text.split('id="grid_path-error"')[1]
    member = create_account(MICRO, town.micros[0].path)
    more = {"role": "company", "grid_path": town.micros[0].path}
    assert client.post(f"/accounts/{member.id}/roles", data=more).status_code == 422


def test_an_account_outside_the_scope_is_not_found_by_any_address(client, town, secretary):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    stranger = create_account(MICRO, other.path, username="stranger")
    log_in(client, secretary)

    assert client.get(f"/accounts/{stranger.id}").status_code == 404
    for tail in ("name", "roles", "state", "password", "sessions/end"):
        assert client.post(f"/accounts/{stranger.id}/{tail}").status_code == 404
    assert "stranger" not in client.get("/accounts").get_data(as_text=True)
    assert client.post("/accounts/999999/password").status_code == 404


def test_one_who_went_to_another_community_is_that_communitys(town, secretary):
    other = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    mover = create_account(MICRO, town.micros[0].path)
    old = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == mover.id)).one()
    viewer = viewer_of(secretary, (SECRETARY, town.community.path))

    def seen():
        page = queries.accounts_page(db.session(), viewer)
        return mover.id in {account.id for account in page.accounts}

    assert seen()
    old.ended_at = AT
    db.session.commit()
    assert seen()
    grant_at(mover, MICRO, other.path)
    assert not seen()


def test_a_leader_cannot_take_over_one_who_holds_more_elsewhere(client, town, secretary):
    above = create_account(MICRO, town.micros[0].path, password_hash="kept")
    grant_at(above, ADMIN, town.county.path)
    log_in(client, secretary)

    for tail, data in (
        ("password", {}),
        ("sessions/end", {}),
        ("state", {"to": "closed"}),
        ("name", {"version": str(above.version), "display_name": "别人"}),
    ):
        answer = client.post(f"/accounts/{above.id}/{tail}", data=data)
        assert answer.status_code == 409, tail
        assert "<code>" not in answer.get_data(as_text=True)
    db.session.expire_all()
    kept = db.session.get(Account, above.id)
    assert (kept.password_hash, kept.disabled_at) == ("kept", None)


def test_a_reset_ends_every_session_of_the_account(client, app, town, secretary):
    member = create_account(MICRO, town.micros[0].path)
    theirs = log_in(app.test_client(), member)
    log_in(client, secretary)

    page = client.post(f"/accounts/{member.id}/password").get_data(as_text=True)

    assert "<code>" in page
    assert theirs.get("/me").status_code == 303
    assert client.get("/me").status_code == 200


def test_nobody_changes_his_own_roles_or_closes_himself(client, town, secretary):
    log_in(client, secretary)
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == secretary.id)).one()
    base = f"/accounts/{secretary.id}"
    more = {"role": "office", "grid_path": town.community.path}

    assert client.post(f"{base}/roles", data=more).status_code == 409
    assert client.post(f"{base}/roles/{grant.id}/end").status_code == 409
    assert client.post(f"{base}/state", data={"to": "closed"}).status_code == 409


def test_the_last_administrator_stays(town, admin):
    second = create_account(ADMIN, town.county.path)
    actor = viewer_of(second, (ADMIN, town.county.path))
    second.disabled_at = AT  # still logged in, in the moment of being closed
    db.session.commit()
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == admin.id)).one()

    with pytest.raises(DomainError, match="last administrator"):
        accounts.disable(db.session(), actor=actor, account=admin, at=AT)
    with pytest.raises(DomainError, match="last administrator"):
        accounts.end_role(db.session(), actor=actor, account=admin, grant=grant, at=AT)


def test_the_second_to_rename_is_told_and_sees_what_the_first_wrote(client, town, secretary):
    member = create_account(MICRO, town.micros[0].path)
    version = member.version
    log_in(client, secretary)
    url = f"/accounts/{member.id}/name"

    assert client.post(url, data={"version": version, "display_name": "甲"}).status_code == 303
    late = client.post(url, data={"version": version, "display_name": "乙"})

    assert late.status_code == 409
    assert "甲" in late.get_data(as_text=True)


def test_the_list_narrows_by_words_role_and_state_and_turns_pages(client, town, secretary):
    people = [
        create_account(MICRO, town.micros[0].path, username=f"m{n:03d}", display_name=f"某{n}")
        for n in range(55)
    ]
    people[0].disabled_at = AT
    db.session.commit()
    viewer = viewer_of(secretary, (SECRETARY, town.community.path))
    session = db.session()

    first = queries.accounts_page(session, viewer, role=MICRO)
    rest = queries.accounts_page(session, viewer, role=MICRO, after=first.after)
    assert [len(first.accounts), len(rest.accounts), rest.after] == [50, 4, None]
    closed = queries.accounts_page(session, viewer, closed=True)
    assert [a.username for a in closed.accounts] == ["m000"]
    assert [a.username for a in queries.accounts_page(session, viewer, text="某54").accounts] == [
        "m054"
    ]
    assert queries.accounts_page(session, viewer, text="%").accounts == []
    log_in(client, secretary)
    assert client.get("/accounts?q=%E6%9F%90&role=nonsense&state=x&after=").status_code == 200


def test_every_act_is_in_the_trail(client, town, secretary):
    log_in(client, secretary)
    create(client, town)
    made = db.session.scalars(select(Account).where(Account.username == "zhang.san")).one()
    base = f"/accounts/{made.id}"
    client.post(f"{base}/roles", data={"role": "resident", "grid_path": town.micros[0].path})
    grant = db.session.scalars(select(RoleGrant).order_by(RoleGrant.id.desc()).limit(1)).one()
    db.session.expire_all()  # what the tests' shared session remembers, a request's would not
    client.post(f"{base}/roles/{grant.id}/end")
    client.post(f"{base}/name", data={"version": made.version, "display_name": "张三"})
    client.post(f"{base}/password")
    client.post(f"{base}/state", data={"to": "closed"})
    client.post(f"{base}/state", data={"to": "open"})
    client.post(f"{base}/sessions/end")

    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.address).order_by(AuditEntry.id)
    ).all()

    assert {row.address for row in rows} == {"127.0.0.1"}
    assert [row.action for row in rows] == [
        "people:account:create",
        "people:role:grant",
        "people:role:grant",
        "people:role:end",
        "people:account:rename",
        "people:password:reset",
        "people:account:disable",
        "people:account:enable",
        "people:session:revoke",
    ]
    ended = db.session.get(RoleGrant, grant.id, populate_existing=True)
    assert ended.ended_at is not None
    assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 1


KINDS = ["county", "town", "community", "general", "micro", "general"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    held=st.lists(
        st.tuples(st.sampled_from(list(Role)), st.integers(0, 5)), min_size=1, max_size=3
    ),
    given_role=st.sampled_from(list(Role)),
    where=st.integers(0, 5),
)
def test_nobody_ever_gives_more_than_he_holds(app, held, given_role, where):
    """Through any mixture of roles: what is given lies below a leader's place, admin by admin."""
    if not db.session.scalar(select(func.count()).select_from(Account)):
        create_town()
        root = "1."
        create_account(Role.RESIDENT, root, username="target")
        create_account(Role.KIOSK, root, username="device", is_device=True)
        create_account(Role.OFFICE, root, username="actor")
    # The kinds of these are KINDS.
    paths = ["1.", "1.2.", "1.2.3.", "1.2.3.4.", "1.2.3.4.5.", "1.2.3.7."]
    kind = "device" if given_role in {Role.KIOSK, Role.WALL} else "target"
    target = db.session.scalars(select(Account).where(Account.username == kind)).one()
    actor = db.session.scalars(select(Account).where(Account.username == "actor")).one()
    viewer = viewer_of(actor, *[(role, paths[n]) for role, n in held])
    above = {role for role, n in held if role in LEADERS and paths[where].startswith(paths[n])}
    may = bool(above) and (given_role is not ADMIN or ADMIN in above)
    may = may and KINDS[where] in ROLE_KINDS[given_role]
    before = db.session.scalar(select(func.count()).select_from(RoleGrant))

    try:
        accounts.grant_role(
            db.session(),
            actor=viewer,
            account=target,
            role=given_role,
            grid_path=paths[where],
            at=AT,
        )
        given_now = True
    except DomainError:
        given_now = False
    after = db.session.scalar(select(func.count()).select_from(RoleGrant))
    db.session.rollback()

    held_already = (given_role, where) == (Role.KIOSK, 0)
    assert given_now == (may and not held_already)
    assert after - before == int(given_now)
