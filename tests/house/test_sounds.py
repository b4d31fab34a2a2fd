"""Voice notes: judged by content, stripped of what is not sound, short; by real encoders' files."""

from __future__ import annotations

import functools
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe

from intranet import sounds
from intranet.errors import InputError

PLACE = "+30.9882+103.6470/"
SECRETS = [b"+30.9882", b"SECRETSERIAL", b"Lavf", b"Lavc"]
TAGGED = [
    *("-metadata", f"location={PLACE}", "-metadata", "title=SECRETSERIAL"),
    *("-metadata", "com.apple.quicktime.make=SECRETSERIAL", "-metadata", "comment=SECRETSERIAL"),
    *("-metadata", "creation_time=2026-11-20T08:05:09Z", "-metadata:s:a:0", "title=SECRETSERIAL"),
    *("-metadata:s:a:0", "handler_name=SECRETSERIAL"),
]
OPUS = ("-c:a", "libopus", "-b:a", "24k")
RECORDERS = {
    "webm": ("webm", "audio/webm", [*OPUS]),
    "webm-live": ("webm", "audio/webm", [*OPUS, "-live", "1"]),
    "ogg": ("ogg", "audio/ogg", [*OPUS, "-f", "ogg"]),
    "m4a": ("m4a", "audio/mp4", ["-c:a", "aac", "-movflags", "use_metadata_tags"]),
    "m4a-ipod": ("m4a", "audio/mp4", ["-c:a", "aac", "-f", "ipod"]),
    "m4a-fragments": (
        "m4a",
        "audio/mp4",
        ["-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
    ),
    "m4a-opus": ("m4a", "audio/mp4", [*OPUS, "-f", "mp4"]),
    "amr": ("amr", "audio/amr", ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"]),
    "mp3": (
        "mp3",
        "audio/mpeg",
        ["-c:a", "libmp3lame", "-id3v2_version", "3", "-write_id3v1", "1"],
    ),
    "wav": ("wav", "audio/wav", ["-c:a", "pcm_s16le", "-ar", "16000", "-ac", "1"]),
}


def ffmpeg(*arguments):
    subprocess.run(
        [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)],
        check=True,
        timeout=60,
    )


@functools.cache
def recording(name, seconds=2.0, *more):
    extension, _media_type, options = RECORDERS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"voice.{extension}"
        tone = f"sine=frequency=440:sample_rate=48000:duration={seconds}"
        ffmpeg("-f", "lavfi", "-i", tone, *TAGGED, *options, *more, path)
        return path.read_bytes()


def refusal(data):
    with pytest.raises(InputError) as refused:
        sounds.read(data)
    assert refused.value.field == "sound"
    return refused.value.key


def samples(data, extension):
    """What is heard: the decoded samples."""
    with tempfile.TemporaryDirectory() as folder:
        path, heard = Path(folder) / f"a.{extension}", Path(folder) / "heard.raw"
        path.write_bytes(data)
        ffmpeg("-xerror", "-i", path, "-map", "0", "-f", "s16le", "-ar", "8000", "-ac", "1", heard)
        return heard.read_bytes()


@pytest.mark.parametrize("name", RECORDERS)
def test_a_voice_note_of_each_recorder_is_known_timed_and_stripped_and_sounds_as_before(name):
    extension, media_type, _options = RECORDERS[name]
    data = recording(name)
    sound = sounds.read(data)

    assert (sound.extension, sound.media_type) == (extension, media_type)
    assert sound.seconds == pytest.approx(2.0, abs=0.15)
    assert [secret for secret in SECRETS[:2] if secret in sound.data] == []
    assert samples(sound.data, extension) == samples(data, extension)
    assert sounds.read(sound.data) == sound


def test_the_tests_own_recordings_do_hold_what_must_go():
    holding = [name for name in RECORDERS if b"SECRETSERIAL" in recording(name)]

    assert {"webm", "ogg", "m4a", "m4a-ipod", "m4a-fragments", "mp3", "wav"} <= set(holding)
    assert PLACE.encode() in recording("m4a")


def test_when_it_was_recorded_is_blanked_in_mp4():
    # 2026-11-20T08:05:09Z in seconds since 1904, as the heads of an MP4 hold it.
    stamp = (1_795_161_909 + 2_082_844_800).to_bytes(4, "big")

    assert stamp in recording("m4a")
    assert stamp not in sounds.read(recording("m4a")).data


@pytest.mark.parametrize("name", RECORDERS)
def test_a_minute_is_the_longest(name):
    small = [] if name == "wav" else ["-b:a", "12200" if name == "amr" else "16k"]
    assert sounds.read(recording(name, 60, *small)).seconds == pytest.approx(60, abs=0.5)
    assert "longer than a minute" in refusal(recording(name, 63, *small))


@pytest.mark.parametrize("kind", ["webm", "mp4", "mov"])
def test_moving_pictures_are_no_voice_note(kind, tmp_path):
    path = tmp_path / f"film.{kind}"
    codecs = ["-c:v", "libvpx", "-c:a", "libopus"] if kind == "webm" else ["-c:a", "aac"]
    inputs = ["-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-f", "lavfi", "-i", "sine=d=1"]
    ffmpeg(*inputs, *codecs, path)

    assert "without moving pictures" in refusal(path.read_bytes())
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:s=64x64", *codecs[:-2], path)
    assert "without moving pictures" in refusal(path.read_bytes())


def test_a_cover_picture_goes_or_the_whole_is_refused(tmp_path):
    cover, path = tmp_path / "cover.png", tmp_path / "song.mp3"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1", cover)
    ffmpeg(
        "-f", "lavfi", "-i", "sine=d=1", "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", path
    )

    assert b"\x89PNG" in path.read_bytes()
    assert b"\x89PNG" not in sounds.read(path.read_bytes()).data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"hello",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0",
        b"<svg/>",
        b"fLaC\0\0\0\x22",
        b"\xff\xf1\x50\x80",
    ],
)
def test_what_is_no_sound_is_refused_in_words(data):
    assert refusal(data).startswith("Please send a voice recording")


