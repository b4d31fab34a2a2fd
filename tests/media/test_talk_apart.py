"""The process that speaks is kept going: it ends, hangs, cannot be started, is left alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time

import pytest

from intranet.media import spool
from intranet.media.talk import apart

pytestmark = pytest.mark.alone

BEATS = """
import pathlib, sys, threading, time
pulse = pathlib.Path(sys.argv[1])
def beat():
    while True:
        pulse.touch()
        time.sleep(0.02)
threading.Thread(target=beat, daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep a command going; yields what starts it, what was started, and what was said of it."""
    monkeypatch.setattr(apart, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(apart, "SILENT_LOOKS", 10)
    monkeypatch.setattr(apart, "PAUSE_SECONDS", 0.05)
    started, said, stop, threads = [], [], threading.Event(), []
    real = apart._started

    def remember(command, owner):
        started.append(real(command, owner))
        return started[-1]

    monkeypatch.setattr(apart, "_started", remember)

    def start(*command):
        pulse = spool.pulse(tmp_path)
        pulse.parent.mkdir(exist_ok=True)
        words = [*command, str(pulse)]
        log = lambda event, **more: said.append(event)  # noqa: E731
        threads.append(threading.Thread(target=apart.keep, args=(words, str(tmp_path), stop, log)))
        threads[-1].start()

    yield start, started, said, stop
    stop.set()
    for one in threads:
        one.join(20)
    for one in started:
        with contextlib.suppress(ProcessLookupError):
            one.kill()


def until(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_that_hangs_is_ended_and_started_anew(kept):
    start, started, said, stop = kept
    start(sys.executable, "-c", BEATS)
    until(lambda: started)
    time.sleep(2.0)
    assert (len(started), said) == (1, []), "one that goes on is left in peace"
    os.kill(started[0].pid, signal.SIGSTOP)
    until(lambda: len(started) == 2)
    assert started[0].returncode == -signal.SIGKILL
    assert said == ["speaking_ended"]
    time.sleep(1.0)
    stop.set()
    until(lambda: started[1].returncode is not None)
    assert started[1].returncode == 0, "it is asked to end, and not killed"


def test_one_that_ends_is_started_anew(kept):
    start, started, said, _stop = kept
    start(sys.executable, "-c", "")
    until(lambda: len(started) >= 3)
    assert said[:2] == ["speaking_ended"] * 2


def test_one_that_cannot_be_started_is_tried_again(kept, tmp_path):
    start, started, said, _stop = kept
    program = tmp_path / "program"
    start(str(program))
    until(lambda: said.count("speaking_not_started") >= 2)
    program.write_text("#!/bin/sh\ncat\n")
    program.chmod(0o700)
    until(lambda: started)
