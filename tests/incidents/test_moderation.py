"""What is covered is gone for everybody; what is hidden is hidden; and a leader may undo it."""

from __future__ import annotations

import io
import json

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident, history
from photos_for_covering import box, cover, photo_with_a_face, reds, take_photo
from PIL import Image
from sqlalchemy import select

from intranet import files, once, pictures
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Incident, Verb


class Scene:
    """One reported incident with a photo on it, and browsers of those who look."""

    def __init__(self, app):
        self.app, self.town = app, create_town()
        micro = self.town.micros[0].path
        self.reporter = create_account("resident", micro)
        self.accounts = {
            "secretary": create_account("secretary", self.town.community.path),
            "grid": create_account("grid_member", self.town.generals[0].path),
            "micro": create_account("micro_member", micro),
            "resident": self.reporter,
        }
        self.incident = create_incident(
            self.town.micros[0],
            create_category(),
            reporter=self.reporter,
            description="楼道里有人吸烟",
        )
        self.photo = take_photo(self.incident, viewer_of(self.reporter), at=AT)

    def browser(self, who):
        db.session.rollback()
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return log_in(client, self.accounts[who])

    def row(self):
        db.session.rollback()
        return db.session.get(Attachment, self.photo.id, populate_existing=True)

    def seen(self, who, size=""):
        url = f"/incidents/{self.incident.number}/photos/{self.photo.id}{size}"
        return self.browser(who).get(url, buffered=True)

    def post(self, who, tail, **fields):
        data = {"once": once.new_key(), "reason": "涉及个人隐私", "version": self.row().version}
        return self.browser(who).post(
            f"/incidents/{self.incident.number}{tail}", data=data | fields
        )

    def file(self, verb):
        return f"/photos/{self.photo.id}/{verb}"


@pytest.fixture
def scene(app):
    return Scene(app)


def test_no_pixel_under_a_box_is_served_to_anybody_large_or_small(scene):
    assert reds(scene.seen("resident").data) > 30_000
    answer = cover(scene.browser("grid"), scene.incident, scene.row())
    assert answer.status_code == 303
    for who in ("resident", "micro", "grid", "secretary"):
        for size in ("", "?size=small"):
            served = scene.seen(who, size)
            assert served.status_code == 200
            assert reds(served.data) == 0
            assert b"SECRETSERIAL" not in served.data
            image = Image.open(io.BytesIO(served.data))
            assert not image.getexif()
            middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
            assert max(middle) < 20
    assert "已部分遮挡" in scene.browser("resident").get(
        f"/incidents/{scene.incident.number}"
    ).get_data(as_text=True)


def test_the_old_files_are_gone_and_the_original_lies_sealed(scene):
    before = scene.row()
    keys = before.file_key, before.thumbnail_key
    original = files.content(before.file_key)
    cover(scene.browser("grid"), scene.incident, before)
    after = scene.row()
    assert not {after.file_key, after.thumbnail_key} & set(keys)
    for key in keys:
        assert not files.path(key).exists()
    assert files.is_sealed(after.sealed_key)
    assert original not in files.path(after.sealed_key).read_bytes()
    assert files.content(after.sealed_key) == original
    assert after.redacted_at is not None
    # No address takes a key, and none serves the sealed file.
    for who in scene.accounts:
        for tail in ("", "?size=small", "?size=sealed", "?size=original"):
            assert reds(scene.seen(who, tail).data) == 0
        for key in (*keys, after.sealed_key):
            assert scene.browser(who).get(f"/files/{key}").status_code == 404


def test_of_two_who_cover_at_once_the_second_is_told_and_changes_nothing(scene):
    old = scene.row().version
    assert cover(scene.browser("grid"), scene.incident, scene.row()).status_code == 303
    kept = scene.row().file_key
    answer = cover(scene.browser("secretary"), scene.incident, scene.row(), version=old)
    assert answer.status_code == 409
    assert "其他人刚刚改过" in answer.get_data(as_text=True)
    assert "无关人员面部" in answer.get_data(as_text=True)  # what was typed stays
    assert scene.row().file_key == kept


def test_sent_twice_it_is_covered_once(scene):
    photo, client = scene.row(), scene.browser("grid")
    same = {"once": once.new_key(), "version": photo.version}
    for _again in range(2):
        assert cover(client, scene.incident, photo, **same).status_code == 303
    assert [e.verb for e in history(scene.incident)].count(Verb.REDACT) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "请填写说明"),
        ({"x": "", "y": "", "w": "", "h": ""}, "请至少画一个"),
        ({"w": "abc"}, "每处遮挡请填四个数字"),
        ({"w": ""}, "每处遮挡请填四个数字"),
        ({"x": "nan"}, "每处遮挡请填四个数字"),
        ({"x": "90", "w": "40"}, "遮挡框超出图片范围"),
    ],
)
def test_a_form_that_lacks_something_says_so_beside_it_and_covers_nothing(scene, fields, words):
    before = scene.row().file_key
    answer = cover(scene.browser("grid"), scene.incident, scene.row(), **fields)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True), answer.get_data(as_text=True)
    if fields.get("x") != "":
        assert 'value="33.3"' in answer.get_data(as_text=True)  # the box typed stays
    assert scene.row().file_key == before
    assert Verb.REDACT not in [event.verb for event in history(scene.incident)]


