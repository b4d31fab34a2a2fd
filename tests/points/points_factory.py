"""A small ledger: a household, a shop, and who enters and approves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

import pytest
from factories import AT, create_account, create_town

from intranet.db import db
from intranet.points import operations
from intranet.points.models import Dimension, EntryKind, Phase
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party, PartyKind

DAY = date(2026, 11, 23)
_keys = itertools.count(1)


def new_key():
    """Return a key that was not used before in this process."""
    return f"test:{next(_keys)}"


@dataclass
class Books:
    """What the tests of the ledger stand on."""

    household: int
    shop: int
    actor: int
    approver: int


@pytest.fixture
def books(app):
    town = create_town()
    parties = [
        Party(kind=kind, grid_path=town.micros[0].path, created_at=AT)
        for kind in (PartyKind.HOUSEHOLD, PartyKind.SHOP)
    ]
    db.session.add_all(parties)
    db.session.commit()
    people = [create_account(role, town.community.path).id for role in ("office", "secretary")]
    operations.open_period(db.session(), year=2026)
    db.session.commit()
    return Books(parties[0].id, parties[1].id, *people)


def grant(books, amount, *, party=None, phase=Phase.POSTED, key=None, year=2026, **more):
    """Give a party points for what it did."""
    session = db.session()
    party_id = party or books.household
    issued = operations.issued_account(session, year=year, dimension=Dimension.PARTICIPATION)
    account = operations.party_account(session, party_id=party_id, year=year)
    draft = Draft(
        key=key or new_key(),
        kind=EntryKind.GRANT,
        legs=[Leg(issued, account, amount, phase)],
        effective_on=more.pop("day", DAY.replace(year=year)),
        actor_id=books.actor,
        approver_id=books.approver,
        rule=("cleanup", 1),
        **more,
    )
    return operations.post(session, draft, at=AT)


def balance(books, party=None, year=2026):
    """Return what a party has of a year's points, and what it can spend."""
    account = operations.party_account(db.session(), party_id=party or books.household, year=year)
    return account.balance, account.available
