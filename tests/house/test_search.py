"""Words by which people are found."""

from __future__ import annotations

import pytest

from intranet import search


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("曾小红", "zxh"),
        ("单小红", "sxh"),
        ("解小龙", "xxl"),
        ("仇英", "qy"),
        ("区志强", "ozq"),
        ("查良", "zl"),
        ("乐嘉", "yj"),
        ("尉迟恭", "ycg"),
        ("张淑英", "zsy"),
        ("欧阳锋", "oyf"),
    ],
)
def test_surnames_are_found_as_they_are_said(name, typed):
    found = search.tokens(name)
    assert {f"~{typed[:end]}" for end in range(1, len(typed) + 1)} <= found


def test_a_surname_is_found_by_its_other_reading_too():
    assert "~cxh" in search.tokens("曾小红")
    assert "~zxh" not in search.tokens("陈小红")
