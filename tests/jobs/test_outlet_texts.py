"""What fits into a channel: cut between lines, and never an address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from intranet.jobs.models import OutletKind
from intranet.jobs.operations.outlets.composing import (
    BYTES_MAX,
    compose,
    counted,
    share_out,
    size,
)

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
    made = compose(head, posts, tail, most)
    found = made.words

    assert size(found) <= most
    assert found.endswith(tail)
    lines = found.split("\n")
    for n, post in enumerate(posts):
        if f"https://jobs.example/{n}" in lines and n:
            assert post in found
    for n, _post in enumerate(posts):
        assert (f"https://jobs.example/{n}" in lines) == (n < made.posts)
    whole = "\n\n".join([head, *posts, tail])
    assert (found == whole) == (size(whole) <= most)


def test_a_long_post_is_cut_between_lines_and_keeps_its_address():
    lines = [f"第{n}行：" + "保洁" * 40 for n in range(20)]
    found = compose("", ["\n".join([*lines, LINK % 7])], "", BYTES_MAX[OutletKind.WECOM]).words

    kept = found.split("\n")
    assert kept[-2:] == [LINK % 7, "…"]
    assert kept[:-2] == lines[: len(kept) - 2]
    assert 1500 < size(found) <= 2048


@given(st.lists(LINES, max_size=30), st.integers(900, 4096))
def test_each_post_of_a_list_stands_in_one_of_its_messages_with_its_address(texts, most):
    posts = [f"{text}\nhttps://jobs.example/{n}" for n, text in enumerate(texts)]
    head, tail = "家门口新岗位\n到社区就业驿站报名", "全部岗位：https://jobs.example/"
    counts = share_out(head, posts, tail, most)

    assert sum(counts) == len(posts)
    assert all(counts) or not posts
    begin = 0
    for number, count in enumerate(counts, 1):
        its = posts[begin : begin + count]
        made = compose(counted(head, number, len(counts)), its, tail, most)
        assert made.posts == count
        assert size(made.words) <= most
        for n in range(begin, begin + count):
            assert f"https://jobs.example/{n}" in made.words.split("\n")
        if count > 1:
            assert all(one in made.words for one in its)
        begin += count


def test_a_post_whose_first_line_has_no_room_keeps_its_address():
    made = compose("", ["长" * 2000 + "\n" + LINK % 7], "", 900)
    assert (made.words, made.posts) == (f"{LINK % 7}\n…", 1)
