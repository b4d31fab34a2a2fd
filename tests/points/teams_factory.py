"""A micro-grid's team: its party, and persons who hold posts in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from factories import AT, create_account, viewer_of

from intranet.db import db
from intranet.grids.models import Post, PostKind
from intranet.register.models import Party, PartyKind
from intranet.register.operations import team_at

SINCE = date(2026, 1, 1)


def team_of(micro):
    """Return the party of a micro-grid's team."""
    return team_at(db.session(), micro.path)


def serve(micro, kind=PostKind.RESIDENT, *, since=SINCE, until=None, home=None, person=None):
    """Have somebody hold a post, a new person unless one is given; return the person."""
    if person is None:
        person = Party(
            kind=PartyKind.PERSON,
            grid_path=micro.path,
            created_at=AT,
            household_id=home,
            is_party_member=kind is PostKind.PARTY_MEMBER,
        )
        db.session.add(person)
        db.session.flush()
    post = Post(grid_path=micro.path, kind=kind, party_id=person.id)
    post.starts_on, post.ends_on = since, until
    db.session.add(post)
    db.session.commit()
    return person


def acting(person, role, path):
    """Return a person as an account of theirs acts, as login would tell it."""
    account = create_account(role, path, party_id=person.id)
    viewer = viewer_of(account, (role, path))
    rows = db.session.execute(
        db.select(Party.id, Post.kind)
        .join(Post, Post.grid_path == Party.grid_path)
        .where(Party.kind == PartyKind.TEAM, Post.party_id == person.id, Post.ends_on.is_(None))
    ).all()
    led = tuple(one for one, kind in rows if kind is PostKind.MICRO_MEMBER)
    teams = tuple(one for one, _kind in rows)
    return replace(viewer, household_id=person.household_id, team_ids=teams, led_ids=led)
