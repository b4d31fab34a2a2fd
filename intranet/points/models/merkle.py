"""The tree of hashes over a year's entries: one household proves its own without anybody else's.

RFC 6962, 2.1: a leaf is the hash of 0x00 and what it stands for, a node that of 0x01 and the two
below it; a lone last one goes up a level as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256


def leaf_hash(words: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\0" + words).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of what stands above two others."""
    return sha256(b"\1" + left + right).digest()


def tree(
    leaves: Sequence[bytes], wanted: Iterable[int] = ()
) -> tuple[bytes, dict[int, list[bytes]]]:
    """Return the root over some leaves, and of the wanted ones the way up to it.

    The root over nothing is the hash of nothing.
    """
    if not leaves:
        return sha256(b"").digest(), {}
    ways: dict[int, list[bytes]] = {one: [] for one in wanted}
    places = {one: one for one in ways}
    level = list(leaves)
    while len(level) > 1:
        for one, place in places.items():
            beside = place ^ 1
            if beside < len(level):
                ways[one].append(level[beside])
            places[one] = place // 2
        pairs = [node_hash(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0], ways


def climb(
    size: int,
    wanted: Iterable[int],
    nodes: Callable[[int, Sequence[int]], dict[int, list[bytes]]],
    width: int,
) -> tuple[bytes, dict[int, list[bytes]]]:
    """Return what ``tree`` returns of ``size`` leaves, asking only for what stands on the ways.

    ``nodes(level, numbers)`` gives groups of ``width`` nodes side by side: leaves on level 0, on
    each other the roots of the groups below. Of the last group only the complete nodes are asked
    for; what stands above an incomplete group is made here. ``width`` is a power of two.
    """
    if not size:
        return sha256(b"").digest(), {}
    ways: dict[int, list[bytes]] = {one: [] for one in wanted}
    places = {one: one for one in ways}
    level, span, rest = 0, 1, list[bytes]()
    while True:
        count = -(-size // span)  # nodes of this level, an incomplete last one counted
        last, is_top = (count - 1) // width, count <= width
        inside: dict[int, set[int]] = defaultdict(set)
        for place in places.values():
            inside[place // width].add(place % width)
        if is_top or size % (span * width):
            inside[last] |= set()
        found = nodes(level, sorted(inside)) if inside else {}
        made = {
            number: tree(found[number] + (rest if number == last else []), some)
            for number, some in inside.items()
        }
        for one, place in places.items():
            ways[one] += made[place // width][1][place % width]
            places[one] = place // width
        if is_top:
            return made[0][0], ways
        rest = [made[last][0]] if size % (span * width) else []
        level, span = level + 1, span * width
