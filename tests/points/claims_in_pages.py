"""Those who file and decide on claims through the pages, and what they send."""

from __future__ import annotations

import io

import pytest
from factories import create_account, create_town, log_in
from PIL import Image
from points.claims_factory import claim_of

from intranet import clock, once
from intranet.db import db
from intranet.points import operations
from intranet.points.models import ClaimSource
from intranet.points.operations import Content
from intranet.register.models import Party, PartyKind

WORDS = "在三单元看望张婆婆"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def household(town):
    return add_party(PartyKind.HOUSEHOLD, town.micros[0].path)


@pytest.fixture
def resident(client, town, household):
    account = create_account("resident", town.micros[0].path, party_id=household.id)
    log_in(client, account)
    return account


def picture():
    """Return a JPEG as a phone takes it."""
    packed = io.BytesIO()
    Image.new("RGB", (640, 480), "olive").save(packed, "JPEG")
    return packed.getvalue()


def add_party(kind, path, **more):
    made = Party(kind=kind, grid_path=path, created_at=clock.now(), **more)
    db.session.add(made)
    db.session.commit()
    return made


def as_(client, role, path, **more):
    account = create_account(role, path, **more)
    log_in(client, account)
    return account


def fields(**more):
    return {
        "once": once.new_key(),
        "rule": "JS01",
        "happened_on": clock.today().isoformat(),
        "units": "1",
        "words": WORDS,
        **more,
    }


def file_now(party, **more):
    made = operations.file(
        db.session(),
        actor=None,
        at=clock.now(),
        party=db.session.merge(party),
        content=Content("JS01", more.pop("units", 1), clock.today(), WORDS),
        source=ClaimSource.MEMBER,
        **more,
    )
    db.session.commit()
    return made


def post(client, claim_id, verb, **more):
    claim = claim_of(claim_id)
    data = {"once": once.new_key(), "version": claim.version, "words": "有签到表", **more}
    return client.post(f"/points/claims/{claim_id}/{verb}", data=data)
