"""Every column in which people write their own words forgets those who are erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, create_town, viewer_of
from points.claims_factory import adopt, file_claim
from points.ledger_factory import give
from sqlalchemy import Text, inspect, select, text

from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import (
    Claim,
    ClaimStep,
    Correction,
    CorrectionReason,
    Entry,
    Gathering,
    Settlement,
    TwoPersonAct,
    YearObjection,
)
from intranet.points.operations import Content
from intranet.points.operations.forgetting import APART, EMPTIED, NEVER
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations import create_party, erase

NAME, PHONE = "欧阳隐名", "13912345678"
SAID = f"{NAME}没有来, 电话{PHONE}"


@pytest.fixture
def town(app):
    town = create_town()
    adopt(town.community)
    return town


def named(town, kind=PartyKind.HOUSEHOLD, name=NAME, **more):
    return create_party(
        db.session(),
        actor=None,
        kind=kind,
        grid_path=town.micros[0].path,
        at=AT,
        values={PersonalField.NAME: name},
        **more,
    )


def staff_of(town, role, party=None):
    account = create_account(role, town.community.path, party_id=party.id if party else None)
    return viewer_of(account, (role, town.community.path))


def said_everywhere(town, home, asker, decider):
    """Have two people write the name into each column there is, of what is the home's."""
    session = db.session()
    claim = file_claim(home, asker, words=SAID)
    operations.refuse(session, actor=decider, at=AT, claim=claim, version=claim.version, words=SAID)
    operations.gather(
        session,
        actor=asker,
        at=AT,
        grid_path=town.micros[0].path,
        title=f"{NAME}家清扫",
        content=Content("JS01", 1, DAY, f"{NAME}家清扫"),
        parties=[home, named(town, name="李安")],
    )
    asked = operations.ask_correction(
        session,
        entry=give(home.id, 5),
        reason=CorrectionReason.TWICE,
        words=SAID,
        amount=None,
        actor=asker,
        at=AT,
        address="",
    )
    operations.refuse_correction(
        session, asked=asked, answer=SAID, actor=decider, at=AT, address=""
    )
    settlement = Settlement(
        grid_path=town.community.path,
        year=2026,
        asked_act=TwoPersonAct.REOPEN,
        asked_by=asker.account_id,
        asked_at=AT,
        asked_reason=SAID,
        made_at=AT,
    )
    session.add(settlement)
    session.flush()
    session.add(
        YearObjection(
            settlement_id=settlement.id,
            made_by=asker.account_id,
            made_at=AT,
            words=SAID,
            upheld=False,
            answer=SAID,
            decided_by=decider.account_id,
            decided_at=AT,
        )
    )
    session.commit()


def erase_now(town, party):
    leader = staff_of(town, "secretary")
    how = {"reason": "本人要求删除", "address": "", "at": AT + timedelta(days=1)}
    erase(db.session(), actor=leader, party=party, **how)
    db.session.commit()


def full():
    """Name the columns of people's words in which something stands."""
    db.session.expire_all()
    return {
        str(one.column)
        for one in EMPTIED
        if db.session.scalar(select(one.column.class_.id).where(one.column != "").limit(1))
    }


def tables_with(words):
    db.session.rollback()  # on SQLite one writes at a time, and the inspector has its own connection
    return [
        table
        for table in inspect(db.engine).get_table_names()
        if table.startswith("points_")
        and any(words in str(row) for row in db.session.execute(text(f"SELECT * FROM {table}")))
    ]


EVERY = {str(one.column) for one in EMPTIED}


def test_every_text_of_the_room_is_emptied_or_never_holds_peoples_words():
    """A new column of text stands in one of the three lists of ``forgetting.py``."""
    emptied = {(one.column.class_.__tablename__, one.column.key) for one in EMPTIED}
    lists = (NEVER, APART)
    never = {
        (table, column) for one in lists for table, columns in one.items() for column in columns
    }
    texts = {
        (table.name, column.name)
        for table in db.metadata.tables.values()
        if table.name.startswith("points_")
        for column in table.columns
        if isinstance(column.type, Text)
    }
    assert len(texts) > 30
    assert not emptied & never
    assert texts - emptied - never == set(), "say in forgetting.py what these hold"
    assert (emptied | never) - texts == set()
    assert all(reason for columns in NEVER.values() for reason in columns.values())


def test_of_a_home_that_is_erased_nobodys_words_are_left(town):
    home = named(town)
    said_everywhere(town, home, staff_of(town, "office"), staff_of(town, "secretary"))
    assert full() == EVERY
    assert tasks.forget_erased() == 0
    hashes = db.session.scalars(select(Entry.hash)).all()
    erase_now(town, home)
    assert tasks.forget_erased() > 0
    assert tasks.forget_erased() == 0
    assert tables_with(NAME) == tables_with(PHONE) == []
    assert full() == set()
    kept = [len(db.session.scalars(select(one.id)).all()) for one in (Claim, ClaimStep, Gathering)]
    assert kept == [3, 4, 1]
    assert db.session.scalars(select(Entry.hash)).all() == hashes
    assert list(queries.verify(db.session())) == []


@pytest.mark.parametrize("erased", ["asker", "decider"])
def test_who_is_erased_takes_the_own_words_along_and_leaves_those_of_others(town, erased):
    people = {name: named(town, PartyKind.PERSON, name="王五") for name in ("asker", "decider")}
    viewers = [staff_of(town, "secretary", one) for one in people.values()]
    said_everywhere(town, named(town), *viewers)
    erase_now(town, people[erased])
    tasks.forget_erased()
    of_decider = {"ClaimStep.words", "Correction.answer", "YearObjection.answer"}
    if erased == "decider":
        assert full() == EVERY - (of_decider)
        return
    # The answer to an objection goes with it; the step is the decider's.
    assert full() == {"ClaimStep.words", "Correction.answer"}
    later_on = AT + timedelta(days=2)
    later = file_claim(named(town, name="赵六"), viewers[0], words="还在社区值班", at=later_on)
    assert tasks.forget_erased() == 0, "what is written later by who stays on is kept"
    assert db.session.get_one(Claim, later.id).words == "还在社区值班"


def test_an_objection_is_read_until_it_is_decided_and_nobody_elsewhere_is_forgotten(town):
    home, other = named(town), named(town, name="李四")
    said_everywhere(town, home, staff_of(town, "office"), staff_of(town, "secretary"))
    objection = db.session.scalars(select(YearObjection)).one()
    objection.upheld = objection.decided_at = objection.decided_by = None
    objection.answer = ""
    db.session.commit()
    erase_now(town, other)  # has no points in the year, nor a part in anything said
    assert tasks.forget_erased() == 0
    erase_now(town, home)
    tasks.forget_erased()
    assert full() == {"YearObjection.words"}
    objection = db.session.scalars(select(YearObjection)).one()
    objection.upheld, objection.decided_at = False, AT + timedelta(days=2)
    objection.decided_by, objection.answer = staff_of(town, "secretary").account_id, SAID
    db.session.commit()
    tasks.forget_erased()
    assert full() == set()
    assert db.session.scalars(select(Correction.state)).all() == ["refused"]
