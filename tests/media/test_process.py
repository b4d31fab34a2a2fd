"""Children end when they are told to, say nothing secret, and leave no orphan."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.media import process
from intranet.media.door import Trouble

DEAF = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
)


@given(
    user=st.text("abcXYZ09._-", min_size=1),
    password=st.text("abc@:/#?%09'\"", min_size=4),
    around=st.sampled_from(["{}", "[rtsp @ 0x1] {}: failed", "Did you mean file:{}"]),
)
def test_no_password_survives_redaction(user, password, around):
    secret = f"{user}:zq{password}qz"
    shown = process.redact(around.format(f"rtsp://{secret}@10.0.0.1/x"))
    assert secret not in shown
    assert f"zq{password}qz" not in shown
    assert "10.0.0.1" in shown


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("method DESCRIBE failed: 401 Unauthorized", Trouble.WRONG_PASSWORD),
        ("method DESCRIBE failed: 404 Not Found", Trouble.NOT_FOUND),
        ("Connection to tcp://10.0.0.1:554 failed: Connection refused", Trouble.REFUSED),
        ("pipe:0: Connection timed out", Trouble.TIMED_OUT),
        ("pipe:0: No route to host", Trouble.UNREACHABLE),
        ("Stream map '' matches no streams.", Trouble.NO_VIDEO),
        ("something else", Trouble.UNKNOWN),
    ],
)
def test_last_words_are_understood(line, trouble):
    assert process.meaning([line]) is trouble


def until_gone(child, seconds=10):
    deadline = time.monotonic() + seconds
    while not child.gone():
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.02)


def test_a_child_that_does_not_hear_is_killed_after_its_time():
    child = process.Child([sys.executable, "-c", DEAF], b"", "test-deaf")
    deadline = time.monotonic() + 10
    room = memoryview(bytearray(4096))
    while child.read(room) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    asked_at = time.monotonic()
    child.stop()
    until_gone(child)
    assert time.monotonic() - asked_at >= process.TERMINATE_SECONDS * 0.9


def test_a_child_that_hears_ends_by_itself():
    child = process.Child(["sleep", "60"], b"", "test-hears")
    child.stop()
    until_gone(child, process.TERMINATE_SECONDS)


def test_a_child_sees_two_variables_and_its_mark():
    child = process.Child(["env"], b"", "test-env")
    deadline = time.monotonic() + 10
    room = memoryview(bytearray(4096))
    while not (size := child.read(room)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shown = bytes(room[:size])
    until_gone(child)
    names = {line.split("=")[0] for line in shown.decode().splitlines()}
    assert names == {"PATH", "LC_ALL", process.MARK}


def test_orphans_of_this_owner_are_ended_and_no_others():
    mine, other = f"owner-{os.getpid()}-a", f"owner-{os.getpid()}-ab"
    children = [
        subprocess.Popen(["sleep", "60"], env={process.MARK: owner}) for owner in (mine, other)
    ]
    try:
        deadline = time.monotonic() + 10
        while not (ended := process.sweep_orphans(mine)):
            assert time.monotonic() < deadline
        assert ended == 1
        assert children[0].wait(timeout=5) == -9
        assert children[1].poll() is None
    finally:
        for child in children:
            child.kill()
            child.wait()


def test_a_short_program_has_a_deadline():
    with pytest.raises(TimeoutError):
        process.run(["sleep", "60"], b"", "test-run", 0.3)
