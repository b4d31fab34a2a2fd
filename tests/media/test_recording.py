"""Minute files: time that is true, ends that are torn, clocks that jump."""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import film

from intranet.media import index
from intranet.media.index import EndReason
from intranet.media.recording import OddTimestampsError, Recorder

WALL_US = 1_790_000_000_000_000
NETWORK_US = 5_000
PICTURE_US = 40_000  # a fragment is written when the picture after its next has come


def record(folder, pieces, *, delays=None, clock=lambda at: WALL_US + at, end=EndReason.LOST):
    recorder = Recorder(folder, film.init())
    arrived = 0
    for number, piece in enumerate(pieces):
        delay = delays[number] if delays else NETWORK_US
        # TCP keeps the order: nothing arrives before what was sent before it.
        arrived = max(arrived, piece.start_us + piece.duration_us + PICTURE_US + delay)
        recorder.part(piece, arrived, clock(arrived))
    if end is not None:
        recorder.close(end)
    return recorder


def feed(recorder, pieces, arrivals):
    for piece, at in zip(pieces, arrivals, strict=True):
        recorder.part(piece, at, WALL_US + at)


def everything(folder):
    return [(minute, *index.read_whole(minute)) for minute in index.minutes(folder)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rate=st.floats(0.9999, 1.0001), late_us=st.integers(0, 400_000))
def test_the_time_of_a_picture_is_true_within_a_tenth_of_a_second(
    tmp_path_factory, seed, rate, late_us
):
    folder = tmp_path_factory.mktemp("stream")
    chance = random.Random(seed)
    pieces = film.fragments(60, start_us=7_200_000_000)
    # The first come late in one go; then mostly quick, now and then a burst behind a stall.
    delays = [late_us] + [
        NETWORK_US + (chance.randrange(1_500_000) if chance.random() < 0.05 else 0)
        for _piece in pieces[1:]
    ]
    base = pieces[0].start_us

    def clock(at):
        return WALL_US + int((at - base) * rate)

    record(folder, pieces, delays=delays, clock=clock)
    worst = 0
    number = 0
    walls = []
    for _minute, _header, parts, _ended in everything(folder):
        for part in parts:
            truth = clock(pieces[number].start_us)
            worst = max(worst, abs(part.wall_us - truth))
            walls.append(part.wall_us)
            number += 1
    assert number == len(pieces)
    assert worst <= 100_000
    assert walls == sorted(walls)


def test_a_new_minute_is_a_new_file_that_begins_with_a_key_picture_and_counts_on(tmp_path):
    record(tmp_path, film.fragments(150))
    files = everything(tmp_path)
    assert len(files) in {3, 4}
    msns = []
    for number, (minute, header, parts, ended) in enumerate(files):
        assert ended
        assert parts[0].independent
        assert parts[0].new_segment
        assert header.msn == parts[0].msn
        assert header.discontinuity == (number == 0)
        assert header.discontinuity_sequence == 1
        data = minute.media_path.read_bytes()
        assert data[: header.init_size] == film.init().data
        assert parts[0].offset == header.init_size
        assert parts[-1].offset + parts[-1].size == len(data)
        for sooner, later in itertools.pairwise(parts):
            assert later.offset == sooner.offset + sooner.size
        msns += [part.msn for part in parts if part.new_segment]
    assert msns == list(range(msns[0], msns[0] + len(msns)))


def test_setting_the_clock_back_an_hour_begins_a_new_file_that_sorts_last(tmp_path):
    pieces = film.fragments(30)

    def clock(at):
        return WALL_US + at - (3_600_000_000 if at > 10_000_000 else 0)

    record(tmp_path, pieces, clock=clock)
    (_, _, before, _), (_, header, after, _) = everything(tmp_path)
    assert header.discontinuity
    assert header.discontinuity_sequence == 2
    assert after[0].msn == before[-1].msn + 1
    assert after[0].wall_us < before[0].wall_us, "the records tell the truth"
    assert index.newest(tmp_path) == index.minutes(tmp_path)[-1].name
    reader = index.IndexReader(index.minutes(tmp_path)[0])
    reader.read_new()
    assert reader.end_reason is EndReason.CLOCK
    reader.close()


@pytest.mark.parametrize("jump_us", [3_600_000_000, -3_600_000_000, 20_000_000, -3_000_000])
def test_a_jump_of_the_cameras_clock_is_seen(tmp_path, jump_us):
    pieces = film.fragments(20, start_us=7_200_000_000)
    odd = [
        replace(p, start_us=p.start_us + (jump_us if n > 90 else 0)) for n, p in enumerate(pieces)
    ]
    base = 7_200_000_000
    arrivals = [true.start_us + true.duration_us - base for true in pieces]
    with pytest.raises(OddTimestampsError):
        feed(Recorder(tmp_path, film.init()), odd, arrivals)


