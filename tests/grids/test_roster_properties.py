"""Whatever is done to rosters in whatever order, the rules hold and history replays."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from factories import AT, DAY, create_town
from grids_factory import create_party, secretary_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import operations
from intranet.grids.models import SINGLE, Grid, Post, PostEvent, PostKind, PostVerb
from intranet.register.models import Party

TEAM_KINDS = st.sampled_from(
    [PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER, PostKind.RESIDENT, PostKind.GRID_MEMBER]
)
DAYS = st.integers(-5, 1).map(lambda offset: DAY + timedelta(days=offset))


class Rosters(RuleBasedStateMachine):
    """Two secretaries edit the teams of three micro-grids."""

    empty = None  # set by the test: empties the database

    @initialize()
    def people(self):
        type(self).empty()
        town = create_town()
        self.grids = [grid.id for grid in town.micros[:3]]
        self.parties = [
            create_party(town.micros[n % 3], is_party_member=n % 2 == 0).id for n in range(5)
        ]
        self.actors = [secretary_of(town), secretary_of(town)]
        self.at = AT
        self.acts = []
        self.seen = {}

    def attempt(self, act):
        """Do it, or be refused and see that nothing at all changed."""
        before = snapshot()
        self.at += timedelta(seconds=90)
        try:
            result = act()
        except DomainError:
            db.session.rollback()
            assert snapshot() == before
            return None
        db.session.commit()
        return result

    def grid(self, index):
        return db.session.get(Grid, self.grids[index])

    def open_posts(self):
        return db.session.scalars(
            select(Post).where(Post.ends_on.is_(None)).order_by(Post.id)
        ).all()

    @rule(
        who=st.integers(0, 4),
        grid=st.integers(0, 2),
        kind=TEAM_KINDS,
        day=DAYS,
        actor=st.integers(0, 1),
        stale=st.booleans(),
    )
    def begin(self, *, who, grid, kind, day, actor, stale):
        target = self.grid(grid)
        self.attempt(
            lambda: operations.begin_post(
                db.session(),
                actor=self.actors[actor],
                at=self.at,
                grid=target,
                kind=kind,
                party=db.session.get(Party, self.parties[who]),
                starts_on=day,
                version=target.version - 1 if stale else target.version,
            )
        )
        self.remember()

    @precondition(lambda self: self.open_posts())
    @rule(pick=st.integers(0, 20), day=DAYS, actor=st.integers(0, 1))
    def end(self, pick, day, actor):
        posts = self.open_posts()
        post = posts[pick % len(posts)]
        grid = db.session.scalars(select(Grid).where(Grid.path == post.grid_path)).one()
        self.attempt(
            lambda: operations.end_post(
                db.session(),
                actor=self.actors[actor],
                at=self.at,
                grid=grid,
                post=post,
                ends_on=day,
                reason="",
                version=grid.version,
            )
        )
        self.remember()

    @precondition(lambda self: self.open_posts())
    @rule(pick=st.integers(0, 20), to=st.integers(0, 2), kind=TEAM_KINDS, day=DAYS)
    def move(self, pick, to, kind, day):
        posts = self.open_posts()
        post = posts[pick % len(posts)]
        grid = db.session.scalars(select(Grid).where(Grid.path == post.grid_path)).one()
        self.attempt(
            lambda: operations.move_post(
                db.session(),
                actor=self.actors[0],
                at=self.at,
                grid=grid,
                post=post,
                party=db.session.get(Party, post.party_id),
                to=self.grid(to),
                kind=kind,
                day=day,
                reason="",
            )
        )
        self.remember()

    @precondition(lambda self: self.acts)
    @rule(back=st.integers(0, 6), actor=st.integers(0, 1))
    def undo(self, back, actor):
        act = self.acts[-1 - back % len(self.acts)]
        self.attempt(
            lambda: operations.undo(db.session(), actor=self.actors[actor], at=self.at, act=act)
        )

    def remember(self):
        newest = db.session.execute(
            select(PostEvent.act).order_by(PostEvent.id.desc()).limit(1)
        ).scalar()
        if newest and newest not in self.acts:
            self.acts.append(newest)

    @invariant()
    def a_team_never_has_two_of_a_single_post_on_any_day(self):
        posts = db.session.scalars(select(Post).where(Post.voided_at.is_(None))).all()
        for offset in range(-6, 3):
            day = DAY + timedelta(days=offset)
            held = [
                p for p in posts if p.starts_on <= day and (p.ends_on is None or p.ends_on > day)
            ]
            single = Counter((p.grid_path, p.kind) for p in held if p.kind in SINGLE)
            assert max(single.values(), default=0) <= 1
            person = Counter((p.grid_path, p.party_id) for p in held)
            assert max(person.values(), default=0) <= 1

    @invariant()
    def history_replays_to_the_posts_as_they_are(self):
        replayed = {}
        for event in db.session.scalars(select(PostEvent).order_by(PostEvent.id)).all():
            match event.verb:
                case PostVerb.BEGUN:
                    replayed[event.post_id] = (event.day, None, False)
                case PostVerb.ENDED:
                    replayed[event.post_id] = (replayed[event.post_id][0], event.day, False)
                case PostVerb.RESUMED:
                    replayed[event.post_id] = (replayed[event.post_id][0], None, False)
                case PostVerb.VOIDED:
                    replayed[event.post_id] = (event.day, event.day, True)
        now = {
            p.id: (p.starts_on, p.ends_on, p.voided_at is not None)
            for p in db.session.scalars(select(Post)).all()
        }
        assert replayed == now

    @invariant()
    def nothing_is_deleted_and_versions_only_rise(self):
        posts = set(db.session.scalars(select(Post.id)))
        versions = {
            row.id: row.version for row in db.session.execute(select(Grid.id, Grid.version))
        }
        assert posts >= self.seen.get("posts", set())
        assert all(versions[k] >= v for k, v in self.seen.get("versions", {}).items())
        self.seen = {"posts": posts, "versions": versions}


def snapshot():
    """Everything a refused act must leave alone."""
    return (
        db.session.execute(
            select(Post.id, Post.ends_on, Post.voided_at, Post.version).order_by(Post.id)
        ).all(),
        db.session.execute(select(PostEvent.id).order_by(PostEvent.id)).all(),
        db.session.execute(select(Grid.id, Grid.version).order_by(Grid.id)).all(),
    )


@pytest.mark.slow
def test_rosters_keep_their_rules_through_any_sequence_of_acts(app):
    from emptying import empty as empty_tables

    def empty():
        db.session.rollback()
        db.session.remove()
        empty_tables(app.extensions["test_tables"])

    Rosters.empty = staticmethod(empty)
    run_state_machine_as_test(
        Rosters, settings=settings(max_examples=25, stateful_step_count=18, deadline=None)
    )
