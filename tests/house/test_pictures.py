"""Pictures: judged by content, made small, stripped bare; boxes leave nothing beneath."""

from __future__ import annotations

import io
import random
import threading
import zlib
from datetime import UTC, datetime, timedelta

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from intranet import clock, pictures
from intranet.errors import InputError
from intranet.pictures import Box

# Pillow says on stderr what it found amiss in a broken file; that is no fault of ours.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
pillow_heif.register_heif_opener()  # to write HEIC here; the house opens only what it asks for

MARKS = [b"SECRETSERIAL", b"MAKERNOTE", b"COMMENTMARK", b"XMPMARK", b"IPTCMARK", b"TAILMARK"]
DUJIANGYAN = ((30, 59, 17.52), (103, 38, 49.2))  # 30.9882, 103.647


def drawing(size=(640, 480), seed=0):
    image = Image.new("RGB", size, (200, 190, 170))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(220, 30, 30))  # red: upper left
    draw.ellipse((size[0] // 2, size[1] // 2, size[0] - 9, size[1] - 9), fill=(seed % 256, 90, 200))
    return image


def tags(
    *,
    place=DUJIANGYAN,
    refs=("N", "E"),
    taken="2026:11:20 16:05:09",
    offset=None,
    turn=None,
    **more,
):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Huawei", "SECRETSERIAL"
    if turn:
        exif[0x0112] = turn
    photo = exif.get_ifd(0x8769)
    photo[0x927C], photo[0xA431] = b"MAKERNOTE" * 20, "SECRETSERIAL"
    if taken:
        photo[0x9003] = taken
    if offset:
        photo[0x9011] = offset
    if place:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = refs[0], place[0], refs[1], place[1]
        gps.update(more.get("gps", {}))
    return exif


def file_of(kind, image=None, **options):
    out = io.BytesIO()
    (image or drawing()).save(out, kind, **options)
    return out.getvalue()


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def assert_red(image):
    red, green, _blue = image.getpixel((20, 20))
    assert red > 200
    assert green < 60


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 4, 0, tzinfo=UTC))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_phone_photo_of_each_kind_gives_its_pixels_its_place_and_its_time(kind):
    photo = file_of(kind, drawing((4032, 3024)), exif=tags())
    picture = pictures.read(photo)
    image, small = opened(picture.data), opened(picture.thumbnail)

    assert (image.format, small.format) == ("JPEG", "JPEG")
    assert image.size == (picture.width, picture.height)
    assert 1600 <= max(image.size) <= 2048
    assert abs(image.width / image.height - 4 / 3) < 0.01
    assert max(small.size) == 480
    assert_red(image)
    assert picture.taken_at == datetime(2026, 11, 20, 8, 5, 9, tzinfo=UTC)
    assert (picture.latitude_wgs84, picture.longitude_wgs84) == (30.9882, 103.647)


