"""Teams: who may hold a post, what a conflict answers, and what may be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import AT, DAY, create_town
from grids_factory import START, begin, create_party, secretary_of
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from intranet import audit
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import operations
from intranet.grids.models import Grid, Post, PostEvent, PostKind
from intranet.register.models import PartyKind


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def actor(town):
    return secretary_of(town)


def end(actor, grid, post, day=DAY, at=AT, **more):
    act = operations.end_post(
        db.session(), actor=actor, at=at, grid=grid, post=post, ends_on=day, reason="迁出", **more
    )
    db.session.commit()
    return act


def refused(error, match, act):
    with pytest.raises(error, match=match):
        act()
    db.session.rollback()


def test_a_second_micro_grid_member_is_refused_until_the_first_has_left(town, actor):
    grid = town.micros[0]
    first, second = create_party(grid), create_party(grid)
    post = begin(actor, grid, first, PostKind.MICRO_MEMBER)

    refused(
        DomainError, "holds this post", lambda: begin(actor, grid, second, PostKind.MICRO_MEMBER)
    )

    end(actor, grid, post)
    assert begin(actor, grid, second, PostKind.MICRO_MEMBER, starts_on=DAY).ends_on is None


def test_a_backdated_post_may_not_overlap_one_that_has_ended(town, actor):
    grid = town.micros[0]
    post = begin(actor, grid, create_party(grid), PostKind.MICRO_MEMBER)
    end(actor, grid, post, day=date(2025, 1, 1))
    successor = create_party(grid)

    refused(
        DomainError,
        "held it on that day",
        lambda: begin(actor, grid, successor, PostKind.MICRO_MEMBER, starts_on=date(2024, 12, 31)),
    )
    begin(actor, grid, successor, PostKind.MICRO_MEMBER, starts_on=date(2025, 1, 1))


def test_the_database_itself_refuses_two_open_single_posts(town, actor):
    grid = town.micros[0]
    begin(actor, grid, create_party(grid), PostKind.MICRO_MEMBER)
    rival = create_party(grid)
    db.session.add(
        Post(grid_path=grid.path, kind=PostKind.MICRO_MEMBER, party_id=rival.id, starts_on=DAY)
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_one_person_holds_one_place_in_a_team_but_may_serve_several(town, actor):
    grid, other = town.micros[:2]
    person = create_party(grid, is_party_member=True)
    begin(actor, grid, person, PostKind.MICRO_MEMBER)

    refused(
        DomainError,
        "in the team already",
        lambda: begin(actor, grid, person, PostKind.PARTY_MEMBER),
    )
    begin(actor, other, person, PostKind.PARTY_MEMBER)


def test_who_cannot_hold_a_post_is_refused_beside_the_field(town, actor):
    grid = town.micros[0]
    shop = create_party(grid, PartyKind.SHOP)
    gone = create_party(grid, left_at=AT)
    plain = create_party(grid)
    refused(InputError, "Choose a person", lambda: begin(actor, grid, shop))
    refused(InputError, "Choose a person", lambda: begin(actor, grid, gone))
    refused(
        InputError, "member of the Party", lambda: begin(actor, grid, plain, PostKind.PARTY_MEMBER)
    )
    refused(InputError, "no such post", lambda: begin(actor, grid, plain, PostKind.GRID_MEMBER))
    refused(
        InputError,
        "future",
        lambda: begin(actor, grid, plain, starts_on=DAY + timedelta(days=1)),
    )
    refused(InputError, "before", lambda: begin(actor, grid, plain, starts_on=date(2022, 8, 31)))


def test_a_form_made_from_an_older_row_is_refused(town, actor):
    grid = town.micros[0]
    version = grid.version
    begin(actor, grid, create_party(grid), version=version)
    refused(
        DomainError,
        "just changed",
        lambda: begin(actor, grid, create_party(grid), version=version),
    )


def test_a_move_ends_one_post_and_begins_another_as_one_act(town, actor):
    grid, other = town.micros[:2]
    person = create_party(grid)
    post = begin(actor, grid, person)
    new = operations.move_post(
        db.session(),
        actor=actor,
        at=AT,
        grid=grid,
        post=post,
        party=person,
        to=other,
        kind=PostKind.MICRO_MEMBER,
        day=DAY,
        reason="补缺",
    )
    db.session.commit()

    assert (post.ends_on, new.starts_on, new.grid_path) == (DAY, DAY, other.path)
    acts = db.session.scalars(
        select(PostEvent.act).where(PostEvent.post_id.in_([post.id, new.id]))
    ).all()
    assert len(set(acts)) == 2  # the beginning long ago, and the move
    operations.undo(db.session(), actor=actor, at=AT, act=acts[-1])
    db.session.commit()
    assert (post.ends_on, new.voided_at) == (None, AT)


def test_a_refused_move_changes_nothing(town, actor):
    grid, other = town.micros[:2]
    begin(actor, other, create_party(other), PostKind.MICRO_MEMBER)
    person = create_party(grid)
    post = begin(actor, grid, person)
    events = len(db.session.scalars(select(PostEvent.id)).all())

    refused(
        DomainError,
        "holds this post",
        lambda: operations.move_post(
            db.session(),
            actor=actor,
            at=AT,
            grid=grid,
            post=post,
            party=person,
            to=other,
            kind=PostKind.MICRO_MEMBER,
            day=DAY,
            reason="x",
        ),
    )
    db.session.refresh(post)
    assert post.ends_on is None
    assert len(db.session.scalars(select(PostEvent.id)).all()) == events


def test_only_one_s_own_slip_is_taken_back_once_and_in_time(town, actor):
    grid = town.micros[0]
    other = secretary_of(town)
    post = begin(actor, grid, create_party(grid))
    act = end(actor, grid, post)

    def take_back(by, at):
        operations.undo(db.session(), actor=by, at=at, act=act)

    refused(DomainError, "Only the person", lambda: take_back(other, AT))
    late = AT + operations.UNDO_WINDOW + timedelta(seconds=1)
    refused(DomainError, "too late", lambda: take_back(actor, late))
    take_back(actor, AT + operations.UNDO_WINDOW)
    db.session.commit()
    assert post.ends_on is None
    refused(DomainError, "nothing to take back", lambda: take_back(actor, AT))


def test_an_end_cannot_be_taken_back_once_a_successor_serves(town, actor):
    grid = town.micros[0]
    post = begin(actor, grid, create_party(grid), PostKind.MICRO_MEMBER)
    act = end(actor, grid, post)
    begin(actor, grid, create_party(grid), PostKind.MICRO_MEMBER, starts_on=DAY)
    refused(
        DomainError,
        "holds this post",
        lambda: operations.undo(db.session(), actor=actor, at=AT, act=act),
    )
    assert post.ends_on == DAY


def test_history_can_be_neither_changed_nor_deleted(town, actor):
    begin(actor, town.micros[0], create_party(town.micros[0]))
    for statement in ("UPDATE post_event SET reason = 'x'", "DELETE FROM post_event"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_every_act_is_in_the_audit_without_a_name(town, actor):
    grid = town.micros[0]
    begin(actor, grid, create_party(grid), reason="换届")
    entry = db.session.scalars(
        select(audit.AuditEntry).where(audit.AuditEntry.action == "grids:post:begun")
    ).one()
    assert (entry.grid_path, entry.reason, entry.actor_id) == (grid.path, "换届", actor.account_id)


def test_nothing_begins_in_a_closed_grid(town, actor):
    grid = town.micros[0]
    operations.close_grid(
        db.session(), actor=actor, at=AT, grid=grid, reason="并入", version=grid.version
    )
    db.session.commit()
    refused(DomainError, "closed", lambda: begin(actor, grid, create_party(town.micros[1])))
    assert db.session.get(Grid, grid.id).closed_on == DAY
    assert START < DAY
