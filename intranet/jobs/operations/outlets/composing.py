"""The text that goes to a channel, within what the channel takes; no address in it is ever cut."""

from __future__ import annotations

from collections.abc import Sequence

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


def compose(head: str, posts: Sequence[str], tail: str, most: int) -> str:
    """Return head, as many posts as there is room for, and the tail, in ``most`` bytes.

    Cut is between posts, and within the head or the first post between lines; the last line of a
    post is its address and stays, and so does the tail. What was cut is said by dots.
    """
    whole = "\n\n".join(one for one in (head, *posts, tail) if one)
    if size(whole) <= most:
        return whole
    ends = f"\n{CUT}" + (f"\n\n{tail}" if tail else "")
    room = most - size(ends)
    kept = _lines(head, room)
    for post in posts if kept == head else ():
        longer = f"{kept}\n\n{post}".lstrip("\n")
        if size(longer) > room:
            if post is posts[0]:
                kept = f"{kept}\n\n{_fitted(post, room - size(kept) - 2)}".strip("\n")
            break
        kept = longer
    return (kept + ends).lstrip("\n")


def size(words: str) -> int:
    """Return how many bytes a text is."""
    return len(words.encode())


def _fitted(block: str, room: int) -> str:
    """Return the first lines of a post and its address; nothing where not even that has room."""
    text, _, link = block.rpartition("\n")
    kept = _lines(text, room - size(f"\n{link}"))
    return f"{kept}\n{link}" if kept else ""


def _lines(text: str, room: int) -> str:
    """Return the first lines that fit."""
    kept = ""
    for line in text.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if size(longer) > room:
            break
        kept = longer
    return kept
