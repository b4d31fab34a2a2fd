"""What players are given: playlists, ranges, stills; to whom, in what time, and written down."""

from __future__ import annotations

import threading
import time

import pytest
from factories import AT, create_account, create_town, log_in
from house.matrix import CANARY_PASSWORD
from media import film

from intranet import sealing
from intranet.cameras.models import Camera
from intranet.cameras.views import live, viewings
from intranet.db import db
from intranet.media import index, playlist
from intranet.media.index import EndReason
from intranet.media.recording import Recorder

CODE = "LIVE-7"
URL = f"/cameras/{CODE}/live/index.m3u8"


def forget_who_watches():
    viewings.settle()
    viewings._noted.clear()
    viewings._glances.clear()


@pytest.fixture
def town(app):
    forget_who_watches()  # whoever of the same number watched in a browser's test before
    town = create_town()
    db.session.add(
        Camera(
            code=CODE,
            name="老南街口",
            grid_path=town.micros[0].path,
            main_url_sealed=sealing.seal(f"rtsp://admin:{CANARY_PASSWORD}@127.0.0.1:9/x"),
            main_place="127.0.0.1:9/x",
            created_at=AT,
        )
    )
    db.session.commit()
    yield town
    # The followers of playlists and the seats belong to the process; each test begins afresh.
    forget_who_watches()
    live._tails.clear()
    live._waiters.clear()


@pytest.fixture
def folder(app, tmp_path, monkeypatch, town):
    """A media folder of this test's own."""
    from dataclasses import replace

    settings = replace(app.config["SETTINGS"], media_dir=tmp_path / "media", live_waiters_max=2)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    return settings.media_dir


@pytest.fixture
def watcher(app, town):
    return someone(app, "grid_member", town.generals[0].path)


def someone(app, role, path, **fields):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, create_account(role, path, **fields))
    return Browser(client)


class Browser:
    """Reads every answer to its end and lets go of the file behind it."""

    def __init__(self, client):
        self._client = client

    def get(self, url, **more):
        answer = self._client.get(url, **more)
        answer.get_data()
        answer.close()
        return answer


class Camcorder:
    """Records made-up fragments, one at a time when a test says so; the last ends now."""

    def __init__(self, folder, seconds=8.0):
        self._recorder = Recorder(folder / CODE / "main", film.init())
        self._fragments = iter(film.fragments(60, fps=25, gop=50))
        self._start_us = time.time_ns() // 1000 - int(seconds * 1e6)
        self.at_us = 0
        while self.at_us < seconds * 1e6:
            self.more()

    def more(self):
        piece = next(self._fragments)
        self.at_us = piece.start_us + piece.duration_us
        self._recorder.part(piece, self.at_us, self._start_us + self.at_us)
        return piece

    def end(self):
        self._recorder.close(EndReason.STOPPED)


@pytest.fixture
def camcorder(folder):
    # What comes next is in the same minute's file, unless a test asks for the next one.
    while time.time() % 60 > 55:
        time.sleep(0.1)
    camcorder = Camcorder(folder)
    yield camcorder
    camcorder.end()


def last_of(text):
    """Return (msn, how many parts its unfinished segment has) at the live edge."""
    lines = text.splitlines()
    first = int(next(x for x in lines if x.startswith("#EXT-X-MEDIA-SEQUENCE:")).split(":")[1])
    whole = sum(line.startswith("#EXTINF") for line in lines)
    after = "".join(text.rpartition("#EXTINF")[2:])
    return first + whole, after.count("#EXT-X-PART:")


def hint_of(text):
    """Return address and first byte of the part that comes next."""
    line = next(x for x in text.splitlines() if x.startswith("#EXT-X-PRELOAD-HINT:"))
    fields = dict(x.split("=", 1) for x in line.partition(":")[2].split(","))
    return fields["URI"].strip('"'), int(fields["BYTERANGE-START"])


