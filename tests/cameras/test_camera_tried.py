"""An address is tried before it is kept, and after: the page tells what the camera answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import create_account, log_in
from test_registry import ADDRESS, SECRET, add, asked_test, form, leader, town  # noqa: F401

from intranet import clock, sealing
from intranet.cameras import operations
from intranet.cameras.forms import TROUBLE_WORDS
from intranet.cameras.models import CameraTest
from intranet.db import db
from intranet.media.door import Diagnosis, Trouble


def test_a_test_is_of_what_was_typed_or_else_of_what_is_kept(leader, town):
    add(leader, town)
    _place, typed = asked_test(leader, main_url="rtsp://127.0.0.1/other", camera="WT-017")
    assert sealing.unseal(typed.url_sealed) == "rtsp://127.0.0.1/other"
    _place, kept = asked_test(leader, main_url="", camera="WT-017")
    assert sealing.unseal(kept.url_sealed) == ADDRESS
    assert leader.post("/cameras/test", data={"main_url": "nonsense"}).status_code == 422


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_words_on_the_page_of_the_test(leader, town, trouble):
    place, test = asked_test(leader, main_url=ADDRESS)
    assert "正在连接" in leader.get(place).text
    operations.finish_test(db.session(), test_id=test.id, found=Diagnosis(trouble), at=clock.now())
    db.session.commit()
    text = leader.get(place).text
    assert str(TROUBLE_WORDS[trouble]) in text
    assert SECRET not in text
    db.session.expire_all()
    assert db.session.get(CameraTest, test.id).url_sealed == ""


def test_a_good_test_shows_the_picture_and_what_the_camera_sends(app, leader, town):
    place, test = asked_test(leader, main_url=ADDRESS)
    found = Diagnosis(None, "hevc", 1920, 1080, 25.0, "pcm_alaw", (Trouble.H265,), b"\xff\xd8jpeg")
    operations.finish_test(db.session(), test_id=test.id, found=found, at=clock.now())
    db.session.commit()
    text = leader.get(place).text
    assert "1920×1080" in text
    assert "H.265" in text
    assert leader.get(f"{place}/picture.jpg").data == b"\xff\xd8jpeg"
    other = app.test_client()
    log_in(other, create_account("secretary", town.community.path))
    assert other.get(place).status_code == 404  # a test is its asker's


def test_when_no_worker_answers_the_page_says_so(leader, town, monkeypatch):
    place, _test = asked_test(leader, main_url=ADDRESS)
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "媒体" in leader.get(place).text


def test_an_address_that_is_not_sent_back_is_asked_for_again(leader, town):
    data = form(town, latitude_wgs84="99", sub_url="")
    page = leader.post("/cameras/new", data=data).text

    assert SECRET not in page
    assert "请重新填写" in page.split('id="main_url-error"')[1].split("</p>")[0]
    assert 'id="sub_url-error"' not in page
