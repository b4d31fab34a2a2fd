"""A community with a rule, a household and an office: what tests of claims stand on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of

from intranet.db import db
from intranet.points import operations, queries
from intranet.register.models import Party, PartyKind

LATER = AT + timedelta(days=4)


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def household(town):
    return party_of(town, PartyKind.HOUSEHOLD)


@pytest.fixture
def office(town):
    return staff(town, "office")


def party_of(town, kind, **more):
    made = Party(kind=kind, grid_path=town.micros[0].path, created_at=AT, **more)
    db.session.add(made)
    db.session.commit()
    return made


def staff(town, role, **more):
    account = create_account(role, town.community.path, **more)
    return viewer_of(account, (role, town.community.path))


def approve(claim, actor, *, at=AT):
    operations.approve(db.session(), actor=actor, at=at, claim=claim, version=claim.version)
    db.session.commit()


def standing(party):
    db.session.expire_all()
    return queries.holdings(db.session(), [party.id])[0]


def whole():
    return list(queries.verify(db.session())) == []