def segment(marker, body):
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def test_of_tags_comments_profiles_second_pictures_and_appended_bytes_not_one_survives():
    thumbnail = file_of("JPEG", drawing((160, 120)), comment=b"COMMENTMARK")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = file_of(
        "JPEG", exif=tags().tobytes() + thumbnail, icc_profile=profile, comment=b"COMMENTMARK"
    )
    crafted = (
        whole[:2]
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>XMPMARK</x:xmpmeta>")
        + segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0bIPTCMARK\0\0\0")
        + segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0\0")
        + segment(0xEB, b"TAILMARK of a maker")
        + whole[2:]
        + thumbnail
        + b"MotionPhoto_Data TAILMARK"
    )
    picture = pictures.read(crafted)

    for data in (picture.data, picture.thumbnail):
        assert [mark for mark in MARKS if mark in data] == []
        assert b"Exif" not in data
        assert b"GPS" not in data
        assert b"ICC_PROFILE" not in data
        assert data.count(b"\xff\xd8\xff") == 1
        assert data.endswith(b"\xff\xd9")
        assert markers(data) <= {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        assert dict(opened(data).getexif()) == {}
        assert set(opened(data).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def markers(data):
    """The markers before the scan, with the one that begins it."""
    found, at = {data[1]}, 2
    while data[at + 1] != 0xDA:
        found.add(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found | {0xDA}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_the_other_kinds_keep_nothing_either(kind):
    more = {"xmp": b"<x>XMPMARK</x>"} if kind != "PNG" else {}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "COMMENTMARK")
        info.add_itxt("XML:com.adobe.xmp", "XMPMARK")
        more = {"pnginfo": info}
    picture = pictures.read(file_of(kind, exif=tags(), **more) + b"TAILMARK")

    for data in (picture.data, picture.thumbnail):
        assert [mark for mark in MARKS if mark in data] == []
        assert dict(opened(data).getexif()) == {}


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(turn):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = drawing() if turn == 1 else drawing().transpose(undo[turn])
    picture = pictures.read(file_of("JPEG", held, exif=tags(turn=turn)))

    assert (picture.width, picture.height) == (640, 480)
    assert opened(picture.data).getpixel((20, 20))[0] > 200
    assert opened(picture.data).getpixel((620, 20))[1] > 150


@pytest.mark.parametrize(
    ("place", "refs", "gps"),
    [
        (((0, 0, 0), (0, 0, 0)), ("N", "E"), {}),
        (((30, 59, 17), (103, 38, 49)), ("S", "E"), {}),
        (((30, 59, 17), (103, 38, 49)), ("N", "W"), {}),
        (((30, 59, 17), (103, 38, 49)), ("", "E"), {}),
        (((30, 59, 17), (103, 38, 49)), ("X", "E"), {}),
        (((48, 51, 24), (2, 21, 3)), ("N", "E"), {}),  # Paris
        (((30, 75, 17), (103, 38, 49)), ("N", "E"), {}),
        (((30, 59, 17), (103, 38, 49)), ("N", "E"), {18: "TOKYO"}),
        (((30, 59, 17), (103, 38, 49)), ("N", "E"), {18: "GCJ-02"}),
        (((30, 59, 17), (103, 38, 49)), ("N", "E"), {9: "V"}),
        (((30, 59, 17), (103, 38, 49, 1)), ("N", "E"), {}),
        (None, ("N", "E"), {}),
    ],
)
def test_a_place_that_cannot_be_relied_on_is_none(place, refs, gps):
    picture = pictures.read(file_of("JPEG", exif=tags(place=place, refs=refs, gps=gps)))

    assert (picture.latitude_wgs84, picture.longitude_wgs84) == (None, None)


@pytest.mark.parametrize(
    ("place", "refs"),
    [
        (((30.9882,), (103.647,)), ("N", "E")),
        (((30, 59.292), (103, 38.82)), ("n", "e")),
        (((30, 59, 17.52), (103, 38, 49.2)), ("N\0", "E ")),
        (((30, 59.292, 0), (103, 38.82, 0)), ("N", "E")),
    ],
)
def test_degrees_are_read_as_cameras_write_them(place, refs):
    exif = tags(place=place, refs=refs, gps={18: "WGS-84", 9: "A"})
    picture = pictures.read(file_of("JPEG", exif=exif))

    assert picture.latitude_wgs84 == pytest.approx(30.9882, abs=1e-6)
    assert picture.longitude_wgs84 == pytest.approx(103.647, abs=1e-6)


def test_a_rational_over_zero_is_no_place_and_no_crash():
    raw = bytearray(tags(place=((30, 59, 17), (103, 38, 49))).tobytes())
    at = raw.find((30).to_bytes(4, "big") + (1).to_bytes(4, "big"))
    if at < 0:
        at = raw.find((30).to_bytes(4, "little") + (1).to_bytes(4, "little"))
    assert at > 0
    raw[at + 4 : at + 8] = bytes(4)

    assert pictures.read(file_of("JPEG", exif=bytes(raw))).latitude_wgs84 is None


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2026:11:20 16:05:09", None, datetime(2026, 11, 20, 8, 5, 9, tzinfo=UTC)),
        ("2026:11:20 16:05:09", "+08:00", datetime(2026, 11, 20, 8, 5, 9, tzinfo=UTC)),
        ("2026:11:20 16:05:09", "Z", datetime(2026, 11, 20, 16, 5, 9, tzinfo=UTC)),
        ("2026:11:20 16:05:09", "-05:30", datetime(2026, 11, 20, 21, 35, 9, tzinfo=UTC)),
        ("2026:11:20 16:05:09", "+99:00", datetime(2026, 11, 20, 8, 5, 9, tzinfo=UTC)),
        ("2026:11:24 12:03:00", None, datetime(2026, 11, 24, 4, 0, tzinfo=UTC)),  # a fast clock
        ("2026:11:24 12:06:00", None, None),
        ("2036:01:01 00:00:00", None, None),
        ("1999:12:31 23:59:59", None, None),
        ("2026:13:41 25:00:00", None, None),
        ("0000:00:00 00:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        (None, None, None),
    ],
)
def test_the_time_of_a_photo_is_beijing_time_unless_it_says_otherwise(taken, offset, expected):
    exif = tags(taken=taken, offset=offset)

    assert pictures.read(file_of("JPEG", exif=exif)).taken_at == expected


def test_a_photo_with_broken_tags_is_a_photo_without_place_and_time():
    for raw in (
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0nonsense",
        b"Exif\0\0II*\0\x08\0\0\0\xff",
    ):
        picture = pictures.read(file_of("JPEG", exif=raw))
        assert (picture.taken_at, picture.latitude_wgs84) == (None, None)


def refusal(data):
    with pytest.raises(InputError) as refused:
        pictures.read(data)
    assert refused.value.field == "photos"
    return refused.value.key


def test_what_is_no_still_picture_is_refused_in_words():
    frames = [drawing((64, 64), seed) for seed in (0, 90, 180)]
    moving = {"save_all": True, "append_images": frames[1:], "duration": 100}

    for data in (
        b"",
        b"GIF89a",
        b"<svg/>",
        b"%PDF-1.7",
        file_of("GIF"),
        file_of("BMP"),
        file_of("TIFF"),
    ):
        assert refusal(data).startswith("Please send a picture")
    for kind in ("PNG", "WEBP"):
        assert "animation" in refusal(file_of(kind, frames[0], **moving))
    assert "16 MB" in refusal(file_of("JPEG") + bytes(17_000_000))
    assert "16 MB" in refusal(io.BytesIO(bytes(17_000_000)).read())


def png_head(width, height):
    body = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        + bytes(4) + b"IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")
    )  # fmt: skip


