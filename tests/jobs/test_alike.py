"""How alike two posts are: the same both ways, the same text whole, and no sign changes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.jobs.operations import bait_median, likeness, shingles

TEXTS = st.text("负责写字楼大厅清扫 ，。abc123", max_size=60)


@given(TEXTS, TEXTS)
def test_likeness_is_between_none_and_all_and_the_same_both_ways(one, other):
    a, b = shingles("保洁员", one), shingles("保洁员", other)
    assert likeness(a, b) == likeness(b, a)
    assert 0 <= likeness(a, b) <= 100
    assert likeness(a, a) == 100


@given(TEXTS)
def test_spaces_and_signs_change_nothing(text):
    assert shingles("保洁员", text) == shingles("保 洁 员！", "、".join(text))


def test_another_text_is_not_alike():
    one = shingles("写字楼保洁员", "负责大厅、楼梯的清扫")
    assert likeness(one, shingles("夜班保安", "夜间值守，登记车辆")) < 20
    assert likeness(one, shingles("写字楼保洁员", "负责大厅、楼梯和厕所的清扫")) > 60


@pytest.mark.parametrize(
    ("pay", "others", "usual"),
    [
        (700_001, [350_000] * 5, 350_000),
        (700_000, [350_000] * 5, None),
        (9_000_000, [350_000] * 4, None),
        (700_001, [100_000, 350_000, 350_000, 350_000, 9_000_000], 350_000),
        (700_001, [], None),
    ],
)
def test_bait_is_above_twice_the_median_of_five_at_least(pay, others, usual):
    assert bait_median(pay, others) == usual
