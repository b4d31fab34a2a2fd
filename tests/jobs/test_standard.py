"""The house's own list of occupations: whole, in order, and taken as often as one likes."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from intranet.db import db
from intranet.errors import InputError
from intranet.jobs import operations
from intranet.jobs.models import Occupation, Skill


def test_every_occupation_stands_below_one_that_is_there_and_no_code_twice():
    lines = operations.read_occupations(operations.OCCUPATIONS)
    codes = [one.code for one in lines]
    assert len(codes) > 700
    assert len(set(codes)) == len(codes)
    assert {one.rpartition("-")[0] for one in codes} - {""} - set(codes) == set()


def test_taken_twice_nothing_changes_and_a_renamed_one_is_renamed(app):
    first = operations.take_standard(db.session())
    again = operations.take_standard(db.session())
    assert (first > 800, again) == (True, 0)
    line = operations.Line("4-09-08-01", "保洁员（试）", "扫地")
    assert operations.take_occupations(db.session(), [line]) == 1
    assert db.session.get(Occupation, "4-09-08-01").name == "保洁员（试）"
    assert db.session.scalar(select(func.count(Skill.id))) > 70


@pytest.mark.parametrize("row", ["9-01,天文,", "4-1,短,", "4-09,,", f"4-09,{'长' * 61},"])
def test_a_line_that_is_no_occupation_is_named(tmp_path, row):
    path = tmp_path / "list.csv"
    path.write_text(f"code,name,also\n4,服务,\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        operations.read_occupations(path)
    assert wrong.value.params["number"] == 3
