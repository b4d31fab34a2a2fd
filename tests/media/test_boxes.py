"""The box reader: real films read right, however they are cut; rubbish ends in BadMediaError."""

from __future__ import annotations

import contextlib
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import film

from intranet.media import boxes


@pytest.mark.parametrize(
    ("codec", "sound", "expected"),
    [
        ("libx264", False, r"avc1\.42c0.."),
        ("libx264", True, r"avc1\.42c0..,mp4a\.40\.2"),
        ("libx265", False, r"hvc1\.1\.6\.L60\.90"),
    ],
)
def test_a_real_film_is_read_as_it_is(codec, sound, expected):
    data = film.real(codec, sound)
    init, pieces = film.cut(data)
    assert re.fullmatch(expected, init.codecs), init.codecs
    assert (init.video.width, init.video.height) == (320, 240)
    assert b"".join([init.data, *(piece.data for piece in pieces)]) == data[: _until_mfra(data)]
    pictures = [piece for piece in pieces if piece.has_video]
    assert sum(piece.pictures for piece in pictures) == 100
    # The first picture lasts longer with sound: the encoder's priming is put before it.
    last = pictures[-1].start_us + pictures[-1].duration_us
    keys = [last - piece.start_us for piece in pictures[1:] if piece.independent]
    assert [round(before / 1e6, 2) for before in keys] == [3, 2, 1]
    for sooner, later in itertools.pairwise(pictures):
        assert abs(later.start_us - sooner.start_us - sooner.duration_us) <= 1


def _until_mfra(data):
    at = data.rfind(b"mfra")
    return at - 4 if at >= 0 else len(data)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=60))
def test_however_the_pipe_cuts_it_the_pieces_are_the_same(sizes):
    data = film.real(sound=True)
    reader, pieces, at = boxes.Reader(), [], 0
    for size in sizes:
        pieces += list(reader.feed(data[at : at + size]))
        at += size
    pieces += list(reader.feed(data[at:]))
    assert pieces == list(boxes.Reader().feed(data))


@settings(max_examples=300, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=12)
)
def test_damaged_films_end_in_values_or_in_bad_media(flips):
    data = bytearray(film.real(sound=True)[:60_000])
    for where, what in flips:
        data[where] = what
    reader = boxes.Reader()
    with contextlib.suppress(boxes.BadMediaError):
        for piece in reader.feed(bytes(data)):
            if isinstance(piece, boxes.Init):
                with contextlib.suppress(boxes.BadMediaError):
                    assert piece.codecs == piece.codecs
                    assert piece.video.timescale > 0
            else:
                assert piece.duration_us >= 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=4000))
def test_rubbish_ends_in_values_or_in_bad_media(rubbish):
    with contextlib.suppress(boxes.BadMediaError):
        list(boxes.Reader().feed(rubbish))
    init = film.init()
    reader = boxes.Reader()
    with contextlib.suppress(boxes.BadMediaError):
        list(reader.feed(init.data + rubbish))


def test_a_box_of_an_impossible_size_is_refused_before_it_is_collected():
    with pytest.raises(boxes.BadMediaError):
        list(boxes.Reader().feed(b"\xff\xff\xff\xffmdat"))
    with pytest.raises(boxes.BadMediaError):
        list(boxes.Reader().feed(b"\0\0\0\x01mdat" + b"\xff" * 8))


def test_a_film_without_pictures_says_so():
    init = film.cut(film.real(sound=True))[0]
    deaf = boxes.Init(init.data, tuple(track for track in init.tracks if not track.is_video))
    with pytest.raises(boxes.NoVideoError):
        _ = deaf.video
