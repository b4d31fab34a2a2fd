"""The tree of hashes over a year's entries: one household proves its own without anybody else's.

RFC 6962, 2.1: a leaf is the hash of 0x00 and what it stands for, a node that of 0x01 and the two
below it; a lone last one goes up a level as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
