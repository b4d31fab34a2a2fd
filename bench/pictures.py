"""What a picture costs the web: seconds and memory, beside the plain way with the same library.

    python bench/pictures.py [--rounds 5]

The plain way decodes the whole picture, turns it, scales it down, and writes picture and thumbnail.
Each is done in a child of its own; memory is the child's peak above what it had at the start.
Prints figures and ratios; makes no claim and exits with 0.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pillow_heif
from PIL import Image, ImageOps

from intranet import pictures

TURNED = 6


def photo(width: int, height: int, kind: str, mode: str = "RGB") -> bytes:
    """Something with as much detail as a street: a phone's 12 megapixels are 3 to 5 MB."""
    grain = Image.effect_noise((width // 4, height // 4), 50).resize((width, height))
    image = Image.merge("RGB", [grain, grain.transpose(Image.Transpose.ROTATE_180), grain])
    if mode == "RGBA":
        # Flat: of so many pixels with grain a file would be too large to be taken.
        image = Image.new("RGBA", (width, height), (90, 120, 150, 200))
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = TURNED
    out = io.BytesIO()
    quality = {"JPEG": 85 if width < 5000 else 70, "WEBP": 85, "HEIF": 60}.get(kind, 85)
    image.save(out, kind, quality=quality, exif=exif)
    return out.getvalue()


def plainly(data: bytes) -> None:
    """Do what is usually done."""
    with Image.open(io.BytesIO(data)) as image:
        whole = ImageOps.exif_transpose(image).convert("RGB")
        for side in (pictures.LONG_SIDE_MAX, pictures.THUMBNAIL_SIDE_MAX):
            small = ImageOps.contain(whole, (side, side), Image.Resampling.LANCZOS)
            small.save(io.BytesIO(), "JPEG", quality=pictures.QUALITY)


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0]) * 1024


def one(way: str, path: Path, rounds: int) -> None:
    """Be the child: print the median of the seconds and the peak of megabytes."""
    data, work = path.read_bytes(), {"house": pictures.read, "plain": plainly}[way]
    before, seconds = _memory("VmRSS"), []
    for _round in range(rounds):
        started = time.perf_counter()
        work(data)
        seconds.append(time.perf_counter() - started)
    print(statistics.median(seconds), (_memory("VmHWM") - before) / 1e6)


def in_a_child(way: str, path: Path, rounds: int) -> tuple[float, float]:
    """Return the median of the seconds and the peak of megabytes."""
    command = [sys.executable, __file__, "--rounds", str(rounds), "--one", way, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    seconds, peak = map(float, answer.stdout.split())
    return seconds, peak


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FILE"), help="be the child")
    given = parser.parse_args()
    rounds = given.rounds
    pillow_heif.register_heif_opener()
    if given.one:
        one(given.one[0], Path(given.one[1]), rounds)
        return
    print("                                    file    house         plain        time  memory")
    for name, width, height, kind, mode in (
        ("12 megapixels, JPEG", 4032, 3024, "JPEG", "RGB"),
        ("12 megapixels, HEIC", 4032, 3024, "HEIF", "RGB"),
        ("12 megapixels, WebP", 4032, 3024, "WEBP", "RGB"),
        ("48 megapixels, JPEG", 8000, 6000, "JPEG", "RGB"),
        ("2.6 megapixels, PNG of a screen", 1080, 2400, "PNG", "RGB"),
        ("20 megapixels, WebP, transparent", 4472, 4472, "WEBP", "RGBA"),
        ("48 megapixels, HEIC", 8000, 6000, "HEIF", "RGB"),
        ("60 megapixels, PNG, transparent", 7745, 7745, "PNG", "RGBA"),
    ):
        with tempfile.NamedTemporaryFile() as file:
            path = Path(file.name)
            path.write_bytes(photo(width, height, kind, mode))
            size = path.stat().st_size
            ours, our_peak = in_a_child("house", path, rounds)
            theirs, their_peak = in_a_child("plain", path, rounds)
        print(
            f"{name:34}{size / 1e6:5.1f}M {ours * 1000:5.0f} ms {our_peak:4.0f} MB"
            f" {theirs * 1000:5.0f} ms {their_peak:4.0f} MB  × {ours / theirs:.2f}  "
            f"× {our_peak / their_peak:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
