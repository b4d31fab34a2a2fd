"""Eight who write at once, with retries and the same thing sent twice: one chain, caps that hold."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_town, viewer_of
from points.claims_factory import adopt, file_claim
from points.points_factory import DAY, books  # noqa: F401
from sqlalchemy import func, select

from intranet.db import db
from intranet.errors import DomainError
from intranet.points import operations, queries
from intranet.points.models import Claim, Dimension, Entry, EntryKind, Transfer, Window
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party, PartyKind

WRITERS = 8
KEYS = 60


def at_once(app, works):
    """Do each work in a thread with a session of its own; return what each gave, in order."""
    gate = threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            gate.wait(30)
            try:
                return work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def writes(books, keys):
    """Post an entry under each key, and some of them again; return what each key led to."""
    led = []
    for key in keys:
        session = db.session()
        issued = operations.issued_account(session, year=2026, dimension=Dimension.SUPERVISION)
        account = operations.party_account(session, party_id=books.household, year=2026)
        draft = Draft(
            key=f"at-once:{key}",
            kind=EntryKind.GRANT,
            legs=[Leg(issued, account, 1 + key % 7)],
            effective_on=DAY,
            actor_id=books.actor,
            approver_id=books.approver,
            rule=("cleanup", 1),
        )
        led.append((key, operations.post(session, draft, at=AT).id))
        session.commit()
    return led


@pytest.mark.slow
def test_eight_writers_with_retries_leave_one_entry_a_key_in_one_chain(app, books):
    dice = random.Random(20261130)
    works = []
    for _writer in range(WRITERS):
        keys = [dice.randrange(KEYS) for _ in range(40)]
        works.append(lambda keys=keys: writes(books, [*keys, *keys[:5]]))
    found = [pair for led in at_once(app, works) for pair in led]
    by_key = dict(found)

    assert all(by_key[key] == number for key, number in found), "a key leads to one entry"
    assert db.session.scalar(select(func.count(Entry.id))) == len(by_key)
    given = sum(1 + key % 7 for key in by_key)
    assert db.session.scalar(select(func.sum(Transfer.amount))) == given
    assert list(queries.verify(db.session())) == []


@pytest.mark.parametrize("turn", range(3))
def test_of_eight_approvals_at_once_a_cap_lets_as_many_through_as_it_holds(app, turn):
    town = create_town()
    adopt(town.community, points=5, caps={Window.MONTH: 20})
    party = Party(kind=PartyKind.HOUSEHOLD, grid_path=town.micros[0].path, created_at=AT)
    db.session.add(party)
    db.session.commit()
    claims = [file_claim(party).id for _ in range(WRITERS)]
    offices = [
        viewer_of(create_account("office", town.community.path), ("office", town.community.path))
        for _ in claims
    ]
    db.session.remove()

    def approval(claim_id, actor):
        def act():
            claim = db.session.get(Claim, claim_id)
            try:
                operations.approve(
                    db.session(), actor=actor, at=AT, claim=claim, version=claim.version
                )
                db.session.commit()
            except DomainError as error:
                db.session.rollback()
                return error.params
            return None

        return act

    works = [approval(*pair) for pair in zip(claims, offices, strict=True)]
    told = at_once(app, works)

    assert told.count(None) == 4, turn
    assert [one for one in told if one] == [{"cap": 20, "used": 20, "wanted": 5}] * 4
    given = select(func.sum(Claim.points)).where(Claim.state == "publicity")
    assert db.session.scalar(given) == 20
    assert list(queries.verify(db.session())) == []


def test_of_eight_who_decide_on_one_claim_one_does(app):
    town = create_town()
    adopt(town.community)
    party = Party(kind=PartyKind.HOUSEHOLD, grid_path=town.micros[0].path, created_at=AT)
    db.session.add(party)
    db.session.commit()
    claim_id = file_claim(party).id
    offices = [
        viewer_of(create_account("office", town.community.path), ("office", town.community.path))
        for _ in range(WRITERS)
    ]
    db.session.remove()

    def deciding(number, actor):
        def act():
            claim = db.session.get(Claim, claim_id)
            how = {"actor": actor, "at": AT, "claim": claim, "version": 1}
            try:
                if number % 2:
                    operations.approve(db.session(), **how)
                else:
                    operations.refuse(db.session(), words="不符", **how)
                db.session.commit()
            except DomainError:
                db.session.rollback()
                return False
            return True

        return act

    done = at_once(app, [deciding(*one) for one in enumerate(offices)])

    assert done.count(True) == 1
    state = db.session.get(Claim, claim_id).state
    assert state == ("publicity" if done.index(True) % 2 else "refused")
    assert list(queries.verify(db.session())) == []
