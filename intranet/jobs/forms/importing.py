"""A table of posts: the columns of the workbook, and each row read as the form of a post."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import IO, Any

from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import FileField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet import books
from intranet.errors import InputError
from intranet.forms import Form
from intranet.i18n import LOCALES, _, _l
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, PAY_UNIT_LABELS, SHIFT_LABELS
from intranet.jobs.forms.posts import PostForm
from intranet.jobs.models.post import VALID_DAYS

ROWS_MAX = 100
KEPT_BYTES_MAX = 400_000
# Beside the columns, the row of the sheet: what is told of it is looked for there.
ROW = "row"
# Column by column, as the form calls them; what one sees on top is the form's own label.
COLUMNS = (
    *("title", "occupation_code", "employment", "openings", "duties", "conditions"),
    *("pay_min_fen", "pay_max_fen", "pay_unit", "pay_words", "shift", "weekdays"),
    *("from_minute", "to_minute", "hours_words", "must", "nice", "experience_months"),
    *("has_insurance", "has_housing", "has_meals", "address", "latitude", "longitude"),
    *("benefits", "how_to_apply", "source_name", "valid_days"),
)
NEEDED = frozenset(
    {"title", "occupation_code", "openings", "duties", "conditions", "pay_min_fen", "pay_max_fen"}
)
WORDS = {"employment": EMPLOYMENT_LABELS, "pay_unit": PAY_UNIT_LABELS, "shift": SHIFT_LABELS}
FLAGS = frozenset({"has_insurance", "has_housing", "has_meals"})
YES = frozenset({"1", "是", "有", "√", "y", "yes", "true", "缴纳", "包"})
NO = frozenset({"", "0", "否", "无", "没有", "×", "n", "no", "false", "不缴纳", "不包"})
DAY_SIGNS = {sign: day for day, sign in enumerate("一二三四五六日")} | {"天": 6, "七": 6}
DAY_SIGNS |= {str(day + 1): day for day in range(7)}
BETWEEN = re.compile(r"[、,，;；/\n]+")
SPAN = re.compile(r"([一二三四五六日天七1-7])(?:至|到|-|~|—)(?:周|星期)?([一二三四五六日天七1-7])")


Wrong = dict[str, InputError]


class ImportForm(Form):
    """A workbook to be looked through."""

    table = FileField(_l("Workbook (.xlsx)"), [validators.DataRequired(_l("Choose a workbook"))])


def header() -> list[str]:
    """Return what stands on top of the columns, in the page's language."""
    form = PostForm(formdata=None)
    return [str(form[name].label.text) for name in COLUMNS]


def read_table(stream: IO[bytes]) -> list[dict[str, str]]:
    """Return the rows of a workbook by the form's names, each with its number in the sheet.

    Raises InputError beside ``table``.
    """
    rows = books.rows_of(stream, field="table", rows_max=ROWS_MAX + 1)
    if len(rows) < 2:
        raise InputError("There is no row below the column names", "table")
    known = _names()
    names = [known.get(_bare(cell), "") for cell in rows[0][1]]
    missing = [one for one in COLUMNS if one in NEEDED and one not in names]
    if missing:
        form = PostForm(formdata=None)
        words = _(", ").join(str(form[one].label.text) for one in missing)
        raise InputError("These columns are missing: %(names)s", "table", names=words)
    return [
        {name: cell for name, cell in zip(names, row, strict=False) if name and cell}
        | {ROW: str(number)}
        for number, row in rows[1:]
    ]


def pack(rows: Sequence[dict[str, str]]) -> str:
    """Return rows as the page keeps them until they are confirmed."""
    text = json.dumps(rows, ensure_ascii=False)
    if len(text.encode()) > KEPT_BYTES_MAX:
        raise InputError("This is too much at once; send it in two workbooks", "table")
    return text


def unpack(text: str) -> list[dict[str, str]]:
    """Return the rows that a page kept; raise InputError for anything else."""
    try:
        rows = json.loads(text)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not 0 < len(rows) <= ROWS_MAX:
        raise InputError("This page is out of date; reload it and try again")
    return [
        {name: str(row[name])[: books.CELL_MAX] for name in (ROW, *COLUMNS) if name in row}
        for row in rows
        if isinstance(row, dict)
    ]


