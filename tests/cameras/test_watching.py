"""Who watched is written down: once, prolonged, and told to residents by role."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from factories import AT, create_account, log_in
from test_streams import CODE, URL, camcorder, folder, last_of, someone, town, watcher  # noqa: F401

from intranet import clock
from intranet.audit import AuditEntry
from intranet.cameras import operations
from intranet.cameras.models import Viewing
from intranet.cameras.views import viewings as watching
from intranet.db import apart, db
from intranet.media import index
from intranet.people.models import RoleGrant


def test_watching_is_written_down_once_and_prolonged(town, watcher, camcorder, later):
    for _ in range(3):
        watcher.get(URL)
    viewing = db.session.scalars(db.select(Viewing)).one()
    assert viewing.role == "grid_member"
    opened = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "cameras:live:open")
    ).one()
    assert (opened.object_id, opened.grid_path) == (CODE, town.micros[0].path)

    later()
    watcher.get(URL)
    watching.settle()
    db.session.expire_all()
    viewing = db.session.scalars(db.select(Viewing)).one()
    assert 19 < (viewing.seen_at - viewing.began_at).total_seconds() < 22


@pytest.fixture
def later(monkeypatch):
    """Twenty seconds pass: who watches is to be written down again."""

    def pass_by():
        real, now = clock.monotonic, clock.now()
        monkeypatch.setattr(clock, "monotonic", lambda: real() + 20)
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=20))

    return pass_by


def test_the_picture_of_who_goes_on_watching_waits_for_no_writer(watcher, camcorder, later):
    assert watcher.get(URL).status_code == 200
    began = db.session.scalars(db.select(Viewing)).one().seen_at
    db.session.rollback()
    later()
    with apart() as writing:
        writing.execute(db.select(Viewing).with_for_update())
        assert watcher.get(URL).status_code == 200, "nobody else may write yet"
        assert writing.scalars(db.select(Viewing.seen_at)).one() == began
    watching.settle()
    assert db.session.scalars(db.select(Viewing.seen_at)).one() > began
    assert viewings() == 1


def test_what_could_not_be_prolonged_is_written_down_by_the_next(
    watcher, camcorder, later, monkeypatch
):
    def fail(*_arguments, **_named):
        raise OSError

    assert watcher.get(URL).status_code == 200
    later()
    with monkeypatch.context() as broken:
        broken.setattr(operations, "note_viewing", fail)
        assert watcher.get(URL).status_code == 200, "it is written down beside"
        watching.settle()
        assert watcher.get(URL).status_code == 500, "twice forgotten, and nobody would know"
    assert watcher.get(URL).status_code == 200
    viewing = db.session.scalars(db.select(Viewing)).one()
    assert (viewing.seen_at - viewing.began_at).total_seconds() > 19


def viewings():
    db.session.expire_all()
    return len(db.session.scalars(db.select(Viewing)).all())


def test_bytes_asked_for_without_a_playlist_are_watching_too(watcher, folder, camcorder):
    minute = index.minutes(folder / CODE / "main")[-1]
    address = f"/cameras/{CODE}/live/main/{minute.name.removesuffix('.mp4')}.mp4"
    assert watcher.get(address, headers={"Range": "bytes=0-99"}).status_code == 206
    assert viewings() == 1


def test_a_wall_of_stills_is_watching_and_a_list_is_not(watcher, folder, camcorder):
    still = folder / CODE / "still.jpg"
    still.write_bytes(b"\xff\xd8 a picture")
    for _ in range(3):  # a list, and the same list again
        assert watcher.get(f"/cameras/{CODE}/still.jpg").status_code == 200
    assert viewings() == 0
    assert not (folder / "demand" / f"{CODE}.still").exists()
    os.utime(still, (time.time() + 5,) * 2)  # a new picture, asked for at once: that is watching
    watcher.get(f"/cameras/{CODE}/still.jpg")
    assert viewings() == 1


def test_a_still_asked_for_by_the_wall_is_written_down_and_renewed(watcher, folder, camcorder):
    (folder / CODE / "still.jpg").write_bytes(b"\xff\xd8 a picture")
    assert watcher.get(f"/cameras/{CODE}/still.jpg?t=1").status_code == 200
    assert viewings() == 1
    assert (folder / "demand" / f"{CODE}.still").exists()


def test_what_could_not_be_written_down_is_tried_again(watcher, camcorder, monkeypatch):
    def fail(*_arguments, **_named):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(operations, "note_viewing", fail)
        assert watcher.get(URL).status_code == 500
    assert watcher.get(URL).status_code == 200
    assert viewings() == 1


@pytest.mark.parametrize("also", [None, "micro_member", "party_member"])
def test_a_resident_learns_the_role_and_not_the_name_of_who_watched(
    app, town, watcher, camcorder, also
):
    watcher.get(URL)
    leader = someone(app, "secretary", town.community.path).get(f"/cameras/{CODE}/viewings").text
    assert "测试grid_member" in leader
    client = app.test_client()
    resident = create_account("resident", town.micros[0].path)
    if also:
        grant = RoleGrant(
            account_id=resident.id, role=also, grid_path=town.micros[0].path, granted_at=AT
        )
        db.session.add(grant)
        db.session.commit()
    log_in(client, resident)
    answer = client.get(f"/cameras/{CODE}/viewings")
    assert answer.status_code == 200
    assert "网格员（专职）" in answer.text
    assert "测试grid_member" not in answer.text
