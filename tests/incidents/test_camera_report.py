"""A report begun from a camera: its place, its picture, and who may begin one."""

from __future__ import annotations

import secrets

import pytest
from factories import AT, create_account
from phones import EAST, matter, only, phone_of, photo, sent, town  # noqa: F401
from sqlalchemy import select

from intranet import sealing
from intranet.audit import AuditEntry
from intranet.cameras.models import Camera, Viewing
from intranet.db import db
from intranet.incidents.models import Attachment, Incident, Source


@pytest.fixture
def camera(app, town):
    code = f"CAM-{secrets.token_hex(3).upper()}"
    camera = Camera(
        code=code,
        name="场口",
        grid_path=town.micros[1].path,
        latitude_wgs84=30.425,
        longitude_wgs84=EAST + 0.005,
        main_url_sealed=sealing.seal("rtsp://127.0.0.1:9/x"),
        main_place="127.0.0.1:9/x",
        created_at=AT,
    )
    db.session.add(camera)
    db.session.commit()
    return camera


def still_of(app, camera):
    folder = app.config["SETTINGS"].media_dir / camera.code
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "still.jpg").write_bytes(photo(size=(320, 180)))


def test_a_report_from_a_camera_has_its_place_its_picture_and_its_source(app, town, matter, camera):
    still_of(app, camera)
    member = create_account("grid_member", town.generals[0].path)
    phone = phone_of(app, member)
    page = phone.get(f"/incidents/new?camera={camera.code}").text
    answer = sent(
        phone, matter, draft=False, camera=camera.code, still="y", grid=camera.grid_path,
        latitude=30.425, longitude=EAST + 0.005, place_from="camera",
    )  # fmt: skip
    made, kept = only(), db.session.scalars(select(Attachment)).one()
    looked = db.session.scalars(select(Viewing)).all()
    noted = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.actor_id == member.id)
    ).all()

    assert f"/cameras/{camera.code}/still.jpg" in page
    assert 'name="camera"' in page
    assert answer.status_code == 303
    assert (made.camera_id, made.source) == (camera.id, Source.CAMERA)
    assert made.grid_path == camera.grid_path
    assert (kept.width, kept.height, kept.taken_at is not None) == (320, 180, True)
    assert [(one.account_id, one.camera_id) for one in looked] == [(member.id, camera.id)]
    assert noted == ["cameras:live:open"]


def test_without_a_still_the_page_says_so_and_the_report_goes_without(app, town, matter, camera):
    phone = phone_of(app, create_account("grid_member", town.generals[0].path))
    page = phone.get(f"/incidents/new?camera={camera.code}").text
    wanted = {"camera": camera.code, "grid": camera.grid_path}
    refused = sent(phone, matter, draft=False, still="y", **wanted)
    taken = sent(phone, matter, draft=False, **wanted)

    assert "该摄像头暂无画面" in page
    assert 'name="still"' not in page
    assert (refused.status_code, taken.status_code) == (422, 303)
    assert "现在没有画面" in refused.text
    assert (only().camera_id, only().source) == (camera.id, Source.CAMERA)


def test_a_camera_one_may_not_look_through_is_none_to_report_from(app, town, matter, camera):
    still_of(app, camera)
    elsewhere = phone_of(app, create_account("resident", town.micros[0].path))

    assert elsewhere.get(f"/incidents/new?camera={camera.code}").status_code == 404
    assert sent(elsewhere, matter, camera=camera.code, still="y").status_code == 404
    assert db.session.scalars(select(Incident)).all() == []
    assert db.session.scalars(select(Viewing)).all() == []
