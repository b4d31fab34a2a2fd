"""Backgrounds of the demo scenes: six kinds of place in a market town, drawn as SVG 960 x 512."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intranet.media.demo import figures

if TYPE_CHECKING:
    import random

FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
SIGNS = (
    "便民超市",
    "老灶火锅",
    "家常面馆",
    "五金日杂",
    "理发",
    "大药房",
    "蛋烘糕",
    "盖碗茶",
    "鲜果",
    "成衣",
    "手机维修",
    "裁缝铺",
    "花店",
    "文具",
    "粮油",
    "烧烤",
    "豆花饭",
    "干洗",
    "母婴",
    "打印",
    "卤味",
    "冒菜",
    "眼镜",
    "窗帘",
)
WALLS = ("#d9cdb8", "#c9bba2", "#bfb6a8", "#d3c2ac", "#b9b4ab", "#cdbfae")
BOARDS = ("#8f2d22", "#1f4e79", "#2d6a4f", "#7a4a1d", "#5a3a6d", "#a86a1c")
AWNINGS = ("#a63d2f", "#2f6d8a", "#3d7a4e", "#c08a2c", "#6d4a7d")
SHUTTER = "#8d9498"
GOODS = ("#c08a4c", "#a63d2f", "#5c8a4c", "#d8c27a")
LEAVES = ("#4d7a45", "#5c8a4c", "#3f6b42", "#6b8f4e")


def rect(x: float, y: float, width: float, height: float, fill: str, *, more: str = "") -> str:
    """Return a rectangle."""
    size = f'x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<rect {size} fill="{fill}" {more}/>'


def writing(x: float, y: float, size: float, text: str, fill: str = "#fff") -> str:
    """Return a centred line of text."""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="{FONT}" font-size="{size:.0f}" fill="{fill}"'
        f' text-anchor="middle">{text}</text>'
    )


def sky(chance: random.Random, ground: str, horizon: int) -> str:
    """Return daylight over flat ground: clear, hazy or grey, as Chengdu has it."""
    above, below = chance.choice(
        (("#8fb8d8", "#dfe4de"), ("#b4c2c8", "#dcdad2"), ("#a2b4c0", "#e6dfcd"))
    )
    return (
        '<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{above}"/><stop offset="1" stop-color="{below}"/>'
        f'</linearGradient></defs><rect width="960" height="{horizon}" fill="url(#s)"/>'
        f"{rect(0, horizon, 960, 512 - horizon, ground)}"
    )


def tree(chance: random.Random, x: float, foot: float, size: float) -> str:
    """Return a round tree."""
    crown = "".join(
        f'<circle cx="{x + size * dx:.0f}" cy="{foot - size * dy:.0f}" r="{size * r:.0f}"'
        f' fill="{chance.choice(LEAVES)}"/>'
        for dx, dy, r in ((-0.3, 1.1, 0.38), (0.32, 1.15, 0.36), (0, 1.45, 0.42), (0.02, 1.0, 0.34))
    )
    return rect(x - size * 0.06, foot - size, size * 0.12, size, "#5d4a3a") + crown


def blocks(chance: random.Random, foot: int) -> str:
    """Return blocks of flats in the distance, window by window."""
    drawn, x = [], -20
    while x < 960:
        width, height = chance.randint(90, 150), chance.randint(110, 200)
        wall = chance.choice(WALLS)
        drawn.append(rect(x, foot - height, width, height, wall))
        for top in range(foot - height + 12, foot - 16, 26):
            for left in range(x + 10, x + width - 14, 24):
                pane = chance.choice(("#6f8794", "#5f7683", "#8aa0aa", "#d9cfa6"))
                drawn.append(rect(left, top, 14, 15, pane))
        x += width + chance.randint(0, 50)
    return "".join(drawn)


def shop(chance: random.Random, x: int, width: int, foot: int) -> str:
    """Return one shop house: a tiled storey above, a shop with its board below."""
    top, wall = foot - chance.randint(150, 176), chance.choice(WALLS)
    frame, board = 'stroke="#5d4a3a" stroke-width="3"', foot - 92
    parts = [rect(x, top, width, foot - top, wall), rect(x - 4, top - 10, width + 8, 14, "#4a4f55")]
    panes = range(x + 14, x + width - 26, 40)
    parts += [rect(left, top + 16, 26, 32, "#6a8391", more=frame) for left in panes]
    parts.append(rect(x + 4, board, width - 8, 26, chance.choice(BOARDS)))
    parts.append(writing(x + width / 2, board + 20, 19, chance.choice(SIGNS)))
    inside = chance.choice(("#3b3f42", "#57504a", SHUTTER))
    parts.append(rect(x + 8, board + 28, width - 16, 62, inside))
    if inside == SHUTTER:
        lines = range(board + 34, foot - 4, 8)
        parts += [rect(x + 8, line, width - 16, 1, "#6d7478") for line in lines]
    else:
        shelves = range(x + 16, x + width - 30, 26)
        parts += [rect(left, board + 52, 20, 36, chance.choice(GOODS)) for left in shelves]
    return "".join(parts)


def shops(chance: random.Random, foot: int) -> str:
    """Return a row of shop houses from edge to edge."""
    drawn, x = [], -chance.randint(0, 60)
    while x < 960:
        width = chance.randint(110, 165)
        drawn.append(shop(chance, x, width, foot))
        x += width
    return "".join(drawn)


def street(chance: random.Random, _name: str) -> str:
    """Return a shopping street with a carriageway."""
    dashes = "".join(rect(x, 402, 60, 6, "#e8e4d6") for x in range(20, 960, 130))
    trees = "".join(tree(chance, x, 318, 74) for x in (chance.randint(60, 300), 640, 880))
    return (
        sky(chance, "#a8a39a", 200) + shops(chance, 270) + rect(0, 318, 960, 8, "#8d877d")
        + rect(0, 326, 960, 150, "#62656a") + dashes + rect(0, 476, 960, 8, "#8d877d") + trees
    )  # fmt: skip


def stall(chance: random.Random, x: int, foot: int, width: int) -> str:
    """Return a market stall: awning, counter, heaps of greens."""
    paint, top = chance.choice(AWNINGS), foot - 112
    stripes = "".join(
        rect(x + left, top, 14, 24, paint if left % 28 else "#efe9dc")
        for left in range(0, width - 13, 14)
    )
    heaps = "".join(
        f'<ellipse cx="{x + left}" cy="{foot - 36}" rx="17" ry="12"'
        f' fill="{chance.choice(("#7f9a3c", "#c0492c", "#d89a2c", "#5c8a4c", "#e0d6b0"))}"/>'
        for left in range(22, width - 12, 30)
    )
    return (
        rect(x + 4, top, 4, 112, "#555") + rect(x + width - 8, top, 4, 112, "#555") + stripes
        + heaps + rect(x, foot - 34, width, 34, "#8a6a48") + rect(x, foot - 34, width, 5, "#6d5238")
    )  # fmt: skip


def market(chance: random.Random, name: str) -> str:
    """Return a market place: a hall behind, two rows of stalls."""
    hall = (
        rect(0, 110, 960, 130, chance.choice(WALLS)) + rect(0, 96, 960, 16, "#4a5a60")
        + rect(300, 126, 360, 44, "#8f2d22") + writing(480, 158, 30, name)
    )  # fmt: skip
    far = "".join(stall(chance, x, 300, 130) for x in range(-20, 960, 168))
    near = stall(chance, -60, 400, 190) + stall(chance, 830, 410, 190)
    return sky(chance, "#b0aaa0", 200) + hall + far + near


def gate(chance: random.Random, name: str) -> str:
    """Return the gate of a residential compound."""
    wall = rect(0, 236, 340, 64, "#cbb99c") + rect(620, 236, 340, 64, "#cbb99c")
    pillars = rect(330, 170, 34, 132, "#a8765a") + rect(596, 170, 34, 132, "#a8765a")
    lintel = rect(318, 148, 324, 40, "#7a3b2a") + writing(480, 178, 26, name)
    box = (
        rect(650, 214, 74, 88, "#e4e0d6") + rect(658, 226, 58, 34, "#6a8391")
        + rect(642, 206, 90, 10, "#8f2d22")
    )  # fmt: skip
    bar = "".join(
        rect(364 + step * 24, 268, 24, 8, "#c0392b" if step % 2 else "#f2efe6") for step in range(9)
    )
    bikes = "".join(
        figures.still(figures.rider(chance), x, 340, 0.5)
        for x in (30, 110)
        if chance.random() < 0.8
    )
    trees = "".join(tree(chance, x, 300, 84) for x in (60, 200, 800, 910))
    return (
        sky(chance, "#a9a69e", 210) + blocks(chance, 236) + trees + wall + box + pillars + lintel
        + bar + '<polygon points="364,302 596,302 760,512 200,512" fill="#7c7d7e"/>' + bikes
    )  # fmt: skip


def square(chance: random.Random, name: str) -> str:
    """Return a paved square with a pavilion."""
    paving = "".join(
        f'<path d="M480 150 L{x} 512" stroke="#a59f93" stroke-width="2"/>'
        for x in range(-900, 1900, 140)
    ) + "".join(rect(0, y, 960, 2, "#a59f93") for y in (262, 286, 318, 362, 424))
    ground = f'<g clip-path="url(#g)">{paving}</g>'
    clip = '<clipPath id="g"><rect y="240" width="960" height="272"/></clipPath>'
    pillars = "".join(rect(x, 176, 12, 78, "#8f3a2c") for x in (390, 440, 510, 560))
    pavilion = (
        rect(370, 252, 222, 12, "#8d877d") + pillars
        + '<path d="M340 184 Q400 170 430 128 H530 Q560 170 620 184 Z" fill="#3f4a4f"/>'
        + rect(430, 168, 100, 24, "#7a3b2a") + writing(480, 186, 16, name[:6])
    )  # fmt: skip
    trees = "".join(tree(chance, x, 270, 90) for x in (50, 170, 260, 720, 810, 920))
    lamps = "".join(
        rect(x, 150, 5, 120, "#3f464c") + f'<circle cx="{x + 2}" cy="148" r="10" fill="#f4eed2"/>'
        for x in (320, 650)
    )
    return (
        f"<defs>{clip}</defs>" + sky(chance, "#bdb6a8", 240) + blocks(chance, 240) + ground
        + trees + pavilion + lamps
    )  # fmt: skip


def parking(chance: random.Random, _name: str) -> str:
    """Return a row of parking bays, most of them taken."""
    bays = "".join(
        f'<path d="M{x} 300 L{x - 40} 400" stroke="#e8e4d6" stroke-width="5"/>'
        for x in range(40, 1080, 190)
    )
    cars = "".join(
        figures.still(figures.car(chance), x, 372, 0.68, mirrored=chance.random() < 0.5)
        for x in range(30, 900, 190)
        if chance.random() < 0.75
    )
    sign = (
        rect(470, 150, 6, 150, "#555") + rect(446, 130, 54, 54, "#1f4e79")
        + writing(473, 170, 38, "P")
    )  # fmt: skip
    trees = "".join(tree(chance, x, 296, 88) for x in (90, 290, 640, 850))
    wall = rect(0, 250, 960, 46, "#c4b79f")
    return sky(chance, "#6f7275", 230) + blocks(chance, 250) + wall + trees + sign + bays + cars


def lane(chance: random.Random, _name: str) -> str:
    """Return a lane between old houses, flowers and e-bikes along the wall."""
    left = '<polygon points="0,60 400,170 400,290 0,420" fill="#b7ab98"/>'
    right = '<polygon points="960,60 560,170 560,290 960,420" fill="#a89c8b"/>'
    eaves = (
        '<polygon points="0,36 410,162 410,176 0,64" fill="#43484d"/>'
        '<polygon points="960,36 550,162 550,176 960,64" fill="#43484d"/>'
    )
    doors = "".join(
        f'<polygon points="{x},{y} {x + w},{y + w * 0.27:.0f} {x + w},{foot - w * 0.3:.0f}'
        f' {x},{foot}" fill="{chance.choice(("#5d3a2a", "#3f5a4f", "#6d2f26"))}"/>'
        for x, w, y, foot in ((40, 70, 190, 404), (180, 54, 196, 360), (300, 36, 204, 322))
    )
    boards = rect(600, 190, 44, 60, chance.choice(BOARDS)) + writing(
        622, 228, 18, chance.choice(SIGNS)[:2]
    )
    bikes = "".join(
        figures.still(figures.rider(chance), x, foot, size, mirrored=True)
        for x, foot, size in ((700, 366, 0.6), (812, 404, 0.75))
    )
    pots = "".join(tree(chance, x, foot, 34) for x, foot in ((420, 292), (150, 392), (545, 292)))
    far = rect(400, 150, 160, 140, chance.choice(WALLS)) + rect(392, 140, 176, 14, "#43484d")
    return sky(chance, "#a39d92", 280) + far + left + right + eaves + doors + boards + pots + bikes


def river(chance: random.Random, _name: str) -> str:
    """Return a riverside path with railings and willows."""
    waves = "".join(
        f'<path d="M{chance.randint(-40, 900)} {y} q30 -6 60 0 t60 0" stroke="#9db8ba"'
        ' stroke-width="3" fill="none"/>'
        for y in range(262, 330, 6)
    )
    posts = "".join(rect(x, 318, 8, 46, "#cfc9bd") for x in range(0, 960, 60))
    rails = rect(0, 322, 960, 6, "#cfc9bd") + rect(0, 342, 960, 5, "#cfc9bd")
    arch = (
        '<path d="M560 270 Q760 150 980 260 V292 Q760 190 600 292 Z" fill="#9a9184"/>'
        if chance.random() < 0.6
        else ""
    )
    trees = "".join(tree(chance, x, 364, 118) for x in (70, 420, 890))
    return (
        sky(chance, "#b1aa9c", 250) + blocks(chance, 250) + rect(0, 250, 960, 108, "#7f9ea3")
        + waves + arch + rect(0, 356, 960, 10, "#8d877d") + posts + rails + trees
    )  # fmt: skip
