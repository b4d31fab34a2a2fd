"""The tree: codes that are never used twice, subtrees that move whole, closings with successors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, create_town
from grids_factory import begin, create_named, create_party, secretary_of
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from intranet import audit
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import operations
from intranet.grids.models import (
    Grid,
    GridEvent,
    GridKind,
    Post,
    RetiredCode,
    Succession,
    TreeVerb,
    dotted,
    is_code_under,
    next_code,
)
from intranet.grids.operations import GridPlan
from intranet.people.models import RoleGrant
from intranet.register.models import PartyMove

LATER_AT = AT + timedelta(hours=1)


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def actor(town):
    return secretary_of(town)


def create(actor, parent, kind, code, name="新网格", **more):
    grid = operations.create_grid(
        db.session(),
        actor=actor,
        at=AT,
        parent=parent,
        kind=kind,
        plan=GridPlan(code=code, name=name, **more),
    )
    db.session.commit()
    return grid


def move(actor, grid, parent, code):
    operations.move_grid(
        db.session(),
        actor=actor,
        at=AT,
        grid=grid,
        parent=parent,
        code=code,
        version=grid.version,
        reason="调整",
    )
    db.session.commit()


def refused(error, match, act):
    with pytest.raises(error, match=match):
        act()
    db.session.rollback()


def test_a_new_grid_stands_below_its_parent_with_its_code(town, actor):
    general = town.generals[0]
    grid = create(actor, general, GridKind.MICRO, f"{general.code}009", name=" 河边  微网格 ")
    assert grid.path == f"{general.path}{grid.id}."
    assert (grid.name, grid.opened_on) == ("河边 微网格", DAY)
    event = db.session.scalars(select(GridEvent).where(GridEvent.grid_id == grid.id)).one()
    assert event.verb is TreeVerb.CREATED


def test_codes_that_do_not_fit_or_were_used_are_refused(town, actor):
    general, community = town.generals[0], town.community
    micro = town.micros[0]
    for code in ("510115101001020", f"{general.code}000", f"{general.code}01", "x"):
        refused(
            InputError,
            "does not fit",
            lambda code=code: create(actor, general, GridKind.MICRO, code),
        )
    refused(InputError, "used before", lambda: create(actor, general, GridKind.MICRO, micro.code))
    refused(
        DomainError,
        "cannot stand here",
        lambda: create(actor, community, GridKind.MICRO, f"{community.code}01001"),
    )


def test_a_retired_code_is_never_given_again(town, actor):
    old = town.micros[0].code
    move(actor, town.micros[0], town.generals[1], f"{town.generals[1].code}003")
    assert db.session.get(RetiredCode, old).grid_id == town.micros[0].id
    refused(InputError, "used before", lambda: create(actor, town.generals[0], GridKind.MICRO, old))


def test_a_subtree_moves_whole_and_all_that_is_in_it_follows(town, actor):
    other = create(actor, town.town, GridKind.COMMUNITY, f"{town.town.code}002", name="新社区")
    general, micro = town.generals[0], town.micros[0]
    person = create_party(micro)
    post = begin(actor, micro, person)
    account = create_account("micro_member", micro.path)

    move(actor, general, other, f"{other.code}07")

    assert general.path == f"{other.path}{general.id}."
    assert micro.path == f"{general.path}{micro.id}."
    assert micro.code == f"{other.code}07001"
    assert {person.grid_path, post.grid_path} == {micro.path}
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == account.id)).one()
    assert grant.grid_path == micro.path
    # The neighbour did not move.
    assert town.micros[2].path.startswith(town.community.path)


def test_a_grid_with_people_in_it_closes_only_into_a_successor(town, actor):
    grid, successor = town.micros[0], town.micros[1]
    person = create_party(grid)
    post = begin(actor, grid, person)

    def close(into):
        operations.close_grid(
            db.session(),
            actor=actor,
            at=AT,
            grid=grid,
            reason="合并",
            version=grid.version,
            successor=into,
        )
        db.session.commit()

    refused(DomainError, "name a successor", lambda: close(None))
    refused(InputError, "same kind", lambda: close(town.generals[0]))
    close(successor)

    assert (grid.closed_on, post.ends_on) == (DAY, DAY)
    assert person.grid_path == successor.path
    assert post.grid_path == grid.path  # history stays where it was made
    assert db.session.get(Succession, (grid.id, successor.id)) is not None
    refused(DomainError, "closed", lambda: close(successor))


def test_closing_into_a_successor_leaves_a_true_history(town, actor):
    grid, successor = town.micros[0], town.micros[1]
    person = create_named(grid, "陈秀英")
    member, both = (create_account("micro_member", grid.path) for _ in range(2))
    former = create_account("micro_member", grid.path)
    grants = select(RoleGrant).order_by(RoleGrant.id)
    db.session.add(
        RoleGrant(account_id=both.id, role="micro_member", grid_path=successor.path, granted_at=AT)
    )
    db.session.scalars(grants.where(RoleGrant.account_id == former.id)).one().ended_at = AT
    db.session.commit()

    operations.close_grid(
        db.session(),
        actor=actor,
        at=LATER_AT,
        grid=grid,
        reason="合并",
        version=grid.version,
        successor=successor,
    )
    db.session.commit()
    db.session.expire_all()

    def places(account):
        rows = db.session.scalars(
            grants.where(RoleGrant.account_id == account.id).order_by(RoleGrant.id)
        ).all()
        return [(row.grid_path, row.ended_at is not None) for row in rows]

    assert places(member) == [(grid.path, True), (successor.path, False)]
    assert places(both) == [(grid.path, True), (successor.path, False)]
    assert places(former) == [(grid.path, True)]
    moves = db.session.scalars(
        select(PartyMove).where(PartyMove.party_id == person.id).order_by(PartyMove.id)
    ).all()
    assert [move.grid_path for move in moves][-1] == successor.path
    assert moves[-1].at == LATER_AT
    told = select(audit.AuditEntry.action).where(audit.AuditEntry.action.like("people:role:%"))
    assert sorted(db.session.scalars(told)) == [
        "people:role:end",
        "people:role:end",
        "people:role:grant",
    ]


def test_a_split_opens_the_parts_and_closes_the_whole(town, actor):
    grid, general = town.micros[0], town.generals[0]
    parts = [GridPlan(f"{general.code}{n:03d}", f"部分{n}", households=30) for n in (5, 6)]
    new = operations.split_grid(
        db.session(),
        actor=actor,
        at=AT,
        grid=grid,
        parts=parts,
        reason="户数过多",
        version=grid.version,
    )
    db.session.commit()
    assert [part.code for part in new] == [part.code for part in parts]
    assert grid.closed_on == DAY
    successors = db.session.scalars(
        select(Succession.successor_id).where(Succession.predecessor_id == grid.id)
    ).all()
    assert set(successors) == {part.id for part in new}


def test_a_grid_with_open_grids_below_stays_open(town, actor):
    refused(
        DomainError,
        "below it first",
        lambda: operations.close_grid(
            db.session(),
            actor=actor,
            at=AT,
            grid=town.generals[0],
            reason="x",
            version=town.generals[0].version,
            successor=town.generals[1],
        ),
    )


def test_an_old_version_of_a_grid_is_refused(town, actor):
    grid = town.micros[0]
    version = grid.version
    for expected in (None, "just changed"):

        def rename():
            operations.rename_grid(
                db.session(),
                actor=actor,
                at=AT,
                grid=grid,
                name="河街",
                households=61,
                version=version,
            )
            db.session.commit()

        if expected is None:
            rename()
        else:
            refused(DomainError, expected, rename)
    assert db.session.scalars(select(Grid.name).where(Grid.id == grid.id)).one() == "河街"
    assert db.session.scalars(select(Post)).all() == []


@given(st.sampled_from(list(GridKind)), st.sets(st.integers(1, 99), max_size=99))
def test_the_next_code_fits_and_is_new(kind, used):
    parent = {"county": "", "town": "510115", "community": "510115101"}.get(kind, "510115101001")
    parent = parent + "01" if kind is GridKind.MICRO else parent
    width = {"county": 6, "general": 2}.get(kind, 3)
    prefix = parent + ("Z" if kind is GridKind.DEDICATED else "")
    base = 510100 if kind is GridKind.COUNTY else 0
    taken = {f"{prefix}{base + number:0{width}d}" for number in used}
    code = next_code(kind, parent, taken)
    if code is None:
        assert len(used) == 99
        assert kind is GridKind.GENERAL
    elif used or kind is not GridKind.COUNTY:
        assert is_code_under(kind, code, parent)
        assert code not in taken


def test_codes_are_shown_in_groups():
    assert dotted("51011510100102003") == "510115.101.001.02.003"
    assert dotted("510115101001Z012") == "510115.101.001.Z012"
    assert dotted("510115") == "510115"