def test_a_bomb_is_refused_by_its_head_alone():
    assert "megapixels" in refusal(png_head(7746, 7747))
    assert "megapixels" in refusal(png_head(12000, 12000))
    assert refusal(png_head(100_000, 100_000))
    assert "damaged" in refusal(png_head(7000, 7000))
    assert "megapixels" in refusal(file_of("WEBP", Image.new("RGB", (4500, 4500)), method=0))
    large = bytearray(file_of("JPEG"))
    at = large.find(b"\xff\xc0")
    large[at + 5 : at + 9] = b"\xff\xf0\xff\xf0"
    assert "megapixels" in refusal(bytes(large))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_truncated_picture_is_refused(kind):
    whole = file_of(kind, drawing((800, 600)), exif=tags())
    for part in (0.05, 0.3, 0.6, 0.9):
        refusal(whole[: int(len(whole) * part)])


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("PNG", "I;16"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_kind_of_pixel_becomes_plain_colour(kind, mode):
    image = drawing().quantize() if mode == "P" else drawing().convert(mode.removesuffix(";16"))
    if mode == "I;16":
        image = Image.new("I;16", (640, 480), 0xC8C8)
    picture = opened(pictures.read(file_of(kind, image)).data)

    assert (picture.mode, picture.size) == ("RGB", (640, 480))
    if mode != "1":
        assert all(abs(have - 195) < 30 for have in picture.getpixel((300, 20)))


def test_what_is_transparent_becomes_white_paper():
    picture = opened(
        pictures.read(file_of("PNG", Image.new("RGBA", (3000, 90), (9, 9, 9, 0)))).data
    )

    assert min(picture.getpixel((500, 20))) > 250
    assert max(picture.size) == 2048


def test_colours_of_another_profile_are_converted_and_a_broken_profile_is_passed_over():
    # A profile whose red is sRGB's green, made of sRGB's own by exchanging two tags' names.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = profile.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1)
    exchanged = exchanged.replace(b"????", b"gXYZ", 1)
    plain = drawing()
    converted = opened(pictures.read(file_of("JPEG", plain, icc_profile=exchanged)).data)
    left_alone = opened(pictures.read(file_of("JPEG", plain, icc_profile=b"broken" * 40)).data)

    red, green, _blue = converted.getpixel((20, 20))
    assert green > 200
    assert red < 60
    assert_red(left_alone)


BOXES = st.builds(
    lambda left, top, width, height: Box(left * (1 - width), top * (1 - height), width, height),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.011, 1),
    st.floats(0.011, 1),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(BOXES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_two_pictures_that_differ_beneath_the_boxes_alone_come_out_the_same(boxes, seed):

    plain = drawing((331, 217))
    other = plain.copy()
    for box in boxes:
        left, top = int(box.left * 331) + 1, int(box.top * 217) + 1
        right, bottom = int((box.left + box.width) * 331), int((box.top + box.height) * 217)
        if right > left and bottom > top:
            noise = random.Random(seed).randbytes((right - left) * (bottom - top) * 3)
            other.paste(Image.frombytes("RGB", (right - left, bottom - top), noise), (left, top))
    # JPEG: each block remembers all it held, and its neighbours' colours bleed into it.
    first = pictures.redact(file_of("JPEG", plain, quality=82), boxes)
    second = pictures.redact(file_of("JPEG", other, quality=82), boxes)

    assert first == second
    assert (first.taken_at, first.latitude_wgs84) == (None, None)


def test_a_box_is_black_in_the_picture_and_in_its_thumbnail_and_no_other_is_in_the_file():
    kept = pictures.read(file_of("JPEG", drawing((1600, 1200)), exif=tags()))
    redacted = pictures.redact(kept.data, [Box(0, 0, 0.25, 0.25)])
    image, small = opened(redacted.data), opened(redacted.thumbnail)

    assert max(image.crop((0, 0, 392, 292)).tobytes()) < 8
    assert max(small.crop((0, 0, 112, 82)).tobytes()) < 8
    assert min(image.getpixel((800, 200))) > 150
    assert redacted.data.count(b"\xff\xd8\xff") == 1
    assert (redacted.width, redacted.height) == (1600, 1200)


@pytest.mark.parametrize(
    "boxes",
    [
        [],
        [Box(0.1, 0.1, 0.1, 0.1)] * 21,
        [Box(-0.1, 0, 0.5, 0.5)],
        [Box(0.6, 0, 0.5, 0.5)],
        [Box(0, 0, 0.001, 0.5)],
        [Box(0, 0, 0.5, -0.5)],
        [Box(float("nan"), 0, 0.5, 0.5)],
        [Box(0, 0, float("inf"), 0.5)],
    ],
)
def test_boxes_outside_the_picture_too_small_or_too_many_are_refused(boxes):
    with pytest.raises(InputError) as refused:
        pictures.redact(file_of("JPEG"), boxes)
    assert refused.value.field == "boxes"


def test_boxes_are_drawn_only_on_what_the_house_made_itself():
    for foreign in (
        file_of("PNG"),
        file_of("WEBP"),
        file_of("JPEG", exif=tags(turn=6)),
        file_of("JPEG", drawing((2500, 900))),
    ):
        with pytest.raises(InputError):
            pictures.redact(foreign, [Box(0.1, 0.1, 0.2, 0.2)])


def assert_taken_or_refused(data):
    try:
        picture = pictures.read(data)
    except InputError:
        return
    image, small = opened(picture.data), opened(picture.thumbnail)
    assert image.size == (picture.width, picture.height)
    assert max(image.size) <= 2048
    assert max(small.size) <= 480
    assert dict(image.getexif()) == {}
    assert picture.taken_at is None or picture.taken_at <= clock.now()
    assert (picture.latitude_wgs84 is None) == (picture.longitude_wgs84 is None)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]
    ),
    st.binary(max_size=400),
)
def test_arbitrary_bytes_are_taken_or_refused(head, body):
    assert_taken_or_refused(head + body)


