"""What fits into a channel: cut between lines, and never an address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from intranet.jobs.models import OutletKind
from intranet.jobs.operations.outlets.composing import BYTES_MAX, compose, size

LINK = "http://127.0.0.1/jobs/%s"
LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=60),
    min_size=1,
    max_size=12,
).map("\n".join)


@given(LINES, st.lists(LINES, max_size=20), LINES, st.integers(900, 4096))
def test_a_text_never_outgrows_its_channel_and_no_address_is_cut(head, texts, tail, most):
    posts = [f"{text}\nhttps://jobs.example/{n}" for n, text in enumerate(texts)]
    tail = tail[:60]
    found = compose(head, posts, tail, most)

    assert size(found) <= most
    assert found.endswith(tail)
    lines = found.split("\n")
    for n, post in enumerate(posts):
        if f"https://jobs.example/{n}" in lines and n:
            assert post in found
    whole = "\n\n".join([head, *posts, tail])
    assert (found == whole) == (size(whole) <= most)


def test_a_long_post_is_cut_between_lines_and_keeps_its_address():
    lines = [f"第{n}行：" + "保洁" * 40 for n in range(20)]
    found = compose("", ["\n".join([*lines, LINK % 7])], "", BYTES_MAX[OutletKind.WECOM])

    kept = found.split("\n")
    assert kept[-2:] == [LINK % 7, "…"]
    assert kept[:-2] == lines[: len(kept) - 2]
    assert 1500 < size(found) <= 2048
