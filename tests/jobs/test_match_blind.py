"""Matching reads nothing of who somebody is: neither in its source nor in what it comes to."""

from __future__ import annotations

import ast
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from factories import AT, create_account, create_town, viewer_of
from jobs.jobs_factory import (
    TODAY,
    create_company,
    create_seeker,
    create_wish,
)
from jobs.matching_factory import (
    every_shape,
)
from sqlalchemy import update

from intranet import sealing
from intranet.db import db
from intranet.jobs.models import (
    Channel,
    Seeker,
    SeekerContact,
    Wish,
)
from intranet.jobs.operations import matching
from intranet.jobs.operations.matching import Wanted, record
from intranet.jobs.queries.matching import (
    matches_for,
    offered_where,
    seekers_for,
)
from intranet.register.models import Party, PartyKind, PersonalField

ROOM = Path(matching.__file__).resolve().parents[2]


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def company(town):
    return create_company(town.dedicated)


@pytest.fixture
def many(company):
    every_shape(company)
    return offered_where(db.session())


def test_nothing_of_who_somebody_is_can_be_read():
    assert {one.name for one in fields(Wanted)} == {
        *("id", "state", "since", "home", "max_walk_minutes", "floor", "employment"),
        *("night_ok", "kinds", "skills", "hours"),
    }
    modules = [
        *(ROOM / "operations" / "matching").glob("*.py"),
        *(ROOM / "queries" / "matching").glob("*.py"),
        ROOM / "operations" / "walking.py",
    ]
    assert len(modules) >= 13
    forbidden = {
        "Seeker",
        "SeekerContact",
        "Party",
        "PersonalDatum",
        "seeker",
        "words",
        "relationship",
    }
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named |= {alias.name for node in imported for alias in node.names}
        assert named & forbidden == set(), path.name
        assert not [node.module for node in imported if "register" in (node.module or "")]
    pure = [path for path in modules if "operations" in path.parts]
    for path in pure:
        assert "sqlalchemy" not in path.read_text(encoding="utf-8"), path.name


def test_whoever_somebody_is_the_matches_are_the_same(many, town):
    party = Party(kind=PartyKind.PERSON, grid_path=town.micros[0].path, created_at=AT)
    db.session.add(party)
    seeker = create_seeker(town.micros[0], name="张桂芬", phone="13800001234")
    wish = create_wish(seeker, max_walk_minutes=60)
    station = viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )
    db.session.commit()
    numbers = (wish.id, seeker.id, party.id)

    def seen():
        db.session.expire_all()
        wish = db.session.get(Wish, numbers[0])
        matches = matches_for(db.session(), wish, today=TODAY)
        best = matches.best[0].thing
        back = seekers_for(db.session(), station, best, today=TODAY)
        return [
            [(one.thing.id, record(one.match)) for one in some]
            for some in (matches.best, matches.gated, back.best, back.gated)
        ]

    before = seen()
    assert before[0]
    for field, value in zip(
        (PersonalField.NAME, PersonalField.PHONE), ("买买提·艾力", "18999998888"), strict=True
    ):
        db.session.execute(
            update(SeekerContact)
            .where(SeekerContact.seeker_id == numbers[1], SeekerContact.field == field)
            .values(value=sealing.seal(value), masked=value)
        )
    db.session.execute(
        update(Seeker)
        .where(Seeker.id == numbers[1])
        .values(
            party_id=numbers[2],
            consent_words="另一份",
            consented_at=AT - timedelta(days=400),
            made_at=AT - timedelta(days=400),
            grid_path=town.micros[1].path,
        )
    )
    db.session.execute(
        update(Wish)
        .where(Wish.id == numbers[0])
        .values(words="35 岁，女，已婚，回族，本地户口", channel=Channel.KIOSK)
    )
    db.session.commit()
    assert seen() == before
    db.session.execute(update(Party).values(is_party_member=True, public_name="某某"))
    db.session.execute(
        update(Seeker).where(Seeker.id == numbers[1]).values(erased_at=AT, legal_age=False)
    )
    db.session.execute(SeekerContact.__table__.delete())
    db.session.commit()
    assert seen() == before
