"""The demo cameras' pictures: what is spliced into them decodes to what it should show."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe

from intranet.media.demo import bits, encoder
from intranet.media.demo.camera import DemoCamera
from intranet.media.demo.clock_band import BANDS, DOTS, band_slice
from intranet.media.demo.loop import load
from intranet.media.demo.scenes import KINDS, kind_of, scene

SIZES = {"main": (960, 540), "sub": (480, 270)}
CAMERA = DemoCamera("WJ-007", "石板巷口 <东>")


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.integers(0, 70_000), max_size=40))
def test_codes_written_are_codes_read(numbers):
    writer = bits.BitWriter()
    for number in numbers:
        writer.ue(number)
    reader = bits.BitReader(writer.finish())
    assert [reader.ue() for _ in numbers] == numbers


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_an_escaped_payload_has_no_start_code_and_comes_back(payload):
    escaped = bits.escape(payload)
    assert not any(code in escaped for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
    assert bits.unescape(escaped) == payload


@pytest.fixture(scope="module")
def loops(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo-cameras")
    asyncio.run(encoder.encode(CAMERA, folder, get_ffmpeg_exe()))
    return {stream: load(path, stream) for stream, path in paths(folder).items()}


def paths(folder):
    return encoder.loop_paths(CAMERA, folder)


def annex_b(loop, texts):
    """Return the stream a client gets when the clock shows ``texts``, picture by picture."""
    units, shown = [], ""
    for picture, text in zip(loop.pictures, texts, strict=False):
        units += nals(picture.scene)
        units.append(band_slice(loop.band, picture.header, text, shown))
        shown = text
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def nals(packets):
    """Return the NAL units in packets, fragments put together (RFC 6184 5.8)."""
    units = []
    for offset, length, _ in packets.table:
        payload = packets.template[offset + 16 : offset + 16 + length]
        if payload[0] & 0x1F != 28:
            units.append(payload)
        elif payload[1] & 0x80:
            units.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]) + payload[2:])
        else:
            units[-1] += payload[2:]
    return units


def decode(stream, size):
    """Return the decoded pictures in grey; fails on anything the decoder complains about."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "warning"]
    command += ["-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough"]
    command += ["-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    done = subprocess.run(command, input=stream, capture_output=True, check=True)
    assert not [line for line in done.stderr.splitlines() if b"error" in line or b"conceal" in line]
    step = size[0] * size[1]
    return [done.stdout[start : start + step] for start in range(0, len(done.stdout), step)]


def clock_in(luma, stream):
    """Read the characters of the clock from the dots of a grey picture."""
    band, (width, _) = BANDS[stream], SIZES[stream]
    top, text = band.scene_rows * 16 + band.top, ""
    for place in range(19):
        left = (band.start_column + place) * 16
        rows = []
        for dot_row in range(7):
            # A line in the middle of the dot's height, whatever the character's height.
            lines = [
                y for y in range(band.character_height) if y * 7 // band.character_height == dot_row
            ]
            start = (top + lines[len(lines) // 2]) * width + left
            dots = (luma[start + int((dot + 0.5) * band.dot_width)] > 120 for dot in range(5))
            rows.append(sum(seen << (4 - dot) for dot, seen in enumerate(dots)))
        text += next((letter for letter, dots in DOTS.items() if dots == tuple(rows)), "?")
    return text


@pytest.mark.parametrize("stream", ["main", "sub"])
def test_every_picture_shows_the_time_it_was_given(loops, stream):
    texts = [
        f"2026-12-{31 - number // 40:02} {number % 24:02}:59:{number // 3 % 60:02}"
        for number in range(288)
    ]
    pictures = decode(annex_b(loops[stream], texts), SIZES[stream])
    assert [clock_in(luma, stream) for luma in pictures] == texts


@pytest.mark.parametrize("stream", ["main", "sub"])
def test_the_scene_is_as_the_encoder_left_it_and_it_moves(loops, stream, tmp_path):
    loop = loops[stream]
    pictures = decode(annex_b(loop, ["2026-11-23 10:00:00"] * 288), SIZES[stream])
    assert len(pictures) == encoder.FRAMES_PER_SECOND * 24 == len(loop.pictures)
    scene_bytes = SIZES[stream][0] * loop.band.scene_rows * 16
    moments = [luma[:scene_bytes] for luma in pictures[::24]]
    for sooner, later in itertools.pairwise(moments):
        changed = sum(abs(a - b) > 24 for a, b in zip(sooner, later, strict=True))
        assert 200 < changed < scene_bytes // 5


def test_a_loop_fits_its_bit_rate(loops):
    for stream, most in (("main", 250_000), ("sub", 110_000)):
        loop = loops[stream]
        texts = [f"2026-11-23 10:00:{number // 12:02}" for number in range(288)]
        assert len(annex_b(loop, texts)) * 8 / 24 < most


@settings(deadline=None)  # the machine may be busy
@given(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["东街", "菜市场", "南门", "广场", "停车场", "河边", "巷子"]),
)
def test_any_name_makes_a_drawing_that_is_xml(code, name):
    drawn = scene(DemoCamera(code, f'{name}<&">'))
    if all(letter.isprintable() for letter in code):
        for drawing in (drawn.background, *(mover.svg for mover in drawn.movers)):
            ET.fromstring(drawing)


def test_each_kind_of_place_is_drawn_as_itself():
    names = [
        "河坝菜市场",
        "文化广场",
        "老码头停车场",
        "锦苑东门",
        "清水河桥头",
        "石板巷",
        "正街北段",
    ]
    assert [KINDS.index(kind_of(DemoCamera("C", name))) for name in names] == list(range(7))


def test_a_stream_of_another_encoder_is_refused(tmp_path):
    path = tmp_path / "other.h264"
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=0.2"]
    subprocess.run([*command, "-c:v", "libx264", "-f", "h264", str(path)], check=True)
    with pytest.raises(bits.UnknownStreamError):
        load(path, "main")
