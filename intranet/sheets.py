"""Tables as files people open in a spreadsheet: CSV that Excel reads as Chinese, and plain XLSX.

What a view gives as a number is one in the file, too, so that columns can be summed; all else is
text: codes, phones and numbers of 18 digits stay whole. Text that begins with a formula's first
character gets an apostrophe before it (OWASP, "CSV injection"); a number cannot be a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import TypeGuard
from urllib.parse import quote

import xlsxwriter
from flask import Response

BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_MAX = 50_000
DIGITS_MAX = 15  # of a number: a spreadsheet keeps no more, and would round
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date: the same table gives the same bytes


def sheet_response(
    name: str, plain: str, fmt: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Answer with a table to download: ``fmt`` is ``csv`` or ``xlsx``, names have no suffix.

    ``plain`` is the ASCII name for programs that do not read ``filename*`` (RFC 6266, 4.3).
    """
    body = csv_bytes(header, rows) if fmt == "csv" else xlsx_bytes(name, header, rows)
    return _download(name, plain, fmt, body)


def _download(name: str, plain: str, fmt: str, body: bytes) -> Response:
    response = Response(body, content_type=FORMATS[fmt])
    encoded = f"UTF-8''{quote(f'{name}.{fmt}', safe='')}"
    names = {"filename": f"{plain}.{fmt}", "filename*": encoded}
    response.headers.set("Content-Disposition", "attachment", **names)
    response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a workbook: its title, the words of its columns, and its rows."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


def book_response(name: str, plain: str, fmt: str, tables: Sequence[Sheet]) -> Response:
    """Answer with several tables to download: sheets of one workbook, or one below the other."""
    if fmt == "csv":
        body = csv_bytes([name], _one_below_the_other(tables))
    else:
        packed = io.BytesIO()
        with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
            book.set_properties({"created": CREATED})
            for table in tables:
                _write_sheet(book, table.title, [*_bounded(table.header, table.rows)])
        body = packed.getvalue()
    return _download(name, plain, fmt, body)


def _one_below_the_other(tables: Sequence[Sheet]) -> Iterable[Sequence[object]]:
    for table in tables:
        yield from ([], [table.title], table.header)
        yield from table.rows


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return CSV in UTF-8 with the mark that makes Excel read it as such."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_told(cell) for cell in row] for row in _bounded(header, rows))
    return (BOM + text.getvalue()).encode()


def xlsx_bytes(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a workbook of one sheet, first row bold and frozen."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        book.set_properties({"created": CREATED})
        _write_sheet(book, title, [*_bounded(header, rows)])
    return packed.getvalue()


def _write_sheet(book: xlsxwriter.Workbook, title: str, rows: Sequence[Sequence[object]]) -> None:
    name = title.translate({ord(char): "_" for char in "[]:*?/\\'"})[:31]
    sheet = book.add_worksheet(name or "Sheet")
    text, bold = (
        book.add_format({"num_format": "@"}),
        book.add_format({"num_format": "@", "bold": True}),
    )
    sheet.freeze_panes(1, 0)
    for place in range(len(rows[0])):
        widest = max(_width(_told(row[place])) for row in rows if place < len(row))
        sheet.set_column(place, place, min(60, widest + 2))
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if _is_number(cell):
                sheet.write_number(number, place, cell)
            else:
                # write_string: neither numbers, links nor formulas are made of what people typed.
                sheet.write_string(number, place, safe(cell), text if number else bold)


def _is_number(cell: object) -> TypeGuard[int | float | Decimal]:
    """Whether a cell is a number that a spreadsheet keeps whole."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        return False
    return isfinite(cell) and sum(map(str.isdigit, str(cell))) <= DIGITS_MAX


def _told(cell: object) -> str:
    """Return a cell as CSV has it: a number as it is, below zero as well; all else defused."""
    return str(cell) if _is_number(cell) else safe(cell)


def safe(cell: object) -> str:
    """Return a cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _bounded(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[Sequence[object]]:
    yield header
    for number, row in enumerate(rows):
        if number >= ROWS_MAX:
            message = f"a sheet has at most {ROWS_MAX} rows"
            raise ValueError(message)
        yield row


def _width(text: str) -> int:
    """Return the width in digits: a Chinese character is as wide as two."""
    return sum(2 if char > "\u2e7f" else 1 for char in text)