def test_without_a_recording_the_player_is_told_to_come_back(watcher, folder):
    answer = watcher.get(URL)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_playlist_lists_the_edge_and_is_never_cached_for_others(watcher, camcorder):
    answer = watcher.get(URL)
    assert answer.status_code == 200
    assert answer.content_type == "application/vnd.apple.mpegurl"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    text = answer.text
    assert "CAN-BLOCK-RELOAD=YES" in text
    assert "#EXT-X-PRELOAD-HINT:TYPE=PART" in text
    assert CANARY_PASSWORD not in text
    plain = watcher.get(f"{URL}?wall=1").text
    assert "#EXT-X-PART" not in plain
    assert "CAN-BLOCK-RELOAD" not in plain


def test_a_player_that_comes_is_not_given_the_past(watcher, camcorder, folder, monkeypatch):
    monkeypatch.setattr(playlist, "FRESH_SECONDS", 0.5)
    msn, _parts = last_of(watcher.get(URL).text)
    time.sleep(0.6)
    for asked in ("", "?wall=1"):
        assert watcher.get(f"{URL}{asked}").status_code == 503
    assert watcher.get(f"{URL}?_HLS_msn={msn}&_HLS_part=0").status_code == 200, "it may go on"
    live._tails.clear()
    assert watcher.get(URL).status_code == 503, "nor by a process that looks for the first time"
    camcorder.more()
    time.sleep(0.1)
    assert watcher.get(URL).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        "_HLS_part=1",
        "_HLS_msn=x",
        "_HLS_msn=-1",
        "_HLS_msn=99999999999999",
        "_HLS_msn=5&_HLS_part=x",
    ],
)
def test_directives_that_mean_nothing_are_a_bad_request(watcher, camcorder, asked):
    assert watcher.get(f"{URL}?{asked}").status_code == 400


@pytest.mark.alone
def test_a_reload_far_ahead_is_a_bad_request_at_once(watcher, camcorder):
    msn, _parts = last_of(watcher.get(URL).text)
    began = time.monotonic()
    assert watcher.get(f"{URL}?_HLS_msn={msn + 9}").status_code == 400
    assert time.monotonic() - began < live.WAIT_SECONDS / 2


@pytest.mark.alone
def test_a_blocked_reload_answers_when_the_part_comes(watcher, camcorder):
    before = watcher.get(URL).text
    msn, parts = last_of(before)
    later = threading.Timer(0.4, camcorder.more)
    later.start()
    began = time.monotonic()
    answer = watcher.get(f"{URL}?_HLS_msn={msn}&_HLS_part={parts}")
    later.join()
    assert answer.status_code == 200
    assert 0.3 < time.monotonic() - began < live.WAIT_SECONDS
    assert last_of(answer.text) > (msn, parts - 1)
    assert answer.text != before


