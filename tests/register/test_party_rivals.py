"""Two people at one party: the later one is told, sees what stands, and nothing is lost."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intranet.db import db
from intranet.errors import InputError
from intranet.register import operations
from intranet.register.models import (
    Party,
    PartyKind,
    PartyMove,
    PartyWord,
    PersonalDatum,
    PersonalField,
)

NAME, PHONE, OTHER_PHONE = "张淑英", "13812348000", "13900001111"
SAME = {"household_id": ""}


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def party(town):
    made = operations.create_party(
        db.session(),
        actor=None,
        kind=PartyKind.PERSON,
        grid_path=town.micros[0].path,
        at=AT,
        values={PersonalField.NAME: NAME, PersonalField.PHONE: PHONE},
    )
    db.session.commit()
    return made


@pytest.fixture
def editors(app, town):
    """Two secretaries, each with a browser."""
    found = []
    for _ in range(2):
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        found.append(log_in(client, create_account("secretary", town.community.path)))
    return found


def version_on(page):
    return re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]


def phone_of(party_id):
    db.session.rollback()
    return db.session.scalar(
        select(PersonalDatum.value).where(
            PersonalDatum.party_id == party_id, PersonalDatum.field == PersonalField.PHONE
        )
    )


def test_of_two_who_correct_one_phone_the_later_is_told_and_sees_what_stands(party, editors):
    url = f"/register/{party.id}/edit"
    first, second = (version_on(editor.get(url)) for editor in editors)

    done = editors[0].post(url, data={**SAME, "version": first, "phone": OTHER_PHONE})
    late = editors[1].post(
        url, data={**SAME, "version": second, "phone": "13700002222", "is_party_member": "y"}
    )

    assert (done.status_code, late.status_code) == (303, 409)
    assert phone_of(party.id) == OTHER_PHONE
    assert 'value="13700002222"' in late.text  # need not be typed again
    assert "checked" not in late.text  # the party as it stands
    again = editors[1].post(url, data={**SAME, "version": version_on(late), "phone": "13700002222"})
    assert again.status_code == 303
    assert phone_of(party.id) == "13700002222"


def test_one_who_moves_or_sees_off_a_party_that_has_changed_is_told(town, party, editors):
    url = f"/register/{party.id}"
    seen = version_on(editors[1].get(f"{url}/move"))
    assert seen == version_on(editors[1].get(url))
    there = {"version": seen, "grid_path": town.micros[1].path}
    editors[0].post(f"{url}/edit", data={**SAME, "version": seen, "phone": OTHER_PHONE})

    moved = editors[1].post(f"{url}/move", data=there)
    gone = editors[1].post(f"{url}/presence", data={"version": seen, "to": "gone"})

    assert (moved.status_code, gone.status_code) == (409, 409)
    assert "139****1111" in gone.text
    db.session.rollback()
    assert (party.grid_path, party.left_at) == (town.micros[0].path, None)
    for answer, tail, data in ((moved, "/move", there), (gone, "/presence", {"to": "gone"})):
        data["version"] = str(int(version_on(answer)) + (tail == "/presence"))
        assert editors[1].post(f"{url}{tail}", data=data).status_code == 303


def test_an_erased_party_gets_no_personal_data_from_a_page_opened_before(party, editors):
    url = f"/register/{party.id}"
    seen = version_on(editors[1].get(f"{url}/edit"))
    erased = editors[0].post(f"{url}/erase", data={"reason": "本人申请删除"})

    late = editors[1].post(f"{url}/edit", data={**SAME, "version": seen, "phone": OTHER_PHONE})

    assert (erased.status_code, late.status_code) == (303, 409)
    assert phone_of(party.id) is None


def test_a_correction_that_meets_an_erasure_at_the_same_instant_writes_nothing(town, party):
    """Both have read the party; whoever comes second waits for the row, and then is refused."""
    account = create_account("secretary", town.community.path)
    viewer = viewer_of(account, ("secretary", town.community.path))
    erasing, correcting = (Session(db.engine, expire_on_commit=False) for _ in range(2))
    with erasing, correcting, ThreadPoolExecutor(1) as pool:
        theirs = erasing.get(Party, party.id)
        erasing.commit()
        mine = correcting.get(Party, party.id)
        correcting.commit()
        operations.erase(
            erasing, actor=viewer, party=theirs, reason="本人申请删除", address="", at=AT
        )
        second = pool.submit(
            operations.change_party,
            correcting,
            actor=viewer,
            party=mine,
            at=AT,
            values={PersonalField.NAME: NAME, PersonalField.PHONE: OTHER_PHONE},
        )
        time.sleep(0.2)  # for the second to come as far as it can
        erasing.commit()
        assert isinstance(second.exception(20), operations.ChangedMeanwhile)

    db.session.rollback()
    for table in (PersonalDatum, PartyWord):
        assert db.session.scalars(select(table).filter_by(party_id=party.id)).all() == []


def test_of_two_who_enter_one_credit_code_at_once_the_later_is_told_beside_the_field(town):
    code = "91350100M000100Y43"
    facts = {"actor": None, "kind": PartyKind.SHOP, "grid_path": town.micros[0].path, "at": AT}
    plain = operations.create_party(db.session(), public_name="菜店", **facts)
    db.session.commit()
    account = create_account("secretary", town.community.path)
    viewer = viewer_of(account, ("secretary", town.community.path))
    entering, correcting = (Session(db.engine, expire_on_commit=False) for _ in range(2))

    def late(act, **named):
        """Have the second begin while the first, who has the code, has not committed yet."""
        with entering, correcting, ThreadPoolExecutor(1) as pool:
            operations.create_party(entering, public_name="火锅店", credit_code=code, **facts)
            second = pool.submit(act, correcting, credit_code=code, **named)
            time.sleep(0.2)
            entering.commit()
            error = second.exception(20)
            correcting.rollback()
            entering.execute(delete(PartyMove))
            entering.execute(delete(PartyWord))
            entering.execute(delete(Party).where(Party.credit_code == code))
            entering.commit()
        return error

    mine = correcting.get(Party, plain.id)
    correcting.commit()
    corrected = late(operations.change_party, actor=viewer, party=mine, at=AT, public_name="菜店")
    entered = late(operations.create_party, public_name="茶馆", **facts)

    for error in (corrected, entered):
        assert isinstance(error, InputError)
        assert (error.field, error.status) == ("credit_code", 422)