def form_of_row(
    row: dict[str, str], *, codes: dict[str, str], skills: dict[str, int], place: dict[str, Any]
) -> PostForm:
    """Return a row as the form of a post; what cannot be read is refused beside its field.

    ``codes`` are occupations by what the row says, ``skills`` numbers by name, ``place`` is where
    the company is, for rows that name no address.
    """
    sent = MultiDict(row)
    wrong: Wrong = {}
    for name, labels in WORDS.items():
        _read_word(sent, name, labels, wrong)
    for name in FLAGS:
        _read_flag(sent, name, wrong)
    for name in ("must", "nice"):
        _read_skills(sent, name, skills, wrong)
    _read_days(sent, wrong)
    said = row.get("occupation_code", "")
    sent["occupation_code"] = codes.get(said, "")
    if said and said not in codes:
        wrong["occupation_code"] = InputError("No occupation is called so: %(words)s", words=said)
    if not sent.get("address"):
        sent.update({name: str(value) for name, value in place.items() if value is not None})
    if not sent.get("valid_days"):
        sent["valid_days"] = str(VALID_DAYS)
    sent.setdefault("openings", "")  # an empty cell is nothing, not the one that a page begins with
    if sent.get("source_name"):
        sent["is_forwarded"] = "1"
    form = PostForm(sent)
    for field in (form.must, form.nice):
        field.choices = [SelectChoice(number, words) for words, number in skills.items()]
    form.validate()
    for name, error in wrong.items():
        form.shows(error, name)
    return form


def skill_names(rows: Sequence[dict[str, str]]) -> set[str]:
    """Return all skills that rows name."""
    return {
        one
        for row in rows
        for name in ("must", "nice")
        for one in (part.strip() for part in BETWEEN.split(row.get(name, "")))
        if one
    }


def _read_word(sent: Any, name: str, labels: Any, wrong: Wrong) -> None:
    said = sent.get(name, "")
    if not said:
        sent.pop(name, None)
        sent[name] = {"employment": "full_time", "pay_unit": "month", "shift": "day"}[name]
        return
    known = {str(text): one.value for text, one in _words_of(labels)}
    if said not in known:
        wrong[name] = InputError(
            "One of: %(words)s", words=", ".join(str(one) for one in labels.values())
        )
    sent[name] = known.get(said, next(iter(labels)).value)


def _read_flag(sent: Any, name: str, wrong: Wrong) -> None:
    said = sent.pop(name, "").strip().casefold()
    if said in YES:
        sent[name] = "1"
    elif said not in NO:
        wrong[name] = InputError("Yes or no")


def _read_skills(sent: Any, name: str, skills: dict[str, int], wrong: Wrong) -> None:
    named = [one for part in BETWEEN.split(sent.pop(name, "")) if (one := part.strip())]
    unknown = [one for one in named if one not in skills]
    if unknown:
        wrong[name] = InputError(
            "Not on the list of skills: %(names)s", names=_(", ").join(unknown)
        )
    sent.setlist(name, [str(skills[one]) for one in named if one in skills])


def _read_days(sent: Any, wrong: Wrong) -> None:
    said = sent.pop("weekdays", "")
    plain = re.sub(r"周|星期|每|\s|上班|休息", "", said)
    days = {DAY_SIGNS[sign] for sign in plain if sign in DAY_SIGNS}
    for begin, end in SPAN.findall(plain):
        days |= set(range(DAY_SIGNS[begin], DAY_SIGNS[end] + 1))
    if "天" in said and "每天" in said:
        days = set(range(7))
    if said and not days:
        wrong["weekdays"] = InputError("Days such as 1-5, or 6")
    sent.setlist("weekdays", [str(day) for day in sorted(days)])


def _words_of(labels: Any) -> list[tuple[str, Any]]:
    """Return what each value is called, in every language of the house."""
    found = []
    for locale in LOCALES:
        with force_locale(locale):
            found += [(str(words), one) for one, words in labels.items()]
    return found


def _names() -> dict[str, str]:
    """Return the form's names by what stands on top of a column, in every language."""
    found: dict[str, str] = {}
    for locale in LOCALES:
        with force_locale(locale):
            found |= {_bare(top): name for top, name in zip(header(), COLUMNS, strict=True)}
    return found


def _bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text).casefold()
