"""Points that other rooms offer: a hazard that was real, a patrol that was walked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents.patrol_factory import begin_walk, create_plan, finish, note
from incidents_factory import create_category, create_incident
from points.claims_factory import adopt
from sqlalchemy import select

from intranet.db import db
from intranet.incidents import operations as incidents
from intranet.incidents.models import Verb
from intranet.incidents.operations import Brings
from intranet.points.models import Claim, ClaimSource, Occasion, Window
from intranet.register.models import Party, PartyKind

HOMES = frozenset({PartyKind.HOUSEHOLD})


@pytest.fixture
def town(app):
    found = create_town()
    caps = {Window.MONTH: 6}
    adopt(found.community, "JD01", kinds=HOMES, occasion=Occasion.INCIDENT, caps=caps)
    adopt(found.community, "GX01", kinds=HOMES, occasion=Occasion.PATROL)
    return found


@pytest.fixture
def neighbour(town):
    """Somebody of a household, who has an account."""
    path = town.micros[0].path
    household = Party(kind=PartyKind.HOUSEHOLD, grid_path=path, created_at=AT)
    db.session.add(household)
    db.session.flush()
    person = Party(kind=PartyKind.PERSON, grid_path=path, created_at=AT, household_id=household.id)
    db.session.add(person)
    db.session.commit()
    return create_account("micro_member", path, party_id=person.id)


def closed(town, reporter, code):
    """Have something reported, settled, verified and closed; return it."""
    matter = create_category()
    matter.code = code
    found = create_incident(town.micros[0], matter, reporter=reporter)
    member, office = (
        viewer_of(create_account(role, path), (role, path))
        for role, path in (
            ("grid_member", town.generals[0].path),
            ("office", town.community.path),
        )
    )
    steps = (
        (Verb.ACCEPT, member, {}),
        (Verb.SETTLE, member, {"words": "已消除"}),
        (Verb.VERIFY, office, {}),
        (Verb.CLOSE, office, {"reporter_word": "已办好"}),
    )
    for number, (verb, actor, brings) in enumerate(steps, 1):
        incidents.perform(
            db.session(),
            actor=actor,
            at=AT + timedelta(minutes=number),
            incident=found,
            verb=verb,
            brings=Brings(**brings),
        )
        db.session.commit()
    return found


def claims():
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def test_a_hazard_that_was_real_is_offered_to_the_reporters_household_once_it_is_closed(
    town, neighbour
):
    found = closed(town, neighbour, "0103")
    (made,) = claims()

    assert (made.rule_code, made.source) == ("JD01", ClaimSource.OFFERED)
    assert made.event == f"incidents:{found.number}"
    household = db.session.get(Party, neighbour.party_id).household_id
    assert (made.party_id, made.made_by) == (household, None)


def test_a_dispute_with_a_neighbour_and_a_report_of_nobody_in_the_register_earn_nothing(
    town, neighbour
):
    closed(town, neighbour, "0301")
    closed(town, create_account("resident", town.micros[0].path), "0103")

    assert claims() == []


def test_a_patrol_walked_to_its_end_is_offered_once(town, neighbour):
    walker = viewer_of(neighbour, ("micro_member", town.micros[0].path))
    walk, checks = begin_walk(create_plan(town.micros[0], create_category()), walker)
    for one in checks:
        note(walk, one, walker)
    assert claims() == []
    finish(walk, walker)

    (made,) = claims()
    assert (made.rule_code, made.event) == ("GX01", f"patrols:{walk.id}")