SAMPLES: dict[str, bytes] = {}


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=8),
    st.floats(0, 1),
    st.booleans(),
)
def test_mutated_and_cut_photos_are_taken_or_refused(kind, changes, end, early):
    if kind not in SAMPLES:
        SAMPLES[kind] = file_of(kind, drawing((96, 64)), exif=tags())
    data = bytearray(SAMPLES[kind])
    for where, new in changes:
        # Half of them among the heads and tags, where breaking matters most.
        at = int(where * (min(len(data), 700) if early else len(data)))
        data[at : at + len(new)] = new
    assert_taken_or_refused(bytes(data[: int(len(data) * (1 - end**8))]))


def test_one_picture_at_a_time_and_who_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)
    photo = file_of("JPEG")
    with pictures._one_at_a_time, pytest.raises(pictures.PicturesBusyError):
        pictures.read(photo)
    done = []
    threads = [threading.Thread(target=lambda: done.append(pictures.read(photo))) for _ in range(3)]
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 20)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(done) == 3
    assert len(set(done)) == 1


def test_a_refused_picture_leaves_the_door_open():
    refusal(file_of("JPEG")[:200])

    assert pictures.read(file_of("JPEG")).width == 640
    assert timedelta(seconds=pictures.WAIT_SECONDS) < timedelta(minutes=1)
