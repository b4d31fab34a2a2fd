"""A machine of random acts with persons who join and leave the team of a micro-grid meanwhile."""

from __future__ import annotations

from factories import AT
from hypothesis import strategies as st
from hypothesis.stateful import rule
from points.beside_a_model import BesideAModel
from sqlalchemy import select

from intranet.db import db
from intranet.grids import operations as grids
from intranet.grids.models import Grid, Post, PostKind
from intranet.register.models import Party, PartyKind

OF_ROSTER = ("member", "leader", "second", "resident")  # who may hold a post in the team
TOGETHER = ("member", "resident")  # who live in one household


class BesideARoster(BesideAModel):
    """Begins with ``path`` and ``micro`` of the grid, ``people``, ``posts`` by name, ``now``."""

    def person(self, name):
        """Return somebody who may hold a post in the team; two of them live together."""
        if name in TOGETHER and not hasattr(self, "flat"):
            self.flat = Party(kind=PartyKind.HOUSEHOLD, grid_path=self.path, created_at=AT)
            db.session.add(self.flat)
            db.session.flush()
        person = Party(kind=PartyKind.PERSON, grid_path=self.path, created_at=AT)
        person.household_id = self.flat.id if name in TOGETHER else None
        db.session.add(person)
        db.session.commit()
        return person

    def serves(self, name, day):
        """Whether somebody is in the team, or was on a day."""
        return any(
            until is None or since <= day < until for since, until in self.posts.get(name, ())
        )

    @rule(name=st.sampled_from(OF_ROSTER))
    def take_or_leave_a_post(self, name):
        today, posts = self.now.date(), self.posts[name]
        grid = db.session.get_one(Grid, self.micro)
        act = {"actor": None, "at": self.now, "grid": grid}
        if posts and posts[-1][1] is None:
            open_one = (Post.ends_on.is_(None), Post.party_id == self.people[name].party_id)
            post = db.session.scalars(select(Post).where(*open_one)).one()
            grids.end_post(db.session(), post=post, ends_on=today, reason="调整", **act)
            posts[-1] = (posts[-1][0], today)
        else:
            who = db.session.get_one(Party, self.people[name].party_id)
            facts = {"kind": PostKind.RESIDENT, "party": who, "starts_on": today}
            grids.begin_post(db.session(), **facts, **act)
            posts.append((today, None))
        db.session.commit()
