"""What each step took stands in the row as the history says, whoever wrote it: moves or migration."""

from __future__ import annotations

import importlib.util
import itertools
import random
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import create_category, create_incident, history
from sqlalchemy import text

from intranet.db import db
from intranet.incidents.models import Incident, Verb
from intranet.incidents.operations import Assignee, Brings, perform

MIGRATION = Path(__file__).parents[2] / "migrations" / "versions"
COLUMNS = ("accept", "dispatch", "arrive", "handle", "verify")


@pytest.fixture
def lives(app):
    """Incidents that went by odd ways: returned, refused, failed at the check, reopened."""
    town = create_town()
    office = viewer_of(
        create_account("office", town.community.path), ("secretary", town.community.path)
    )
    member = create_account("micro_member", town.micros[0].path)
    handler = viewer_of(member, ("micro_member", town.micros[0].path))
    dice = random.Random(4)
    straight = (Verb.ACCEPT, Verb.DISPATCH, Verb.ARRIVE, Verb.FINISH, Verb.VERIFY, Verb.CLOSE)
    ways = (
        (),
        (Verb.RETURN, Verb.REPORT, *straight),
        (Verb.ACCEPT, Verb.DISPATCH, Verb.REFUSE, *straight[1:]),
        (Verb.ACCEPT, Verb.SETTLE, Verb.VERIFY, Verb.CLOSE),
        (*straight[:4], Verb.REJECT, Verb.FINISH, Verb.VERIFY, Verb.CLOSE),
        (*straight, Verb.REOPEN, *straight[1:5]),
        (*straight[:3], Verb.TRANSFER, Verb.ARRIVE, Verb.FINISH),
    )
    found = []
    for way in ways:
        now = AT
        incident = create_incident(town.micros[0], create_category(), reporter=member, at=now)
        for verb in way:
            now += timedelta(seconds=dice.randrange(1, 4000), microseconds=dice.randrange(10**6))
            own = {Verb.REPORT, Verb.ARRIVE, Verb.FINISH, Verb.REFUSE, Verb.SETTLE, Verb.TRANSFER}
            perform(
                db.session(),
                actor=handler if verb in own else office,
                at=now,
                incident=incident,
                verb=verb,
                brings=Brings(
                    words="按要求办理",
                    reporter_word="已办结",
                    assignees=[Assignee("account", member.id)],
                ),
            )
        db.session.commit()
        found.append(incident)
    return found


def plainly(incident):
    """Reckon the steps of the first round straight from the events."""
    first = [event for event in history(incident) if event.round == 1]

    def moment(pick, *verbs):
        return pick((event.at for event in first if event.verb in verbs), default=None)

    moments = [
        moment(min, Verb.REPORT),
        moment(min, Verb.ACCEPT),
        moment(min, Verb.DISPATCH, Verb.SETTLE),
        moment(min, Verb.ARRIVE),
        moment(max, Verb.FINISH, Verb.SETTLE),
        moment(max, Verb.VERIFY),
    ]
    return [
        int((end - begin).total_seconds() // 60) if begin and end else None
        for begin, end in itertools.pairwise(moments)
    ]


def kept(incident):
    return [getattr(incident, f"{name}_minutes") for name in COLUMNS]


def test_the_row_says_what_its_history_says(lives):
    for incident in lives:
        db.session.refresh(incident)
        assert kept(incident) == plainly(incident)
    assert any(None not in kept(incident) for incident in lives)


def test_the_migration_works_the_same_out_for_what_was_there_before(lives):
    before = [kept(incident) for incident in lives]
    path = next(MIGRATION.glob("*_figures.py"))
    spec = importlib.util.spec_from_file_location("figures_migration", path)
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    bind = SimpleNamespace(dialect=db.engine.dialect)
    migration.op = SimpleNamespace(get_bind=lambda: bind)
    db.session.execute(Incident.__table__.update().values(dict.fromkeys(
        (f"{name}_minutes" for name in COLUMNS), None)))  # fmt: skip
    for name, (begin, end) in migration.STEPS.items():
        minutes = migration._minutes(begin, end)
        db.session.execute(text(f"UPDATE incident SET {name}_minutes = {minutes}"))
    db.session.expire_all()
    assert [kept(incident) for incident in lives] == before
    db.session.rollback()
