"""The text that goes to a channel, within what the channel takes; no address in it is ever cut.

A list that is too long for one message goes as several, each post in exactly one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intranet.jobs.models import OutletKind

# Bytes of UTF-8. WeCom: text 2048 (its Markdown 4096, which plain WeChat does not show);
# DingTalk 20,000 and Feishu 20 KB a request, envelope included; others: what most take.
BYTES_MAX = {
    OutletKind.WECOM: 2048,
    OutletKind.DINGTALK: 18_000,
    OutletKind.FEISHU: 18_000,
    OutletKind.OTHER: 4096,
    OutletKind.BY_HAND: 100_000,
}
CUT = "…"
COUNTED = " ({}/{})"


@dataclass(frozen=True, slots=True)
class Composed:
    """A text, and how many of the posts stand in it, counted from the first."""

    words: str
    posts: int


def compose(head: str, posts: Sequence[str], tail: str, most: int) -> Composed:
    """Return head, as many posts as there is room for, and the tail, in ``most`` bytes.

    Cut is between posts, and within the head or the first post between lines; the last line of a
    post is its address and stays, and so does the tail. What was cut is said by dots.
    """
    whole = "\n\n".join(one for one in (head, *posts, tail) if one)
    if size(whole) <= most:
        return Composed(whole, len(posts))
    ends = f"\n{CUT}" + (f"\n\n{tail}" if tail else "")
    room = most - size(ends)
    kept, count = _lines(head, room), 0
    for post in posts if kept == head else ():
        longer = f"{kept}\n\n{post}".lstrip("\n")
        if size(longer) > room:
            fitted = "" if count else _fitted(post, room - size(kept) - 2)
            if fitted:
                kept, count = f"{kept}\n\n{fitted}".strip("\n"), 1
            break
        kept, count = longer, count + 1
    return Composed((kept + ends).lstrip("\n"), count)


def share_out(head: str, posts: Sequence[str], tail: str, most: int) -> list[int]:
    """Return how many posts go into each of the messages a list needs, at least one into each.

    ``counted`` makes the head of a message longer; there is room for it in each.
    """
    left, counts = list(posts), list[int]()
    if compose(head, left, tail, most).posts == len(left):
        return [len(left)]
    while left:
        counts.append(max(1, _whole_ones(counted(head, 99, 99), left, tail, most)))
        del left[: counts[-1]]
    return counts


def counted(head: str, number: int, of: int) -> str:
    """Return the head of one of several messages, which says so in its first line."""
    first, *rest = head.split("\n")
    return "\n".join([first + COUNTED.format(number, of), *rest]) if of > 1 else head


def _whole_ones(head: str, posts: Sequence[str], tail: str, most: int) -> int:
    """Return how many posts fit whole; the dots that say something was cut need no room then."""
    count = 0
    while count < len(posts):
        whole = "\n\n".join(one for one in (head, *posts[: count + 1], tail) if one)
        if size(whole) > most:
            break
        count += 1
    return count


def size(words: str) -> int:
    """Return how many bytes a text is."""
    return len(words.encode())


def _fitted(block: str, room: int) -> str:
    """Return the first lines of a post and its address; nothing where not even that has room."""
    text, _, link = block.rpartition("\n")
    kept = _lines(text, room - size(f"\n{link}"))
    fitted = f"{kept}\n{link}" if kept else link
    return fitted if size(fitted) <= room else ""


def _lines(text: str, room: int) -> str:
    """Return the first lines that fit."""
    kept = ""
    for line in text.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if size(longer) > room:
            break
        kept = longer
    return kept
