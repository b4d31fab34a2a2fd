"""Tables as files people open in a spreadsheet: CSV that Excel reads as Chinese, and plain XLSX.

A cell that begins with a formula's first character gets an apostrophe before it (OWASP, "CSV
injection"), and every XLSX cell is text: codes and numbers of 18 digits stay whole.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from flask import Response

BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_MAX = 50_000
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_WORKBOOK_RELS = (
    f'<Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
# Style 1 is the header's bold; both formats are text ("@", number format 49).
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
    '<xf numFmtId="49" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/>'
    "</cellXfs></styleSheet>"
)


def sheet_response(
    name: str, fmt: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Answer with a table to download: ``fmt`` is ``csv`` or ``xlsx``, ``name`` has no suffix."""
    body = csv_bytes(header, rows) if fmt == "csv" else xlsx_bytes(name, header, rows)
    response = Response(body, content_type=FORMATS[fmt])
    # Flask encodes the Chinese name after RFC 6266 (filename*).
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{fmt}")
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return CSV in UTF-8 with the mark that makes Excel read it as such."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in _bounded(header, rows))
    return (BOM + text.getvalue()).encode()


def xlsx_bytes(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a workbook of one sheet (ECMA-376), first row bold and frozen."""
    whole = [[safe(cell) for cell in row] for row in _bounded(header, rows)]
    sheet = title.translate({ord(char): "_" for char in "[]:*?/\\'"})[:31] or "Sheet"
    workbook = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{_attribute(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELS,
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": _WORKBOOK_RELS,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": _worksheet(whole),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            # A fixed date: the same table gives the same bytes.
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


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


def _worksheet(rows: list[list[str]]) -> str:
    widths = [
        max((_width(row[place]) for row in rows if place < len(row)), default=8)
        for place in range(max(map(len, rows)))
    ]
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{min(60, width + 2)}" customWidth="1"/>'
        for n, width in enumerate(widths, 1)
    )
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(text, number == 1) for text in row)}</row>'
        for number, row in enumerate(rows, 1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>{lines}</sheetData></worksheet>"
    )


def _cell(text: str, is_header: bool) -> str:
    # Control characters are not allowed in XML 1.0 at all.
    clean = "".join(char for char in text if char >= " " or char in "\t\n")
    style = ' s="1"' if is_header else ""
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _width(text: str) -> int:
    """Return the width in digits: a Chinese character is as wide as two."""
    return sum(2 if char > "\u2e7f" else 1 for char in text)
