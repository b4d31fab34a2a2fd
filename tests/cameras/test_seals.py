"""A new key while the house runs: nothing stops, nothing is lost with the old one."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from factories import AT, create_town
from sqlalchemy import text

from intranet import sealing
from intranet.cameras import operations
from intranet.cameras.models import Camera
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.register import operations as register
from intranet.register.models import PartyKind, PersonalDatum, PersonalField

URL = "rtsp://u:p@127.0.0.1:554/x"
NUMBER = "11010519491231002X"


@pytest.fixture
def keys(app):
    """The key file; as it was again afterwards."""
    path = app.config["SETTINGS"].data_dir / "field_keys"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


@pytest.fixture
def camera(app):
    town = create_town()
    sealed = sealing.seal(URL)
    camera = Camera(
        code="S-1",
        name="老南街口",
        grid_path=town.micros[0].path,
        main_url_sealed=sealed,
        sub_url_sealed=sealed,
        main_place="127.0.0.1:554/x",
        created_at=AT,
    )
    db.session.add(camera)
    register.create_party(
        db.session(),
        actor=None,
        kind=PartyKind.PERSON,
        grid_path=town.micros[0].path,
        at=AT,
        values={PersonalField.NAME: "陈秀英", PersonalField.ID_NUMBER: NUMBER},
    )
    db.session.commit()
    return camera


def urls(app):
    return {(one.code, one.url) for one in DatabaseDoor(app).desired()}


def test_a_process_that_runs_sees_the_key_another_one_made(app, keys, camera):
    assert urls(app) == {("S-1", URL)}
    fresh = Fernet.generate_key()
    keys.write_bytes(fresh + b"\n" + keys.read_bytes())
    resealed = Fernet(fresh).encrypt(URL.encode()).decode()
    db.session.execute(text("UPDATE camera SET main_url_sealed = :new"), {"new": resealed})
    db.session.commit()

    assert urls(app) == {("S-1", URL)}
    assert Fernet(fresh).decrypt(sealing.seal("x").encode()) == b"x"


def test_after_renewal_the_old_key_is_needed_for_nothing(app, keys, camera):
    sealing.add_key(app.config["SETTINGS"])
    assert operations.renew_seals(db.session()) == 1
    db.session.commit()
    count, last = register.renew_seals(db.session())
    db.session.commit()
    assert count == 1
    assert register.renew_seals(db.session(), last) == (0, last)

    keys.write_bytes(keys.read_bytes().splitlines()[0] + b"\n")

    assert urls(app) == {("S-1", URL)}
    wanted = db.select(PersonalDatum).where(PersonalDatum.field == PersonalField.ID_NUMBER)
    assert sealing.unseal(db.session.scalars(wanted).one().value) == NUMBER


def test_one_camera_whose_seal_is_broken_does_not_stop_the_others(app, camera):
    other = Camera(
        code="S-2",
        name="市场",
        grid_path=camera.grid_path,
        main_url_sealed="nonsense",
        main_place="",
        created_at=AT,
    )
    db.session.add(other)
    db.session.commit()

    assert urls(app) == {("S-1", URL)}
