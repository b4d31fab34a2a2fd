"""The audit page: who sees which entries, narrowed, exported, checked every night."""

from __future__ import annotations

import ast
import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from counting import counted
from factories import AT, create_account, create_grid, create_town, log_in, viewer_of
from sqlalchemy import select, text

import intranet
from intranet import audit
from intranet.access import DEVICE_ROLES, Permission, Role
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.grids.models import GridKind, dotted
from intranet.grids.models.posts import PostVerb
from intranet.grids.models.tree import TreeVerb
from intranet.workbench import queries, tasks
from intranet.workbench.sentences import ACTIONS, KINDS


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def secretary(town):
    return create_account("secretary", town.community.path, username="luo")


def note(actor, path="", action="people:account:create", at=AT, **fields):
    audit.record(
        db.session(),
        actor=actor,
        action=action,
        at=at,
        object_kind="account",
        object_id=fields.pop("object_id", 1),
        grid_path=path,
        **fields,
    )
    db.session.commit()


def found(secretary, town, **wanted):
    viewer = viewer_of(secretary, ("secretary", town.community.path))
    rows = queries.entries(db.session(), viewer, queries.Filter(**wanted))
    return [row.object_id for row in rows]


def test_entries_of_other_places_and_other_peoples_are_not_shown(town, secretary):
    far = create_grid(GridKind.COMMUNITY, "河西社区", "510115101002", town.town)
    stranger = create_account("secretary", far.path, username="he")
    ours, theirs = viewer_of(secretary), viewer_of(stranger)
    note(theirs, town.micros[0].path, object_id="here")
    note(ours, object_id="ours")
    note(theirs, far.path, object_id="there")
    note(theirs, object_id="theirs")
    note(None, object_id="system")

    assert found(secretary, town) == ["ours", "here"]


def test_filters_narrow_by_who_what_thing_day_and_grid(town, secretary):
    ours = viewer_of(secretary)
    note(ours, town.micros[0].path, object_id="a")
    note(ours, town.micros[3].path, object_id="b", action="people:account:disable")
    note(None, town.micros[0].path, object_id="c", at=AT + timedelta(hours=15))
    day = AT.date()

    assert found(secretary, town, who="luo") == ["b", "a"]
    assert found(secretary, town, action="people:account:disable") == ["b"]
    assert found(secretary, town, object_kind="account", object_id="c") == ["c"]
    assert found(secretary, town, until=day) == ["b", "a"]
    assert found(secretary, town, since=day + timedelta(days=1)) == ["c"]
    assert found(secretary, town, grid=town.generals[0].code) == ["c", "a"]
    assert found(secretary, town, grid=dotted(town.generals[0].code)) == ["c", "a"]
    assert found(secretary, town, grid="no-such-code") == []


def test_the_page_turns_with_older_and_odd_filters_are_no_crash(client, town, secretary):
    for n in range(queries.PAGE + 3):
        note(viewer_of(secretary), town.micros[0].path, object_id=f"n{n:03d}")
    log_in(client, secretary)

    first = client.get("/audit").get_data(as_text=True)
    before = re.search(r"before=(\d+)", first)
    rest = client.get(f"/audit?before={before[1]}").get_data(as_text=True)

    assert "n062" in first
    assert "n002" not in first
    assert "n002" in rest
    assert "n062" not in rest
    odd = "since=9999-12-31&until=0001-01-01&before=99999999999999999999&who=x&grid=x&action=x"
    assert client.get(f"/audit?{odd}").status_code == 200


def test_an_export_opens_in_excel_holds_no_formula_and_is_itself_written_down(
    client, town, secretary
):
    note(viewer_of(secretary), town.micros[0].path, reason="=cmd|' /C calc'!A0")
    log_in(client, secretary)

    csv = client.get("/audit/export.csv").get_data(as_text=True)
    xlsx = client.get("/audit/export.xlsx")

    assert csv.startswith("\ufeff")
    assert "'=cmd" in csv
    assert xlsx.data.startswith(b"PK")
    db.session.rollback()  # SQLite: let go of what was true before the exports
    done = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).all()
    assert done[:2] == ["audit:list:export"] * 2


