"""Exports open in Excel as Chinese, keep every digit and start no formula."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from factories import create_account, create_town, log_in
from hypothesis import given
from hypothesis import strategies as st

from intranet import sheets
from intranet.audit import AuditEntry
from intranet.db import db

CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_a_sheet_says_what_the_table_says_and_starts_no_formula(rows):
    header = ["代码", "姓名"]
    told = list(csv.reader(io.StringIO(sheets.csv_bytes(header, rows).decode("utf-8-sig"), "")))
    assert told == [header] + [[sheets.safe(cell) for cell in row] for row in rows]
    with zipfile.ZipFile(io.BytesIO(sheets.xlsx_bytes("花名册", header, rows))) as archive:
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        strings = ET.fromstring(archive.read("xl/sharedStrings.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    shared = [item.findtext(f"{space}t") or "" for item in strings]
    cells = [list(row) for row in sheet.iter(f"{space}row")]
    assert all(cell.get("t", "s") == "s" for row in cells for cell in row)
    texts = [[_text(cell, shared, space) for cell in row] for row in cells]
    assert texts == told
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in told for cell in row)


def _text(cell, shared, space):
    place = cell.findtext(f"{space}v")
    return "" if place is None else shared[int(place)]


def test_a_csv_begins_with_the_mark_excel_wants():
    assert sheets.csv_bytes(["网格"], []).startswith(b"\xef\xbb\xbf")


def test_the_same_table_gives_the_same_bytes():
    rows = [["510115101001010001", "=1+1"]]
    assert sheets.xlsx_bytes("x", ["a", "b"], rows) == sheets.xlsx_bytes("x", ["a", "b"], rows)
    assert b"'=1+1" in sheets.csv_bytes(["a", "b"], rows)


EXPORTS = ("/grids/roster", "/register/export", "/audit/export")


def exported():
    db.session.rollback()
    actions = db.session.scalars(db.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    return [action for action in actions if action.endswith(":export")]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_has_a_chinese_name_and_a_plain_one(app, client, ending):
    log_in(client, create_account("secretary", create_town().community.path))
    names = [client.get(f"{path}.{ending}").headers["Content-Disposition"] for path in EXPORTS]

    assert all(name.isascii() and f".{ending};" in name for name in names), names
    assert "filename=register" in names[1]
    assert f"filename*=UTF-8''%E7%99%BB%E8%AE%B0%E7%B0%BF.{ending}" in names[1]
    assert exported() == ["grids:roster:export", "register:list:export", "audit:list:export"]


def test_the_trail_does_not_tell_of_a_file_that_could_not_be_made(app, client, monkeypatch):
    log_in(client, create_account("secretary", create_town().community.path))
    monkeypatch.setattr(sheets, "BOM", None)  # as good a way to fail as any
    answers = {client.get(f"{path}.csv").status_code for path in EXPORTS}

    assert answers == {500}
    assert exported() == []
