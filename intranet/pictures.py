"""Pictures people send: judged by their content, made small, and stripped of all they tell.

What comes in is opened once and drawn anew; what goes out is a JPEG of pixels and nothing else. So
no tag, colour profile, comment, embedded thumbnail, second picture or appended byte can survive:
none of them is ever copied. Place and time are read first, by ``exif``, and returned beside it.

One picture is opened at a time in each process, so memory is bounded by the largest there may be:
360 MB for a moment where a format cannot be scaled while it is decoded (60 megapixels of PNG or
HEIC, 20 of WebP), 40 MB for a JPEG of any size. ``bench/pictures.py`` measures it.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from PIL import Image, ImageChops, ImageCms, ImageDraw
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif.as_plugin import HeifImageFile

from intranet import clock, exif
from intranet.errors import DomainError, InputError
from intranet.i18n import N_

BYTES_MAX = 16 * 1024 * 1024
MEGAPIXELS_MAX = 60
# Its decoder wants sixteen bytes a pixel, for animations nobody asked for; the others' want six.
MEGAPIXELS_MAX_WEBP = 20
LONG_SIDE_MAX, THUMBNAIL_SIDE_MAX = 2048, 480
# A JPEG may be decoded at a half, a quarter, an eighth of its size for a fraction of the cost; it
# is as long as enough remains: a 12-megapixel phone photo becomes 2016 pixels wide, not 2048.
LONG_SIDE_ENOUGH = 1600
QUALITY, THUMBNAIL_QUALITY = 82, 75
PROFILE_BYTES_MAX = 4_000_000
BOXES_MAX = 20
BOX_SIDE_MIN = 0.01
# A JPEG's blocks with halved colour are 16 pixels wide: each remembers a little of all it holds.
BLOCK = 16
BLEEDING = 1
WAIT_SECONDS = 20.0
# libheif's brands of still pictures coded by HEVC (ISO/IEC 23008-12, annex B.4).
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
FIELD = "photos"
ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BROKEN = (
    *exif.ASTRAY,
    struct.error,
    zlib.error,
    MemoryError,
    AssertionError,
    Image.DecompressionBombError,
)
_one_at_a_time = threading.Lock()
_srgb = ImageCms.createProfile("sRGB")


class PicturesBusyError(DomainError):
    """Too many pictures are being opened at this moment; the sender may try again."""

    status = 503


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of pixels only, and what its file said of place and time before.

    ``data`` is at most 2048 pixels on its long side, ``thumbnail`` at most 480; ``taken_at`` is
    in UTC.
    """

    data: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    latitude_wgs84: float | None
    longitude_wgs84: float | None


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in fractions 0–1 of its width and height from the upper left."""

    left: float
    top: float
    width: float
    height: float


def read(source: bytes | IO[bytes]) -> Picture:
    """Return the picture in a JPEG, PNG, WebP or HEIC file, whatever its name says.

    Raises InputError, field ``photos``, for anything else, animations, more than 16 MiB or more
    than 60 megapixels (WebP: 20); PicturesBusyError after 20 seconds' wait.
    """
    data = source if isinstance(source, bytes) else source.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise InputError("This picture is larger than 16 MB; please send a smaller one.", FIELD)
    with _opened(data) as image:
        tags = _tags(image)
        found = exif.place(tags) if tags is not None else None
        taken_at = exif.taken_at(tags, clock.now()) if tags is not None else None
        pixels = _upright(_pixels(image), tags)
        return _picture(pixels, taken_at, found)


def redact(data: bytes, boxes: Sequence[Box]) -> Picture:
    """Return a picture as ``read`` made it with filled boxes over what they cover.

    Nothing beneath remains, in the thumbnail neither: boxes grow to whole blocks of 16 pixels and
    one pixel more, for a JPEG decoder mixes the colours of neighbouring blocks that far. Raises
    InputError, field ``boxes``, unless there are 1 to 20 boxes inside the picture, each at least a
    hundredth of its width and height; and for a file that ``read`` did not make.
    """
    _check(boxes)
    with _opened(data) as image:
        ours = isinstance(image, JpegImageFile) and not image.info.get("exif")
        if not ours or max(image.size) > LONG_SIDE_MAX:
            raise InputError("Boxes are drawn on a picture as it is kept here.", "boxes")
        pixels = _pixels(image)
        draw = ImageDraw.Draw(pixels)
        for box in boxes:
            draw.rectangle(_covered(box, pixels.size), fill=(0, 0, 0))
        return _picture(pixels, None, None)


def _check(boxes: Sequence[Box]) -> None:
    if not 1 <= len(boxes) <= BOXES_MAX:
        key = "Draw at least one box and at most %(most)d."
        raise InputError(key, "boxes", most=BOXES_MAX)
    slack = 1e-6  # a browser's fractions add up to a little more than 1
    for box in boxes:
        inside = (
            -slack <= box.left
            and -slack <= box.top
            and box.left + box.width <= 1 + slack
            and box.top + box.height <= 1 + slack
        )
        # NaN is neither inside nor large enough: each comparison with it is false.
        if not (inside and box.width >= BOX_SIDE_MIN and box.height >= BOX_SIDE_MIN):
            raise InputError("A box lies outside the picture or is too small.", "boxes")


def _covered(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the first and last column and row a box covers: left, top, right, bottom."""
    left, right = _span(box.left, box.width, size[0])
    top, bottom = _span(box.top, box.height, size[1])
    return left, top, right, bottom


