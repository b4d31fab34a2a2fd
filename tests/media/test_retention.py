"""What is kept and what goes: by age, by space, by what the disk has left; never what is live."""

from __future__ import annotations

import os

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
