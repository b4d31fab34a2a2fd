"""Interviews at a fair: a place once, one person in one place, none over another."""

from __future__ import annotations

from functools import partial

import pytest
from factories import create_account, create_town, viewer_of
from jobs.fairs_factory import (
    create_booth,
    create_fair,
    create_pass,
    create_slot,
    seeker_of,
)
from jobs.jobs_factory import create_company
from jobs.rivalry import rivals
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations
from intranet.jobs.models import (
    Fair,
    FairPass,
    InterviewSlot,
    SlotBooking,
)

RIVALS = 8


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def station(town):
    return viewer_of(
        create_account("station", town.community.path), ("station", town.community.path)
    )


def by(station):
    return {"actor": station, "at": clock.now()}


def test_no_more_are_booked_than_an_interview_has_places(app, town, station):
    fair = create_fair(town.community)
    slot = create_slot(create_booth(fair, create_company(town.micros[0])), places=2)
    given = [create_pass(fair, seeker_of(town, n), f"{n:010d}").id for n in range(RIVALS)]
    number, slot_id = fair.id, slot.id

    def act(n):
        session = db.session()
        operations.book(
            session,
            fair=session.get(Fair, number),
            given=session.get(FairPass, given[n]),
            slot=session.get(InterviewSlot, slot_id),
            **by(station),
        )

    told = rivals(app, [partial(act, n) for n in range(RIVALS)])
    assert told.count("") == 2
    booked = select(func.count(SlotBooking.id)).where(SlotBooking.cancelled_at.is_(None))
    assert db.session.scalar(booked) == 2


def test_one_person_is_not_at_two_interviews_at_once(town, station):
    fair, session = create_fair(town.community), db.session()
    one = create_booth(fair, create_company(town.micros[0], "甲"), 1)
    two = create_booth(fair, create_company(town.micros[0], "乙"), 2)
    given = create_pass(fair, seeker_of(town))
    first, meanwhile = create_slot(one, 570), create_slot(two, 580)
    after = create_slot(two, 595)
    booking = operations.book(session, fair=fair, given=given, slot=first, **by(station))
    for slot in (meanwhile, first, None):
        with pytest.raises(InputError) as refused:
            operations.book(session, fair=fair, given=given, slot=slot, **by(station))
        assert refused.value.field == "slot"
    operations.book(session, fair=fair, given=given, slot=after, **by(station))
    operations.unbook(session, fair=fair, booking=booking, **by(station))
    with pytest.raises(DomainError):
        operations.unbook(session, fair=fair, booking=booking, **by(station))
    operations.book(session, fair=fair, given=given, slot=first, **by(station))
    with pytest.raises(DomainError, match="Somebody is booked"):
        operations.remove_slot(session, fair=fair, booth=one, slot=first, **by(station))
    with pytest.raises(DomainError):
        operations.remove_booth(session, fair=fair, booth=one, version=1, **by(station))


def test_interviews_lie_within_the_fair_and_not_over_each_other(town, station):
    fair, session = create_fair(town.community), db.session()
    booth = create_booth(fair, create_company(town.micros[0]))
    facts = {"fair": fair, "booth": booth, "places": 1} | by(station)
    made = operations.add_slots(session, from_minute=540, minutes=20, rounds=3, **facts)
    assert [(one.from_minute, one.to_minute) for one in made] == [
        (540, 560),
        (560, 580),
        (580, 600),
    ]
    for begin, minutes, rounds in ((590, 20, 1), (530, 10, 1), (710, 20, 1), (600, 60, 3)):
        with pytest.raises(InputError):
            operations.add_slots(
                session, from_minute=begin, minutes=minutes, rounds=rounds, **facts
            )
    operations.add_slots(session, from_minute=600, minutes=60, rounds=2, **facts)
