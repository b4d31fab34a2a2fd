"""The demo cameras' scenes: a background and who moves through it, from a camera's name and code.

Everything is drawn here as SVG (``ffmpeg`` renders it), 960 x 512; nothing is a picture of a
real place. The kind of scene follows the name: 市场 is a market, 门 a gate, and so on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from intranet.media.demo import backdrops, figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from intranet.media.demo.camera import DemoCamera

WIDTH, HEIGHT, SCENE_HEIGHT = 960, 540, 512
LOOP_SECONDS = 24
FRONT_FOOT, BACK_FOOT = 488, 262  # a foot's height in the picture, near and far


@dataclass(frozen=True)
class Mover:
    """A figure that crosses the scene, or dances on the spot when ``laps`` is 0."""

    figure: figures.Figure
    foot: int
    start: int
    laps: int  # crossings in one loop; negative goes left
    sway: int  # how often it sways in one loop

    @property
    def scale(self) -> float:
        """Smaller the farther away."""
        return 0.42 + 0.5 * (self.foot - BACK_FOOT) / (FRONT_FOOT - BACK_FOOT)

    @property
    def svg(self) -> str:
        """The figure's own small picture."""
        return self.figure.svg(self.scale, mirrored=self.laps < 0)

    @property
    def place(self) -> tuple[str, str]:
        """Its x and y as ``ffmpeg`` expressions of the time ``t``; alike a loop later."""
        width, height = self.figure.size(self.scale)
        top = self.foot - height
        turn = f"2*PI*t*{self.sway}/{LOOP_SECONDS}"
        if not self.laps:
            return f"{self.start}+14*sin({turn})", f"{top}-5*abs(sin(2*{turn}))"
        way = WIDTH + width
        pace = way * abs(self.laps) / LOOP_SECONDS
        x = f"mod({self.start}+{pace:.4f}*t,{way})-{width}"
        return (x if self.laps > 0 else f"{WIDTH - width}-({x})"), f"{top}-2*abs(sin({turn}))"


@dataclass(frozen=True)
class Scene:
    """A background and its movers, the farthest first."""

    background: str
    movers: tuple[Mover, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of scene: words of a name that call for it, what is drawn, who is about."""

    words: tuple[str, ...]
    draw: Callable[[random.Random, str], str]
    walkers: int
    riders: int
    cars: int
    tricycles: int
    dancers: int
    road: tuple[int, int]  # feet of vehicles stay between these heights


KINDS = (
    Kind(("市场", "菜", "集"), backdrops.market, 6, 1, 0, 1, 0, (420, 486)),
    Kind(("广场", "公园", "舞台", "坝"), backdrops.square, 4, 0, 0, 0, 4, (400, 486)),
    Kind(("停车", "车场", "车棚", "充电"), backdrops.parking, 2, 2, 1, 0, 0, (430, 486)),
    Kind(("门", "小区", "苑", "院", "学校"), backdrops.gate, 4, 3, 1, 0, 0, (400, 486)),
    Kind(("河", "桥", "堰", "渠", "沟"), backdrops.river, 5, 2, 0, 1, 0, (430, 486)),
    Kind(("巷", "弄", "里", "胡同"), backdrops.lane, 5, 2, 0, 1, 0, (400, 486)),
    Kind(("街", "路", "口", "道"), backdrops.street, 3, 2, 2, 1, 0, (370, 470)),
)


def kind_of(camera: DemoCamera) -> Kind:
    """Return the kind of scene a camera's name calls for, else one by its code."""
    for kind in KINDS:
        if any(word in camera.name for word in kind.words):
            return kind
    return KINDS[camera.seed % len(KINDS)]


def scene(camera: DemoCamera) -> Scene:
    """Draw the scene of a camera: the same for the same code and name, always."""
    chance = random.Random(camera.seed)  # noqa: S311 - a stage set, not a secret
    kind = kind_of(camera)
    label = escape(f"{camera.code}  {camera.name}")
    text = f'x="24" y="52" font-family="{backdrops.FONT}" font-size="34" font-weight="500"'
    background = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}">{kind.draw(chance, escape(camera.name))}'
        f'<rect y="{SCENE_HEIGHT}" width="{WIDTH}" height="{HEIGHT - SCENE_HEIGHT}" fill="#000"/>'
        f'<text {text} fill="none" stroke="#000" stroke-width="5" stroke-linejoin="round">{label}'
        f'</text><text {text} fill="#fff">{label}</text></svg>'
    )
    return Scene(background, tuple(sorted(movers(chance, kind), key=lambda mover: mover.foot)))


def movers(chance: random.Random, kind: Kind) -> list[Mover]:
    """Return who goes through a scene of this kind."""

    def across(figure: figures.Figure, low: int, high: int) -> Mover:
        laps = figure.speed * chance.choice((-1, 1))
        foot = chance.randint(low, high) & ~1
        return Mover(figure, foot, chance.randint(0, WIDTH), laps, 20 if figure.speed == 1 else 6)

    found = [across(figures.person(chance), 300, FRONT_FOOT) for _ in range(kind.walkers)]
    makers = (
        (figures.rider, kind.riders),
        (figures.car, kind.cars),
        (figures.tricycle, kind.tricycles),
    )
    for make, count in makers:
        found += [across(make(chance), *kind.road) for _ in range(count)]
    for place in range(kind.dancers):
        foot = (360 + 40 * (place % 2)) & ~1
        start = 300 + 100 * place + chance.randint(-10, 10)
        found.append(Mover(figures.person(chance), foot, start, 0, 12))
    return found