def test_a_large_file_is_refused_without_being_read_whole():
    class Endless:
        taken = 0

        def read(self, size):
            self.taken += size
            return b"\0" * size

    endless = Endless()
    assert "3 MB" in refusal(endless)
    assert endless.taken == sounds.BYTES_MAX + 1


@pytest.mark.parametrize("name", RECORDERS)
def test_an_empty_recording_is_refused(name):
    data = recording(name)
    for length in (8, 16):
        refusal(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + b"\xec\x80" * 1_500_000,
        b"\0\0\0\x08ftyp" + b"\0\0\0\x08free" * 390_000,
        b"#!AMR\n" + b"\x7c" * 3_000_000,
        b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 390_000,
        b"\xff\xe3\x18\xc0" + bytes(20) + b"\xff\xe3\x18\xc0" * 700_000,
    ],
    ids=["webm", "mp4", "amr", "wav", "mp3"],
)
def test_a_file_of_a_million_little_parts_costs_little(data):
    started = time.process_time()
    refusal(data)

    assert time.process_time() - started < 1.5


def assert_taken_or_refused(data):
    try:
        sound = sounds.read(data)
    except InputError:
        return
    assert 0 < sound.seconds <= 61
    assert 0 < len(sound.data) <= max(len(data), 200)
    assert sounds.read(sound.data) == sound


MAGICS = [
    b"",
    b"\x1a\x45\xdf\xa3\x84\x42\x82\x84webm",
    b"OggS\0\x02",
    b"\0\0\0\x18ftypM4A ",
    b"#!AMR\n",
    b"#!AMR-WB\n",
    b"ID3\x03\0\0\0\0\0\x02",
    b"\xff\xfb\x90\x00",
    b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0",
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(MAGICS), st.binary(max_size=300))
def test_arbitrary_bytes_are_taken_or_refused(head, body):
    assert_taken_or_refused(head + body)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(RECORDERS)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=5)), max_size=6),
    st.floats(0, 1),
    st.booleans(),
)
def test_mutated_and_cut_recordings_are_taken_or_refused(name, changes, end, early):
    data = bytearray(recording(name, 0.5))
    for where, new in changes:
        at = int(where * (min(len(data), 900) if early else len(data)))
        data[at : at + len(new)] = new
    assert_taken_or_refused(bytes(data[: int(len(data) * (1 - end**8))]))
