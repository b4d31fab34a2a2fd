"""Boxes over a photo and the reason for them, checked for shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from wtforms import HiddenField, StringField, validators

from intranet.errors import InputError
from intranet.forms import Form
from intranet.grids.forms import Whole, tidy
from intranet.i18n import _l
from intranet.pictures import Box

PERCENT = 100.0
ROWS_MAX = 40


class ModerateForm(Form):
    """What is done to one file, and why."""

    version = Whole(_l("Version"), [validators.Optional()])
    reason = StringField(
        _l("Reason"),
        [validators.Length(max=500, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )
    boxes = HiddenField()  # where an error of the boxes is shown


def read_boxes(fields: Any) -> list[Box]:
    """Read boxes from the fields x, y, w and h, in percent; rows left empty are none.

    Raises InputError (``boxes``) for a row that is no box.
    """
    columns: Sequence[list[str]] = [fields.getlist(name)[:ROWS_MAX] for name in "xywh"]
    rows = zip_longest(*columns, fillvalue="")
    return [_box(row) for row in rows if any(cell.strip() for cell in row)]


def _box(row: tuple[str, ...]) -> Box:
    try:
        left, top, width, height = (float(cell.strip().removesuffix("%")) for cell in row)
    except ValueError:
        raise InputError("Give four numbers for each box, in percent", "boxes") from None
    if not all(map(math.isfinite, (left, top, width, height))):
        raise InputError("Give four numbers for each box, in percent", "boxes")
    return Box(left / PERCENT, top / PERCENT, width / PERCENT, height / PERCENT)
