"""What is kept and what goes: by age, by space, by what the disk has left; never what is live."""

from __future__ import annotations

import os
import pathlib

import pytest
from media import film

from intranet.media import index, retention
from intranet.media.index import EndReason
from intranet.media.recording import Recorder

NOW = 1_790_000_000.0
MINUTES = 6


@pytest.fixture
def recordings(tmp_path):
    """Two cameras with six old minutes each, an hour apart, the newest three hours old."""
    for code in ("C1", "C2"):
        for number in range(MINUTES):
            age = 3 + MINUTES - 1 - number
            wall_us = int((NOW - age * 3600) * 1e6)
            recorder = Recorder(tmp_path / code / "main", film.init())
            for piece in film.fragments(4, size=4000):
                at = piece.start_us + piece.duration_us
                recorder.part(piece, at, wall_us + at)
            recorder.close(EndReason.LOST)
            minute = index.minutes(tmp_path / code / "main")[-1]
            for path in (minute.media_path, minute.index_path):
                os.utime(path, (wall_us / 1e6, wall_us / 1e6))
    return tmp_path


def kept(folder):
    return [len(index.minutes(folder / code / "main")) for code in ("C1", "C2")]


def limits(**changed):
    return retention.Limits(**({"days": 0, "total_bytes": 0, "free_bytes": 0} | changed))


def test_without_limits_everything_stays(recordings):
    assert retention.prune(recordings, limits(), NOW) == 0
    assert kept(recordings) == [MINUTES, MINUTES]


def test_what_is_too_old_goes(recordings):
    assert retention.prune(recordings, limits(days=1), NOW + 86_400 - 4.5 * 3600) == 8
    assert kept(recordings) == [2, 2]


def test_the_oldest_goes_first_when_space_is_short(recordings):
    size = sum(path.stat().st_blocks * 512 for path in recordings.rglob("*.mp4"))
    removed = retention.prune(recordings, limits(total_bytes=size // 2), NOW)
    assert removed == MINUTES
    assert kept(recordings) == [3, 3]
    assert all(m.media_path.exists() for m in index.minutes(recordings / "C1" / "main"))


def test_a_full_disk_never_takes_what_is_being_written(recordings):
    newest = index.minutes(recordings / "C1" / "main")[-1]
    os.utime(newest.media_path, (NOW, NOW))
    assert retention.prune(recordings, limits(free_bytes=2**62), NOW) == 2 * MINUTES - 1
    assert kept(recordings) == [1, 0]


def test_what_came_and_went_in_between_is_counted(recordings):
    """One keeper over several passes removes just what a fresh one would."""
    keeper = retention.Keeper(recordings)
    size = sum(path.stat().st_blocks * 512 for path in recordings.rglob("*.mp4"))
    assert keeper.prune(limits(total_bytes=size), NOW) == 0
    fresh = Recorder(recordings / "C1" / "main", film.init())
    for piece in film.fragments(4, size=4000):
        at = piece.start_us + piece.duration_us
        fresh.part(piece, at, int((NOW - 1000) * 1e6) + at)
    fresh.close(EndReason.LOST)
    newest = index.minutes(recordings / "C1" / "main")[-1]
    os.utime(newest.media_path, (NOW - 1000, NOW - 1000))
    assert keeper.prune(limits(total_bytes=size), NOW) >= 1
    left = sum(path.stat().st_blocks * 512 for path in recordings.rglob("*.mp4"))
    assert left <= size
    assert newest.media_path.exists()
    assert keeper.prune(limits(total_bytes=size), NOW) == 0
    assert keeper.prune(limits(total_bytes=left // 2), NOW) == -(-(2 * MINUTES) // 2)


def test_a_pass_with_nothing_to_remove_looks_at_few_files(recordings, monkeypatch):
    keeper = retention.Keeper(recordings)
    size = sum(path.stat().st_blocks * 512 for path in recordings.rglob("*.mp4"))
    later = NOW + 3 * 86_400
    keeper.prune(limits(total_bytes=size, days=30), later)
    looked = []
    real = pathlib.Path.stat

    def stat(path, **named):
        if path.suffix == ".mp4":
            looked.append(path)
        return real(path, **named)

    monkeypatch.setattr(pathlib.Path, "stat", stat)
    assert keeper.prune(limits(total_bytes=size, days=30), later) == 0
    assert len(looked) <= 2  # the oldest of each stream


def test_the_last_picture_of_a_camera_long_gone_goes_too(recordings):
    for code, days in (("C1", 40), ("C2", 2)):
        still = recordings / code / "still.jpg"
        still.write_bytes(b"a picture")
        os.utime(still, (NOW - days * 86_400,) * 2)
    retention.prune(recordings, limits(days=30), NOW)
    assert not (recordings / "C1" / "still.jpg").exists()
    assert (recordings / "C2" / "still.jpg").exists()


def test_a_day_that_is_empty_is_no_folder_any_more(recordings):
    retention.prune(recordings, limits(days=1), NOW + 10 * 86_400)
    assert [path for path in recordings.glob("*/*/2*") if path.is_dir()] == []