def test_a_clock_that_stands_nearly_still_is_odd_too(tmp_path):
    """What comes of a jump back: ffmpeg makes the timestamps rise by a tick a picture."""
    still = film.fragments(1)[0]
    pieces = [replace(still, start_us=number * 100, duration_us=100) for number in range(12)]
    arrivals = [2_000_000 * number for number in range(1, 13)]
    with pytest.raises(OddTimestampsError):
        feed(Recorder(tmp_path, film.init()), pieces, arrivals)


def test_nothing_is_written_before_the_first_key_picture(tmp_path):
    pieces = [p for p in film.fragments(4) if p.start_us >= 500_000]
    record(tmp_path, pieces)
    ((_, _, parts, _),) = everything(tmp_path)
    assert parts[0].independent


def test_numbers_go_on_after_a_restart_and_targets_stay(tmp_path):
    record(tmp_path, film.fragments(10, gop=100))
    record(tmp_path, film.fragments(10, gop=100))
    (_, first, before, _), (_, second, after, _) = everything(tmp_path)
    assert after[0].msn == before[-1].msn + 1
    assert second.discontinuity_sequence == first.discontinuity_sequence + 1
    assert second.target_seconds == 4, "learnt from the first connection"
    assert second.part_target_us == first.part_target_us == 120_000


def test_a_segment_ends_without_a_key_picture_when_none_comes(tmp_path):
    record(tmp_path, film.fragments(40, gop=5000))
    ((_, _, parts, _),) = everything(tmp_path)
    assert max(part.msn for part in parts) - parts[0].msn == 3


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1))
def test_a_sidecar_torn_anywhere_reads_as_its_whole_records(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("stream")
    record(folder, film.fragments(6))
    ((minute, header, parts, _),) = everything(folder)
    size = int(minute.index_path.stat().st_size * cut)
    os.truncate(minute.index_path, size)
    torn_header, some, _ended = index.read_whole(minute)
    assert torn_header in {header, None}
    assert some == parts[: len(some)]
    assert len(some) >= (size - 1024) // index.RECORD.size - 1


@settings(max_examples=60, deadline=None)
@given(where=st.integers(0, 4000), what=st.integers(1, 255))
def test_a_flipped_byte_ends_the_reading_and_invents_nothing(tmp_path_factory, where, what):
    folder = tmp_path_factory.mktemp("stream")
    record(folder, film.fragments(6))
    ((minute, _header, parts, _),) = everything(folder)
    data = bytearray(minute.index_path.read_bytes())
    where %= len(data)
    data[where] ^= what
    minute.index_path.write_bytes(data)
    header, some, _ended = index.read_whole(minute)
    if header is not None:
        assert some == parts[: len(some)]


@settings(max_examples=40, deadline=None)
@given(index_cut=st.integers(0, 900), media_cut=st.integers(0, 3000))
def test_what_a_power_cut_left_is_closed_at_the_next_start(tmp_path_factory, index_cut, media_cut):
    folder = tmp_path_factory.mktemp("stream")
    record(folder, film.fragments(6))
    record(folder, film.fragments(6), end=None)
    whole, open_one = index.minutes(folder)
    with open_one.media_path.open("ab") as file:
        file.write(b"half a part")
    for path, less in ((open_one.index_path, index_cut), (open_one.media_path, media_cut)):
        os.truncate(path, max(0, path.stat().st_size - less))
    assert index.reconcile(folder) == 1
    assert index.reconcile(folder) == 0, "once is enough"
    assert index.read_whole(whole)[2]
    for minute, _header, parts, ended in everything(folder):
        assert ended
        assert minute.media_path.stat().st_size == parts[-1].offset + parts[-1].size
    record(folder, film.fragments(6))
    msns = [part.msn for _m, _h, parts, _e in everything(folder) for part in parts]
    assert msns == sorted(msns)


def test_a_full_disk_is_an_error_and_leaves_no_file_without_a_part(tmp_path):
    recorder = Recorder(tmp_path, film.init())
    minute = index.minute_at(tmp_path, WALL_US)
    (tmp_path / minute.day).write_text("a file where the folder should be")
    pieces = film.fragments(3)
    arrivals = [piece.start_us + piece.duration_us for piece in pieces]
    with pytest.raises(OSError, match="exists"):
        feed(recorder, pieces, arrivals)
    recorder.close(EndReason.LOST)
    assert index.minutes(tmp_path) == []