@pytest.mark.alone
def test_a_part_that_is_hinted_at_can_be_asked_for_before_it_is_there(watcher, camcorder):
    uri, start = hint_of(watcher.get(URL).text)
    made = []
    later = threading.Timer(0.3, lambda: made.append(camcorder.more()))
    later.start()
    address = uri if uri.startswith("/") else f"/cameras/{CODE}/live/{uri}"
    answer = watcher.get(address, headers={"Range": f"bytes={start}-"})
    later.join()
    assert answer.status_code == 206
    assert answer.data == made[0].data
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(answer.data) - 1}/*"
    assert answer.headers["Cache-Control"].startswith("private")


def test_ranges_are_cut_to_what_there_is_and_past_it_refused(watcher, folder, camcorder):
    minute = index.minutes(folder / CODE / "main")[-1]
    address = f"/cameras/{CODE}/live/main/{minute.name}"
    address = address if address.endswith(".mp4") else f"{address}.mp4"
    whole = minute.media_path.read_bytes()
    assert watcher.get(address, headers={"Range": "bytes=3-9"}).data == whole[3:10]
    assert watcher.get(address, headers={"Range": f"bytes=9-{len(whole) + 500}"}).data == whole[9:]
    assert watcher.get(address).status_code == 416  # a growing file has no whole
    began = time.monotonic()
    past = watcher.get(address, headers={"Range": f"bytes={len(whole) + 10_000}-"})
    assert past.status_code == 416
    assert time.monotonic() - began < live.WAIT_SECONDS + 2
    assert watcher.get(address, headers={"Range": "bytes=-5"}).status_code in {206, 416}


def test_live_is_live_the_past_is_not_found(watcher, folder, camcorder):
    import os

    minute = index.minutes(folder / CODE / "main")[-1]
    address = f"/cameras/{CODE}/live/main/{minute.name.removesuffix('.mp4')}.mp4"
    some = {"Range": "bytes=0-99"}
    assert watcher.get(address, headers=some).status_code == 206
    os.utime(minute.media_path, (time.time() - 600,) * 2)
    assert watcher.get(address, headers=some).status_code == 404
    assert watcher.get(f"/cameras/{CODE}/live/main/20200101-000000.mp4").status_code == 404
    assert watcher.get(f"/cameras/{CODE}/live/main/../../x.mp4").status_code == 404


def test_the_init_segment_is_kept_by_the_browser(watcher, folder, camcorder):
    name = next((folder / CODE / "main").glob("init-*.mp4")).name
    answer = watcher.get(f"/cameras/{CODE}/live/main/{name}")
    assert answer.data == film.init().data
    assert "immutable" in answer.headers["Cache-Control"]
    assert watcher.get(f"/cameras/{CODE}/live/main/init-zzzzzzzzzzzzzzzz.mp4").status_code == 404


def test_when_all_seats_are_taken_one_more_is_told_to_come_back_and_the_site_lives(
    app, town, folder, camcorder
):
    path = town.generals[0].path
    msn, parts = last_of(someone(app, "grid_member", path).get(URL).text)
    waiting = [someone(app, "grid_member", path) for _ in range(2)]
    answers = []

    def wait(client):
        with app.app_context():
            answers.append(client.get(f"{URL}?_HLS_msn={msn}&_HLS_part={parts}").status_code)

    threads = [threading.Thread(target=wait, args=(client,)) for client in waiting]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    seats = live._waiters_here()
    while seats._value and time.monotonic() < deadline:
        time.sleep(0.01)
    late = someone(app, "grid_member", path).get(f"{URL}?_HLS_msn={msn}&_HLS_part={parts}")
    assert late.status_code == 503
    assert late.headers["Retry-After"] == "2"
    # Pages, and playlists nobody waits for, are served all the same.
    assert someone(app, "grid_member", path).get("/cameras").status_code == 200
    camcorder.more()
    for thread in threads:
        thread.join(10)
    assert answers == [200, 200]


def test_the_host_sees_his_own_camera_and_no_other(app, town, folder, camcorder):
    from intranet.register.models import PartyKind, PersonalField
    from intranet.register.operations import create_party

    party = create_party(
        db.session(),
        actor=None,
        kind=PartyKind.PERSON,
        grid_path=town.micros[3].path,
        at=AT,
        is_party_member=False,
        values={PersonalField.NAME: "何店主"},
    )
    host = someone(app, "micro_member", town.micros[3].path, party_id=party.id)
    assert host.get(URL).status_code == 404
    db.session.execute(db.update(Camera).where(Camera.code == CODE).values(host_party_id=party.id))
    db.session.commit()
    assert host.get(URL).status_code == 200
    assert CODE in host.get("/cameras").text


def test_the_status_is_204_while_nothing_changed(watcher, folder):
    page = watcher.get(f"/cameras/{CODE}").text
    assert 'id="camera-status"' in page
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    same = watcher.get(f"/cameras/{CODE}/status?said=stopped.silent", headers=partial)
    assert same.status_code == 204
    other = watcher.get(f"/cameras/{CODE}/status?said=live.", headers=partial)
    assert other.status_code == 200
    assert "未运行" in other.text