def _span(start: float, length: float, whole: int) -> tuple[int, int]:
    first = math.floor(start * whole) // BLOCK * BLOCK
    end = math.ceil(math.ceil((start + length) * whole) / BLOCK) * BLOCK
    return max(first - BLEEDING, 0), min(end + BLEEDING, whole) - 1


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a file of one of the four kinds; whatever breaks inside is the sender's to hear."""
    kind = _kind(data)
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise PicturesBusyError("Many pictures are arriving just now; please send it again.")
    try:
        with kind(io.BytesIO(data)) as image:
            _check_size(image)
            # A phone's second pictures in one HEIC or JPEG are depth maps and the like.
            if kind in {PngImageFile, WebPImageFile} and getattr(image, "is_animated", False):
                raise InputError("Please send a still picture, not an animation.", FIELD)
            yield image
    except BROKEN:
        raise InputError(
            "This picture is damaged or incomplete; please send it again.", FIELD
        ) from None
    finally:
        _one_at_a_time.release()


def _check_size(image: Image.Image) -> None:
    most = MEGAPIXELS_MAX_WEBP if isinstance(image, WebPImageFile) else MEGAPIXELS_MAX
    if image.width * image.height > most * 1_000_000:
        key = N_("This picture has more than %(most)d megapixels; please send a smaller one.")
        raise InputError(key, FIELD, most=most)


def _kind(
    data: bytes,
) -> type[JpegImageFile | PngImageFile | WebPImageFile | HeifImageFile]:
    # The classes themselves, not Image.open: it would also take a JPEG for a book of pictures.
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WebPImageFile
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return HeifImageFile
    raise InputError("Please send a picture: JPEG, PNG, WebP or HEIC.", FIELD)


def _tags(image: Image.Image) -> Image.Exif | None:
    try:
        return image.getexif()
    except (*exif.ASTRAY, struct.error):
        return None


def _pixels(image: Image.Image) -> Image.Image:
    """Decode at the least cost, scale down, and return sRGB on white, without anything else."""
    profile = image.info.get("icc_profile")
    long_side = max(image.size)
    if isinstance(image, JpegImageFile):
        part = next(one for one in (8, 4, 2, 1) if one == 1 or long_side / one >= LONG_SIDE_ENOUGH)
        image.draft(None, (max(1, image.width // part), max(1, image.height // part)))
    image.load()
    _check_size(image)  # decoding may tell another size than the head did
    small = _in_srgb(_small(image), profile)
    small.info = {}  # Pillow would write a comment found here
    return small


def _small(image: Image.Image) -> Image.Image:
    """Scale down to what is kept; the large picture is copied as little as can be."""
    size = _within(image.size, LONG_SIDE_MAX)
    if image.mode in {"P", "PA", "LA"} or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):
        image = _eight_bits(image)
    elif image.mode == "1":
        image = image.convert("L")
    if image.mode == "RGBA":
        # Transparent is paper: white. Channel by channel, for Pillow would copy all four at once.
        image.paste((255, 255, 255, 255), mask=ImageChops.invert(image.getchannel("A")))
        return Image.merge("RGB", [_resized(image.getchannel(one), size) for one in "RGB"])
    return _resized(image, size)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if size == image.size:
        return image.copy()
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey of 16 bits as grey of 8: Pillow's own conversion would cut, not scale."""
    return image.convert("I").point([value >> 8 for value in range(65536)], "L")


def _within(size: tuple[int, int], most: int) -> tuple[int, int]:
    longest = max(size)
    if longest <= most:
        return size
    return max(1, round(size[0] * most / longest)), max(1, round(size[1] * most / longest))


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    if isinstance(profile, bytes) and 0 < len(profile) <= PROFILE_BYTES_MAX:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, *exif.ASTRAY):
            converted = None  # a broken profile says nothing: the colours stay as they are
        if converted is not None:
            return converted
    return image.convert("RGB")


def _upright(image: Image.Image, tags: Image.Exif | None) -> Image.Image:
    try:
        turn = _TURNS.get(int(tags.get(ORIENTATION, 1))) if tags is not None else None
    except (*exif.ASTRAY, struct.error):
        turn = None
    return image if turn is None else image.transpose(turn)


def _picture(
    pixels: Image.Image, taken_at: datetime | None, place: tuple[float, float] | None
) -> Picture:
    small = _resized(pixels, _within(pixels.size, THUMBNAIL_SIDE_MAX))
    return Picture(
        data=_jpeg(pixels, QUALITY),
        thumbnail=_jpeg(small, THUMBNAIL_QUALITY),
        width=pixels.width,
        height=pixels.height,
        taken_at=taken_at,
        latitude_wgs84=place[0] if place else None,
        longitude_wgs84=place[1] if place else None,
    )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
