"""People and vehicles of the demo scenes, drawn as SVG, facing right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

CLOTHES = ("#a63d2f", "#2f5d8a", "#3d7a4e", "#8a6d2f", "#5b4a7d", "#c27a2c", "#4d4d55", "#b8b2a4")
TROUSERS = ("#23283a", "#3a3230", "#2c3b33", "#444a55")
SKIN = ("#d9a77f", "#c99670", "#e2b68f")
PAINT = ("#d8d8d4", "#8d1f1f", "#1f3f6d", "#2b2b2e", "#c9b037", "#6d7f86", "#f0f0ec")


@dataclass(frozen=True)
class Figure:
    """A drawing ``width`` by ``height`` pixels at the front of the picture; feet at its foot."""

    width: int
    height: int
    body: str
    speed: int  # how many widths of the picture it goes in one loop

    def svg(self, scale: float, *, mirrored: bool) -> str:
        """Return the drawing at a scale, facing left when mirrored."""
        width, height = self.size(scale)
        turn = f'transform="translate({self.width} 0) scale(-1 1)"' if mirrored else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {self.width} {self.height}"><g {turn}>{self.body}</g></svg>'
        )

    def size(self, scale: float) -> tuple[int, int]:
        """Return width and height at a scale: even numbers, for chroma's sake."""
        return round(self.width * scale / 2) * 2, round(self.height * scale / 2) * 2


def person(chance: random.Random) -> Figure:
    """Return somebody walking, some with an umbrella or a bag."""
    coat, legs, skin = chance.choice(CLOTHES), chance.choice(TROUSERS), chance.choice(SKIN)
    extra = chance.choice(("", "bag", "umbrella", "bag"))
    more = '<rect x="34" y="68" width="14" height="20" rx="3" fill="#e8e2cf"/>'
    if extra == "umbrella":
        paint = chance.choice(CLOTHES)
        more = (
            f'<path d="M2 26 A30 24 0 0 1 62 26 Z" fill="{paint}"/>'
            '<path d="M32 26 V70" stroke="#333" stroke-width="2"/>'
        )
    elif not extra:
        more = ""
    body = (
        f'<circle cx="32" cy="24" r="11" fill="{skin}"/>'
        '<path d="M21 22 A11 11 0 0 1 43 22 Z" fill="#2a2320"/>'
        f'<rect x="19" y="36" width="26" height="42" rx="8" fill="{coat}"/>'
        f'<path d="M24 76 L18 122 H27 L32 88 L38 122 H47 L40 76 Z" fill="{legs}"/>'
        f'<path d="M42 42 L50 70" stroke="{coat}" stroke-width="7" stroke-linecap="round"/>{more}'
    )
    return Figure(64, 124, body, speed=1)


def rider(chance: random.Random) -> Figure:
    """Return somebody on an e-bike, helmet on."""
    coat, paint = chance.choice(CLOTHES), chance.choice(PAINT)
    helmet = chance.choice(("#e5c100", "#d8412f", "#f2f2f2", "#2f6db0"))
    body = (
        '<circle cx="26" cy="98" r="20" fill="#26282b"/><circle cx="26" cy="98" r="9" fill="#888"/>'
        '<circle cx="116" cy="98" r="20" fill="#26282b"/>'
        '<circle cx="116" cy="98" r="9" fill="#888"/>'
        f'<path d="M20 82 L58 80 L66 96 L92 96 L100 52 L112 52 L118 84 L100 104 L40 104 Z"'
        f' fill="{paint}"/><path d="M98 50 L88 42" stroke="#222" stroke-width="5"/>'
        f'<path d="M40 40 Q60 30 68 44 L72 80 L44 82 Z" fill="{coat}"/>'
        f'<path d="M64 46 L92 48" stroke="{coat}" stroke-width="8" stroke-linecap="round"/>'
        '<path d="M50 78 L82 76 L82 98" stroke="#23283a" stroke-width="10" fill="none"/>'
        f'<circle cx="60" cy="22" r="11" fill="{chance.choice(SKIN)}"/>'
        f'<path d="M46 22 A14 14 0 0 1 74 20 Z" fill="{helmet}"/>'
    )
    return Figure(140, 120, body, speed=3)


def car(chance: random.Random) -> Figure:
    """Return a saloon car."""
    paint = chance.choice(PAINT)
    body = (
        f'<path d="M6 74 Q6 50 34 48 L66 22 Q72 16 84 16 H140 Q152 16 160 24 L186 48 Q224 52 226 74'
        f' V86 H6 Z" fill="{paint}" stroke="#333" stroke-width="1"/>'
        '<path d="M72 26 L52 48 H110 V26 Z M118 26 V48 H172 L152 28 Q148 26 140 26 Z"'
        ' fill="#5d7480"/><rect x="216" y="56" width="10" height="9" fill="#f7e9a6"/>'
        '<rect x="6" y="56" width="7" height="10" fill="#b3261e"/>'
        '<circle cx="54" cy="86" r="19" fill="#222"/><circle cx="54" cy="86" r="9" fill="#aaa"/>'
        '<circle cx="176" cy="86" r="19" fill="#222"/><circle cx="176" cy="86" r="9" fill="#aaa"/>'
    )
    return Figure(232, 106, body, speed=3)


def tricycle(chance: random.Random) -> Figure:
    """Return a delivery tricycle with goods."""
    boxes = "".join(
        f'<rect x="{8 + 22 * column}" y="{chance.randint(22, 38)}" width="21" height="46"'
        f' fill="{chance.choice(("#b98a52", "#a9794a", "#7f9a5c", "#c9a36a"))}"/>'
        for column in range(4)
    )
    body = (
        f'{boxes}<rect x="4" y="66" width="96" height="26" fill="#2f6d5c"/>'
        '<circle cx="40" cy="98" r="17" fill="#222"/><circle cx="146" cy="98" r="17" fill="#222"/>'
        '<path d="M98 84 H126 L138 50 L146 98" stroke="#2f6d5c" stroke-width="8" fill="none"/>'
        f'<path d="M104 40 Q118 30 124 44 L122 80 H104 Z" fill="{chance.choice(CLOTHES)}"/>'
        f'<circle cx="114" cy="22" r="11" fill="{chance.choice(SKIN)}"/>'
        '<path d="M100 20 H130 L122 10 H106 Z" fill="#c9b98a"/>'
        '<path d="M118 48 L138 54" stroke="#444" stroke-width="7"/>'
    )
    return Figure(166, 116, body, speed=2)


def still(figure: Figure, x: float, foot: float, scale: float, *, mirrored: bool = False) -> str:
    """Return a figure that stands in the background, its foot at (x, foot)."""
    flip = -scale if mirrored else scale
    left = x + figure.width * scale if mirrored else x
    top = foot - figure.height * scale
    return (
        f'<g transform="translate({left:.0f} {top:.0f}) scale({flip:.3f} {scale:.3f})">'
        f"{figure.body}</g>"
    )
