"""Playlists made from anything a camera may send obey the draft, one by one and in a row."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import checker, film

from intranet.media import index
from intranet.media.index import EndReason
from intranet.media.playlist import BadReload, NotLive, Tail, render
from intranet.media.recording import Recorder
from intranet.media.window import Gathering, Window

WALL_US = 1_790_000_000_000_000
connections = st.lists(
    st.tuples(
        st.floats(1, 25),  # seconds
        st.sampled_from([10, 12, 15, 20, 25, 30]),  # frames a second
        st.integers(4, 130),  # frames a GOP
        st.booleans(),  # another configuration
    ),
    min_size=1,
    max_size=4,
)


def record(folder, camera, wall_us, seconds, fps, gop, odd):
    """Record one connection; return when it ended."""
    recorder = Recorder(folder, film.other_init() if odd else film.init())
    for piece in film.fragments(seconds, fps=fps, gop=gop):
        at = piece.start_us + piece.duration_us
        recorder.part(piece, at, wall_us + at)
    recorder.close(EndReason.LOST)
    return wall_us + int(seconds * 1e6) + 700_000


def playlists(folder):
    """Yield the window after each record, as a follower sees it that misses none."""
    gathered = Gathering()
    for minute in index.minutes(folder):
        header, parts, ended = index.read_whole(minute)
        for part in parts:
            gathered.add(minute.name, header, [part])
            window = gathered.window()
            if window is not None:
                yield window
        if ended:
            gathered.end()


@settings(max_examples=25, deadline=None)
@given(camera=connections)
def test_every_playlist_of_any_camera_obeys_the_draft_and_follows_the_one_before(
    tmp_path_factory, camera
):
    folder = tmp_path_factory.mktemp("stream")
    wall_us = WALL_US
    for seconds, fps, gop, odd in camera:
        wall_us = record(folder, camera, wall_us, seconds, fps, gop, odd)
    before = plain_before = None
    for window in playlists(folder):
        after = checker.check(render(window, "main", parts=True))
        plain = checker.check(render(window, "main", parts=False))
        assert not any(segment.parts for segment in plain.segments)
        if before is not None:
            checker.check_follows(before, after)
            checker.check_follows(plain_before, plain)
        before, plain_before = after, plain


@settings(max_examples=20, deadline=None)
@given(fps=st.sampled_from([12, 15, 20, 25, 30]), gop_seconds=st.integers(1, 4))
def test_a_camera_with_an_even_rate_never_changes_its_targets(tmp_path_factory, fps, gop_seconds):
    folder = tmp_path_factory.mktemp("stream")
    record(folder, None, WALL_US, 40, fps, fps * gop_seconds, False)
    seen = {(w.part_target_us, w.target_seconds) for w in playlists(folder)}
    assert len(seen) == 1
    part_target_us, target_seconds = seen.pop()
    assert part_target_us <= 180_000
    assert target_seconds == max(2, gop_seconds)
    last = list(playlists(folder))[-1]
    whole = [segment for segment in last.segments if segment.complete]
    assert sum(s.duration_us for s in whole) >= 3e6 * target_seconds


def window(folder) -> Window:
    return list(playlists(folder))[-1]


def test_a_break_is_marked_and_counted_after_it_has_left_the_list(tmp_path):
    wall = record(tmp_path, None, WALL_US, 9, 25, 50, False)
    wall = record(tmp_path, None, wall, 5, 25, 50, False)
    text = render(window(tmp_path), "main", parts=True)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in text
    record(tmp_path, None, wall, 30, 25, 50, False)
    text = render(window(tmp_path), "main", parts=True)
    assert "#EXT-X-DISCONTINUITY\n" not in text
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:3\n" in text


def test_what_lies_hours_back_is_not_shown_as_live(tmp_path):
    wall = record(tmp_path, None, WALL_US, 9, 25, 50, False)
    record(tmp_path, None, wall + 3_600_000_000, 9, 25, 50, False)
    shown = window(tmp_path)
    assert all(s.parts[0].wall_us > wall for s in shown.segments)


def test_reload_directives_are_understood_as_the_draft_says(tmp_path):
    record(tmp_path, None, WALL_US, 9, 25, 50, False)
    shown = window(tmp_path)
    last = shown.segments[-1]
    count = len(last.parts)
    assert shown.has(last.msn, count - 1)
    assert not shown.has(last.msn, count)
    assert not shown.has(last.msn, None), "the segment is not whole yet"
    assert shown.has(last.msn - 1, None)
    assert shown.has(last.msn - 1, 99), "past its end means the next one's first part"
    assert shown.has(0, None), "long gone is there in the sense of the draft"
    assert not shown.too_far(last.msn + 2, None)
    assert shown.too_far(last.msn + 3, None)
    assert not shown.too_far(last.msn, count)
    assert shown.too_far(last.msn, count + 40)


class Camera(threading.Thread):
    """Records in real time into a folder, as the worker does."""

    def __init__(self, folder, seconds=4.0):
        super().__init__(daemon=True)
        self.folder, self.seconds = folder, seconds
        self.go_on = threading.Event()
        self.recorder = Recorder(folder, film.init())

    def feed(self, piece):
        at = piece.start_us + piece.duration_us
        self.recorder.part(piece, at, time.time_ns() // 1000)
        return time.monotonic()

    def run(self):
        began = time.monotonic()
        for piece in film.fragments(self.seconds):
            due = began + (piece.start_us + piece.duration_us) / 1e6
            time.sleep(max(0.0, due - time.monotonic()))
            self.feed(piece)
        self.recorder.close(EndReason.LOST)


@pytest.mark.alone
def test_a_waiter_gets_its_part_as_soon_as_it_is_written_and_the_next_file_too(tmp_path):
    record(tmp_path, None, time.time_ns() // 1000 - 9_000_000, 8, 25, 50, False)
    tail = Tail(tmp_path)
    camera = Camera(tmp_path)
    shown = tail.window()
    msn, part = shown.last_msn + 1, 0
    camera.start()
    seen = []
    deadline = time.monotonic() + 20
    while camera.is_alive() and time.monotonic() < deadline:
        shown = tail.wait_for(msn, part, 1.0)
        if shown.has(msn, part):
            last = shown.segments[-1]
            seen.append((last.msn, len(last.parts)))
            msn, part = last.msn, len(last.parts)
    camera.join()
    assert len(seen) >= 20
    assert seen == sorted(seen)
    text = render(tail.window(), "main", parts=True)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1


@pytest.mark.alone
def test_waiting_ends_at_its_deadline_and_refuses_what_can_not_come(tmp_path):
    record(tmp_path, None, time.time_ns() // 1000 - 9_000_000, 8, 25, 50, False)
    tail = Tail(tmp_path)
    last = tail.window().last_msn
    began = time.monotonic()
    shown = tail.wait_for(last + 1, 0, 0.4)
    assert 0.3 < time.monotonic() - began < 2
    assert not shown.has(last + 1, 0)
    with pytest.raises(BadReload):
        tail.wait_for(last + 5, 0, 5)


def test_nothing_is_live_where_nothing_was_written_or_long_ago(tmp_path):
    with pytest.raises(NotLive):
        Tail(tmp_path / "never").window()
    record(tmp_path, None, WALL_US, 8, 25, 50, False)
    import os

    for path in tmp_path.glob("*/*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    with pytest.raises(NotLive):
        Tail(tmp_path).window()