def test_covered_twice_the_first_original_comes_back_byte_for_byte(scene):
    original = files.content(scene.row().file_key)
    cover(scene.browser("grid"), scene.incident, scene.row())
    sealed = scene.row().sealed_key
    cover(scene.browser("grid"), scene.incident, scene.row(), **box(1, 1, 20, 20))
    assert scene.row().sealed_key == sealed
    assert scene.post("grid", scene.file("restore")).status_code == 403
    assert scene.post("secretary", scene.file("restore"), reason="").status_code == 422
    covered = scene.row()
    assert scene.post("secretary", scene.file("restore"), reason="遮挡有误").status_code == 303
    row = scene.row()
    assert files.content(row.file_key) == original
    assert (row.sealed_key, row.redacted_at) == ("", None)
    for key in (covered.file_key, sealed):
        assert key == row.file_key or not files.path(key).exists()
    assert reds(scene.seen("resident", "?size=small").data) > 1000
    entry = db.session.scalar(
        select(AuditEntry).where(AuditEntry.action == "incidents:photo:restore")
    )
    assert entry.reason == "遮挡有误"
    assert scene.post("secretary", scene.file("restore")).status_code == 409


def test_a_hidden_photo_is_there_for_those_who_moderate_and_marked(scene):
    assert scene.post("micro", scene.file("hide")).status_code == 403
    assert scene.post("grid", scene.file("hide"), reason="").status_code == 422
    assert scene.post("grid", scene.file("hide")).status_code == 303
    for who, status in (("resident", 404), ("micro", 404), ("grid", 200), ("secretary", 200)):
        for size in ("", "?size=small"):
            assert scene.seen(who, size).status_code == status
    page = f"/incidents/{scene.incident.number}"
    assert f"photos/{scene.photo.id}" not in scene.browser("micro").get(page).text
    assert "涉及个人隐私" in scene.browser("grid").get(page).text
    assert scene.post("grid", scene.file("hide")).status_code == 409
    assert scene.post("grid", scene.file("show")).status_code == 303
    assert scene.seen("resident").status_code == 200


def test_a_hidden_description_is_read_nowhere_but_by_those_who_moderate(scene):
    words, page = "楼道里有人吸烟", f"/incidents/{scene.incident.number}"
    assert scene.post("micro", "/description/hide").status_code == 403
    assert scene.post("grid", "/description/hide").status_code == 303
    for url in (
        page,
        f"{page}/papers/registration",
        "/incidents?tab=area",
        "/incidents/export.csv?tab=area",
    ):
        answer = scene.browser("micro").get(url, buffered=True)
        assert answer.status_code == 200
        assert words not in answer.text
    assert words not in scene.browser("resident").get(page).text
    assert words in scene.browser("grid").get(page).text
    assert "已屏蔽" in scene.browser("grid").get(page).text
    assert scene.post("grid", "/description/hide").status_code == 409
    assert scene.post("grid", "/description/show").status_code == 303
    assert words in scene.browser("resident").get(page).text


def test_the_history_tells_it_without_a_name_and_replays_to_the_row(scene):
    cover(scene.browser("grid"), scene.incident, scene.row())
    scene.post("grid", scene.file("hide"))
    scene.post("grid", "/description/hide")
    scene.post("secretary", scene.file("restore"))
    db.session.rollback()
    incident = db.session.get(Incident, scene.incident.id, populate_existing=True)
    events = history(incident)
    acts = {event.verb: json.loads(event.details) for event in events}
    assert acts[Verb.REDACT] == {"photo": scene.photo.id, "boxes": 1}
    assert acts[Verb.RESTORE] == {"photo": scene.photo.id}
    assert acts[Verb.HIDE] == {"what": "text"}
    assert operations.replay(events).state is incident.state
    told = scene.browser("secretary").get(f"/incidents/{incident.number}").text
    for words in ("遮挡了照片的一部分", "屏蔽了照片或语音", "屏蔽了事件描述", "恢复了原图"):
        assert words in told


def test_a_photo_of_another_incident_is_not_found_through_this_one(scene):
    other = create_incident(scene.town.micros[0], create_category(), reporter=scene.reporter)
    url = f"/incidents/{other.number}/photos/{scene.photo.id}/moderate"
    assert scene.browser("grid").get(url).status_code == 404
    assert cover(scene.browser("grid"), other, scene.row()).status_code == 404


def test_boxes_cover_whole_blocks_whatever_the_numbers(scene):
    data = pictures.read(photo_with_a_face()).data
    picture = pictures.redact(data, [pictures.Box(0.376, 0.334, 0.248, 0.332)])
    assert reds(picture.data) == 0
    assert reds(picture.thumbnail) == 0
