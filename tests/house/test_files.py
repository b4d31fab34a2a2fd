"""Files people sent: whole or not there, under names nobody guesses, sealed where they must be."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intranet import answers, files, sealing
from intranet.config import Settings

LATER = datetime.now(UTC) + timedelta(days=2)
NOBODY = frozenset()


@pytest.fixture(autouse=True)
def store(tmp_path):
    """A house's folder of files, with keys of its own; the app's are put back."""
    before, rings = list(files._directory), list(sealing._rings)
    house = Settings.from_env({"INTRANET_DATA_DIR": str(tmp_path), "INTRANET_SECRET_KEY": "x"})
    sealing.configure(house)
    files.configure(house)
    yield house
    files._directory[:], sealing._rings[:] = before, rings


def everything(store):
    return [one for one in store.files_dir.rglob("*") if one.is_file() and one.name != files.CURSOR]


def test_what_was_put_is_there_for_its_user_alone_and_twice_the_same_is_twice_another_name(store):
    first, second = files.put(b"a picture", "jpg"), files.put(b"a picture", "jpg")

    assert first != second
    assert first[32:64] != second[32:64]  # who has the picture cannot look for it
    assert files.content(first) == files.content(second) == b"a picture"
    assert files.path(first).stat().st_mode & 0o777 == 0o600
    assert len(first) <= len(files.put(b"", "jpg", sealed=True)) <= files.KEY_LENGTH_MAX
    assert list((store.files_dir / files.NEW).iterdir()) == []


def test_a_changed_or_missing_file_is_seen_without_the_keys(store):
    plain, sealed = files.put(b"a picture", "jpg"), files.put(b"a picture", "jpg", sealed=True)
    assert files.is_whole(plain)
    assert files.is_whole(sealed)
    for key in (plain, sealed):
        data = bytearray(files.path(key).read_bytes())
        data[-1] ^= 1
        files.path(key).write_bytes(data)
        assert not files.is_whole(key)
        files.path(key).unlink()
        assert not files.is_whole(key)


def test_a_sealed_file_shows_nothing_and_opens_with_this_house_s_keys_only(store, tmp_path):
    secret = b"the face of a witness" * 50
    key = files.put(secret, "jpg", sealed=True)
    on_disk = files.path(key).read_bytes()

    assert secret[:21] not in on_disk
    assert files.is_sealed(key)
    assert files.open_sealed(key) == files.content(key) == secret
    (tmp_path / "field_keys").unlink()
    sealing.configure(store)
    with pytest.raises(sealing.SealBrokenError):
        files.open_sealed(key)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 255), st.booleans())
def test_a_sealed_file_changed_anywhere_never_opens_as_something_else(at, flip, cut):
    key = files.put(b"a picture" * 10, "jpg", sealed=True)
    data = bytearray(files.path(key).read_bytes())
    at %= len(data)
    data[at] ^= flip
    files.path(key).write_bytes(data[:at] if cut else data)
    with pytest.raises(sealing.SealBrokenError):
        files.open_sealed(key)


def test_renewed_seals_open_with_the_new_key_alone_under_the_same_names(store):
    keys = [files.put(bytes([n]) * 99, "jpg", sealed=True) for n in range(5)]
    plain = files.put(b"plain", "jpg")
    written = files.path(keys[0]).stat().st_mtime_ns
    sealing.add_key(store)

    assert files.renew_seals() == 5
    path = store.data_dir / "field_keys"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    sealing.configure(store)
    assert [files.open_sealed(key) for key in keys] == [bytes([n]) * 99 for n in range(5)]
    assert all(files.is_whole(key) for key in (*keys, plain))
    assert files.path(keys[0]).stat().st_mtime_ns == written
    assert files.path(keys[0]).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "a" * 64,
        "a" * 64 + ".jpg/../x",
        "a" * 64 + ".jpg\n",
        "A" * 64 + ".jpg",
        "a" * 64 + ".JPG",
        "a" * 64 + ".sealed",
        "/" + "a" * 63 + ".jpg",
        "a" * 63 + "\0.jpg",
        "٣" * 64 + ".jpg",
    ],
)
def test_what_is_no_key_leads_nowhere(key):
    with pytest.raises(ValueError):
        files.path(key)


@given(st.text(alphabet="./\\a0\0\n", max_size=80))
def test_no_text_leads_out_of_the_folder(text):
    with pytest.raises(ValueError):
        files.path(text)


@pytest.mark.parametrize("suffix", ["", ".jpg", "JPG", "j/g", "toolong", "jpg\n", "图"])
def test_a_suffix_is_a_few_small_letters(suffix):
    with pytest.raises(ValueError):
        files.put(b"", suffix)


def test_a_full_disk_is_said_in_words_and_leaves_nothing_behind(store):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(files.NoSpaceError) as full:
            files.put(bytes(200_000), "jpg")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "full" in full.value.key
    assert everything(store) == []


def test_sweeping_takes_what_no_row_names_and_leaves_what_is_young(store):
    kept = {files.put(bytes([n]), "jpg", sealed=n % 2 == 0) for n in range(20)}
    lost = {files.put(bytes([n, n]), "jpg") for n in range(20)}
    half = store.files_dir / files.NEW / "0123"
    half.write_bytes(b"half a pict")
    foreign = store.files_dir / "ab"
    foreign.mkdir(exist_ok=True)
    (foreign / "cd").mkdir(exist_ok=True)
    (foreign / "cd" / "README").write_text("not a key: nobody's business")

    assert files.sweep(lambda keys: keys & kept, at=datetime.now(UTC)) == 0
    assert files.sweep(lambda keys: keys & kept, at=LATER) == 21
    assert all(files.is_whole(key) for key in kept)
    assert not any(files.path(key).exists() for key in lost)
    assert not half.exists()
    assert (foreign / "cd" / "README").exists()


def test_sweeping_goes_on_where_it_stopped_and_asks_in_bounded_batches(store, monkeypatch):
    monkeypatch.setattr(files, "BATCH", 3)
    for number in range(60):
        files.put(bytes([number]), "jpg")
    asked, runs, swept = [], 0, 0

    def known(keys):
        asked.append(len(keys))
        return NOBODY

    while len(everything(store)) > 0:
        swept += files.sweep(known, at=LATER, files_max=10)
        runs += 1
        assert runs < 20

    assert swept == 60
    assert runs >= 4
    assert max(asked) <= 3


@pytest.mark.slow
def test_thirty_writers_killed_leave_whole_files_and_nothing_that_is_not_swept(store, tmp_path):
    log = tmp_path / "put.log"
    log.touch()
    env = {**os.environ, "INTRANET_DATA_DIR": str(store.data_dir), "INTRANET_SECRET_KEY": "x"}
    script = Path(__file__).with_name("killed_writers.py")
    subprocess.run([sys.executable, script, log], check=True, env=env, timeout=100)
    put = {line for line in log.read_text().split("\n")[:-1] if files.KEY.fullmatch(line)}
    found = {one.name for one in everything(store) if one.parent.name != files.NEW}

    assert len(put) > 30
    assert put <= found  # what was answered for is there
    assert all(files.is_whole(key) for key in found)
    assert {files.path(key).stat().st_mode & 0o777 for key in found} == {0o600}
    halves = len(list((store.files_dir / files.NEW).iterdir()))
    assert files.sweep(lambda keys: keys & put, at=LATER, files_max=10**9) == (
        len(found - put) + halves
    )
    assert list((store.files_dir / files.NEW).iterdir()) == []


@pytest.fixture
def served(app, client, store):
    """A browser at an address that answers with one of the files."""

    def get(key, media_type, download_name=None, **headers):
        with app.test_request_context(headers={k.replace("_", "-"): v for k, v in headers.items()}):
            response = answers.file_answer(key, media_type, download_name=download_name)
            response = app.process_response(response)
            response.direct_passthrough = False
            response.get_data()
            response.call_on_close(
                response.response.close if hasattr(response.response, "close") else list
            )
            response.close()
            return response

    return get


def test_a_file_is_answered_for_one_person_s_eyes_and_as_nothing_but_what_it_is(served):
    key = files.put(b"\xff\xd8\xff picture", "jpg")
    answer = served(key, "image/jpeg")

    assert (answer.status_code, answer.data) == (200, b"\xff\xd8\xff picture")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Content-Disposition" not in answer.headers
    again = served(key, "image/jpeg", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304  # without a body: werkzeug sees to that when it is sent
    assert again.headers["Cache-Control"] == "private, no-cache"
    named = served(key, "image/jpeg", download_name="现场.jpg")
    assert named.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''" in named.headers["Content-Disposition"]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_sound_is_answered_in_the_parts_a_player_asks_for(served, sealed):
    key = files.put(bytes(range(200)), "webm", sealed=sealed)
    part = served(key, "audio/webm", Range="bytes=10-19")

    assert (part.status_code, part.data) == (206, bytes(range(10, 20)))
    assert part.headers["Content-Range"] == "bytes 10-19/200"
    assert part.headers["Cache-Control"] == ("no-store" if sealed else "private, no-cache")


def test_a_file_that_is_gone_is_not_found_and_a_page_is_no_file(served):
    from werkzeug.exceptions import NotFound

    with pytest.raises(NotFound):
        served("0" * 64 + ".jpg", "image/jpeg")
    with pytest.raises(NotFound):
        served("0" * 64 + ".jpg.sealed", "image/jpeg")
    with pytest.raises(ValueError):
        served(files.put(b"<script>", "jpg"), "text/html")


def test_files_may_lie_elsewhere(tmp_path, store):
    elsewhere = replace(store, files_dir=tmp_path / "other" / "disk")
    files.configure(elsewhere)

    assert files.path(files.put(b"x", "jpg")).is_relative_to(tmp_path / "other" / "disk")
    env = {"INTRANET_DATA_DIR": str(tmp_path), "INTRANET_FILES_DIR": str(tmp_path / "f")}
    assert Settings.from_env(env).files_dir == tmp_path / "f"
    assert Settings.from_env(env | {"INTRANET_FILES_DIR": ""}).files_dir == tmp_path / "files"
