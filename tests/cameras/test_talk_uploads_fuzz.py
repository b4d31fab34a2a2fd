"""Whatever is sent as a clip is refused, or is said or fails for a named reason; nothing crashes."""

from __future__ import annotations

import io
import os
import random
import threading
from collections import Counter

import pytest
from media.sounds_broken import broken
from media.talking import FFMPEG, clip
from sqlalchemy import func, select
from talk_town import JSON, browser, member, town  # noqa: F401

from intranet import files
from intranet.cameras.models import Talk, TalkState
from intranet.cameras.models.talk import OPEN
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.media.door import TalkDriver, TalkTrouble
from intranet.media.talk import finder
from intranet.media.talk.mouth import Mouth
from intranet.media.talk.speaker import Codec

UPLOADS = int(os.environ.get("FUZZ_EXAMPLES", "100"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120 + UPLOADS),
    # Werkzeug leaves what came of a form that breaks off to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"
    ),
]
DECODED = {None, TalkTrouble.BAD_SOUND, TalkTrouble.NO_SOUND}
HEAD = b'\r\nContent-Disposition: form-data; name="clip"; filename="v.webm"\r\n\r\n'
NAMES = ["..", "a/b\0c", "语音.m4a", "x" * 300]
FORMS = ["multipart/form-data; boundary=mark", "multipart/form-data", "audio/webm", ""]


def form(dice):
    """Return a request with a broken clip in it; now and then the request itself is broken."""
    data = broken(dice)
    luck = dice.random()
    if luck < 0.8:
        return {"data": {"clip": (io.BytesIO(data), "voice.webm")}}
    if luck < 0.85:
        return {"data": {"clip": (io.BytesIO(data), dice.choice(NAMES))}}
    if luck < 0.9:
        return {"data": {dice.choice(["sound", "", "clip[]"]): (io.BytesIO(data), "v")}}
    whole = b"--mark" + HEAD + data + b"\r\n--mark--\r\n"
    at = dice.randrange(len(whole))
    spoilt = [whole[:at], whole[at:], whole[:at] + b"\r\n--mark\r\n" + whole[at:]]
    return {"data": dice.choice(spoilt), "content_type": dice.choice(FORMS)}


class Quick:
    """A loudspeaker that takes its packets as fast as they come; what is tried here is before it."""

    packets = 0

    def open(self):
        return Codec.PCMA

    def play(self, packet):
        assert len(packet) == 160
        Quick.packets += 1

    def wait(self, seconds):
        pass

    def free(self):
        return False

    def close(self):
        pass


@pytest.fixture
def troubles(app, monkeypatch):
    """The worker's speaking part at work; yields what went wrong there that it has no name for."""
    settings, stop, odd = app.config["SETTINGS"], threading.Event(), []
    monkeypatch.setattr(finder, "ways", lambda *_: iter([(TalkDriver.BACKCHANNEL, Quick())]))
    mouth = Mouth(
        DatabaseDoor(app),
        settings.media_dir,
        FFMPEG,
        (),
        lambda *one, **more: odd.append((one, more)),
    )
    thread = threading.Thread(target=mouth.keep, args=(stop,))
    thread.start()
    yield odd
    stop.set()
    thread.join(40)


def ended(count):
    """Wait until nothing is open; return how many talks there are."""
    for _look in range(6_000):
        waiting = db.session.scalar(select(func.count()).where(Talk.state.in_(OPEN)))
        found = db.session.scalar(select(func.count(Talk.id)))
        db.session.rollback()
        if not waiting:
            assert found == count
            return
        threading.Event().wait(0.005)
    raise AssertionError("what was taken never ended")


def kept(app):
    """Return the names of all files there are, whole and half written."""
    return {one.name for one in app.config["SETTINGS"].files_dir.rglob("*") if one.is_file()}


def test_no_upload_crashes_anything_and_all_that_is_taken_ends_in_a_named_state(
    app, member, troubles
):
    client, seen, before = browser(app, member), Counter(), kept(app)
    db.session.rollback()
    for number in range(FIRST, FIRST + UPLOADS):
        sent = form(random.Random(number))
        answer = client.post("/cameras/C-1/talk", headers=JSON, **sent)
        db.session.rollback()
        seen[answer.status_code] += 1
        if answer.status_code == 400:
            assert "content_type" in sent, f"FUZZ_FIRST={number}: the form was whole"
            continue
        assert answer.status_code in {200, 413, 415, 422}, f"FUZZ_FIRST={number}"
        assert answer.is_json, f"FUZZ_FIRST={number}: the page's script can read it"
        ended(seen[200])

    rows = db.session.execute(select(Talk.__table__)).all()
    db.session.rollback()
    assert {row.trouble for row in rows} <= DECODED
    assert {row.state for row in rows} <= {TalkState.HEARD, TalkState.FAILED}
    assert all(row.spoken_milliseconds > 0 for row in rows if row.state == TalkState.HEARD)
    assert kept(app) - before == {row.file_key for row in rows}, "no file without a row"
    assert all(files.is_whole(row.file_key) for row in rows), "nothing half written"
    assert troubles == [], "and the worker knows a name for all of it"
    print(dict(seen), Counter(str(row.trouble) for row in rows), f"{Quick.packets} packets")
    answer = client.post(
        "/cameras/C-1/talk", data={"clip": (io.BytesIO(clip(seconds=0.5)), "v")}, headers=JSON
    )
    assert answer.status_code == 200
    ended(seen[200] + 1)
    last = db.session.scalars(select(Talk.state).order_by(Talk.id.desc()).limit(1)).one()
    assert last is TalkState.HEARD, "and speaks afterwards as before"
