"""Workbooks (XLSX, ISO/IEC 29500) that people send: read as text, within bounds.

A workbook is a ZIP of XML; what it would be unpacked is looked at first, and no more rows, columns
or characters are read than a table of ours has.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from intranet.errors import InputError

BYTES_MAX = 2 * 1024 * 1024
UNPACKED_MAX = 24 * 1024 * 1024
PARTS_MAX = 200
COLUMNS_MAX = 60
CELL_MAX = 4000
MIDNIGHT = time()


def rows_of(stream: IO[bytes], *, field: str, rows_max: int) -> list[tuple[int, list[str]]]:
    """Return the rows of a workbook's first sheet as text, empty ones left out.

    Each comes with its number in the sheet, counted from 1 as Excel and WPS count. Raises
    InputError beside ``field`` for what is no workbook, is too large, or has more than
    ``rows_max`` rows.
    """
    _look_inside(stream, field)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what it leaves out: styles, validations, charts
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
            raise _no_book(field) from error
        try:
            found = list(_bounded(book, rows_max))
        except (KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
            raise _no_book(field) from error
        finally:
            book.close()
    if len(found) > rows_max:
        raise InputError("At most %(most)d rows at once", field, most=rows_max - 1)
    return found


def _bounded(book: openpyxl.Workbook, rows_max: int) -> Iterator[tuple[int, list[str]]]:
    sheet = book.worksheets[0]
    for number, row in enumerate(
        sheet.iter_rows(max_row=2 * rows_max, max_col=COLUMNS_MAX, values_only=True), start=1
    ):
        cells = [_text(cell) for cell in row]
        if any(cells):
            yield number, cells
        if number >= 2 * rows_max:
            break


def _look_inside(stream: IO[bytes], field: str) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > BYTES_MAX:
        raise InputError("A workbook has at most %(most)d MB", field, most=BYTES_MAX // 1024**2)
    try:
        with zipfile.ZipFile(stream) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _no_book(field) from error
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise InputError("This workbook is too large to be read", field)
    stream.seek(0)


def _no_book(field: str) -> InputError:
    return InputError("This is no workbook of Excel or WPS (.xlsx)", field)


def _text(cell: object) -> str:
    """Return a cell as somebody would type it."""
    if cell is None or cell is False:
        return ""
    if cell is True:
        return "1"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        is_day = cell.time() == MIDNIGHT
        return cell.date().isoformat() if is_day else cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date | time):
        return cell.isoformat("minutes") if isinstance(cell, time) else cell.isoformat()
    return str(cell)[:CELL_MAX].strip()
