"""Exports open in Excel as Chinese, keep every digit and start no formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from factories import create_account, create_town, log_in
from hypothesis import given
from hypothesis import strategies as st

from intranet import sheets
from intranet.audit import AuditEntry
from intranet.db import db

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
NUMBERS = st.integers(-(10**15) + 1, 10**15 - 1) | st.floats(-1e6, 1e6).map(lambda n: round(n, 2))
CELLS = TEXTS | NUMBERS


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_a_sheet_says_what_the_table_says_and_starts_no_formula(rows):
    header = ["代码", "姓名"]
    told = list(csv.reader(io.StringIO(sheets.csv_bytes(header, rows).decode("utf-8-sig"), "")))
    assert told == [header] + [[_plain(cell) for cell in row] for row in rows]
    with zipfile.ZipFile(io.BytesIO(sheets.xlsx_bytes("花名册", header, rows))) as archive:
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        strings = ET.fromstring(archive.read("xl/sharedStrings.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    shared = [item.findtext(f"{space}t") or "" for item in strings]
    cells = [list(row) for row in sheet.iter(f"{space}row")]
    assert not list(sheet.iter(f"{space}f"))
    read = [[_read(cell, shared, space) for cell in row] for row in cells]
    assert read == [header] + [
        [cell if isinstance(cell, (int, float)) else sheets.safe(cell) for cell in row]
        for row in rows
    ]
    texts = [cell for row in read for cell in row if isinstance(cell, str)]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in texts)


def _plain(cell):
    return str(cell) if isinstance(cell, (int, float)) else sheets.safe(cell)


def _read(cell, shared, space):
    """Read a cell as a spreadsheet does: without a kind it is a number."""
    value = cell.findtext(f"{space}v")
    if cell.get("t", "n") == "n" and value is not None:
        return float(value)
    return "" if value is None else shared[int(value)]


def test_what_a_spreadsheet_would_round_or_take_for_a_truth_stays_text():
    rows = [[10**17 + 1, True, float("nan"), Decimal("-23.50"), -3]]
    told = sheets.csv_bytes(["a", "b", "c", "d", "e"], rows).decode("utf-8-sig").splitlines()
    assert told[1] == "100000000000000001,True,nan,-23.50,-3"
    with zipfile.ZipFile(io.BytesIO(sheets.xlsx_bytes("x", ["a", "b", "c", "d", "e"], rows))) as x:
        sheet = x.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'<c r="([A-E])2"[^>]*t="s"', sheet) == ["A", "B", "C"]
    assert "<v>-23.50</v>" in sheet
    assert "<v>-3</v>" in sheet


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