def test_the_nightly_check_leaves_its_result_on_the_page(client, town, secretary, own_anchors):
    note(viewer_of(secretary), town.micros[0].path)
    log_in(client, secretary)
    assert "尚未核对" in client.get("/audit").get_data(as_text=True)

    tasks.verify_audit()

    assert "留痕链完整" in client.get("/audit").get_data(as_text=True)


def by_force(statement, trigger):
    """Do what the database refuses, as somebody with its file could."""
    db.session.rollback()
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement))
        else:
            sql = "SELECT name, sql FROM sqlite_master WHERE name = :name"
            name, again = connection.execute(text(sql), {"name": trigger}).one()
            connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text(statement))
            connection.execute(text(again))
    db.session.rollback()


def check_now(client, secretary):
    tasks.verify_audit()
    log_in(client, secretary)
    return client.get("/audit").get_data(as_text=True)


def test_a_changed_entry_is_found_by_the_nightly_check(client, town, secretary, own_anchors):
    note(viewer_of(secretary), town.micros[0].path)
    by_force("UPDATE audit_entry SET reason = 'nothing'", "audit_entry_no_update")
    assert "断裂" in check_now(client, secretary)


def test_an_end_cut_off_is_found_by_the_nightly_check(client, town, secretary, own_anchors):
    for number in range(4):
        note(viewer_of(secretary), town.micros[0].path, object_id=number)
    assert "留痕链完整" in check_now(client, secretary)
    by_force("DELETE FROM audit_entry WHERE id > 2", "audit_entry_no_delete")
    note(viewer_of(secretary), town.micros[0].path, object_id="as if nothing had been")
    assert "断裂" in check_now(client, secretary)


@pytest.fixture
def own_anchors(app):
    """Anchors of this test only: its database begins empty."""
    path = app.config["SETTINGS"].data_dir / tasks.ANCHORS
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_an_administrator_of_one_town_reads_nothing_of_another(client, town):
    far = create_grid(GridKind.TOWN, "河西镇", "510115102", town.county)
    admin = create_account("admin", town.town.path, username="guan")
    other = create_account("admin", far.path, username="bie")
    note(viewer_of(other), far.path, object_id="there")
    note(viewer_of(other), object_id="theirs")
    note(viewer_of(other), town.micros[0].path, object_id="here")
    note(None, object_id="house")
    viewer = viewer_of(admin, ("admin", town.town.path))
    rows = queries.entries(db.session(), viewer, queries.Filter())
    assert [row.object_id for row in rows] == ["house", "here"]


def test_every_action_anybody_writes_has_words():
    code = "\n".join(p.read_text() for p in Path(intranet.__file__).parent.rglob("*.py"))
    written = set(re.findall(r'"([a-z]+:[a-z]+(?::[a-z_]+)?)"', code)) - set(Permission)
    written |= set(re.findall(r'action="([a-z:_]+)"', code))  # named like a permission, perhaps
    written |= {f"grids:post:{verb}" for verb in PostVerb}
    written |= {f"grids:tree:{verb}" for verb in TreeVerb}
    rooms = {"people", "grids", "cameras", "register", "audit", "workbench", "notices", "incidents"}
    rooms |= {"points"}
    written = {action for action in written if action.split(":")[0] in rooms}

    assert written - set(ACTIONS) == set()


def test_whatever_an_act_is_done_to_has_a_word():
    act = re.compile("[a-z]+:[a-z]+:[a-z_-]+")
    kinds = set()
    for path in Path(intranet.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            said = [getattr(one, "value", None) for one in call.args]
            kinds |= {
                kind
                for action, kind in itertools.pairwise(said)
                if isinstance(action, str) and act.fullmatch(action) and isinstance(kind, str)
            }
            named = [one.value for one in call.keywords if one.arg == "object_kind"]
            kinds |= {getattr(one, "value", None) for one in named if isinstance(one, ast.Constant)}
    assert len(kinds) > 15
    assert kinds - set(KINDS) == set()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_start_page_in_a_fixed_number_of_queries(client, town, role):
    account = create_account(role, town.community.path)
    log_in(client, account)
    with counted() as statements:
        answer = client.get("/")

    # A device is led to its screen; everybody else has a page of one's own.
    assert answer.status_code == (303 if role in DEVICE_ROLES else 200)
    assert len(statements) <= 10
