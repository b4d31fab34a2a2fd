"""Fields of this room's forms: amounts in yuan, degrees, times of day, ticks, several lines."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from wtforms import SelectMultipleField, StringField, TextAreaField, validators
from wtforms.widgets import CheckboxInput, ListWidget

from intranet.grids.forms import tidy
from intranet.i18n import _l

YUAN = re.compile(r"\d{1,6}(\.\d{1,2})?\Z", re.ASCII)
DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?\Z", re.ASCII)
CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(:00)?\Z", re.ASCII)
LINES_MAX = 40


def narrow(text: object) -> str:
    """Return what was typed on a Chinese keyboard in plain digits and signs, without spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text or ""))[:60])


def paragraphs(text: str | None) -> str:
    """Return several lines of plain text, each tidy, without empty ones at the ends."""
    lines = [tidy(line) for line in (text or "")[:4000].splitlines()[:LINES_MAX]]
    return "\n".join(lines).strip("\n")


class Typed(StringField):
    """A field whose text is read as something else; what cannot be read stays as it was typed."""

    data: Any
    wrong: Any = ""

    def __init__(self, label: Any = None, checks: Any = None, **named: Any) -> None:
        super().__init__(label, checks, **named)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read it; raise ValueError with our own words."""
        if not valuelist:
            return  # not on the page at all: what it begins with holds
        self.typed = narrow(valuelist[0])
        self.data = None
        if not self.typed:
            return
        self.data = self.read(self.typed)
        if self.data is None:
            raise ValueError(self.wrong)

    def read(self, text: str) -> Any:
        """Return what a text means; None for what it cannot."""
        raise NotImplementedError

    def show(self, data: Any) -> str:
        """Return how it is typed."""
        return str(data)

    def pre_validate(self, form: Any) -> None:
        """Say one thing at a time."""
        del form
        if self.process_errors:
            raise validators.StopValidation

    def _value(self) -> str:
        return self.show(self.data) if self.data is not None else str(getattr(self, "typed", ""))


class Yuan(Typed):
    """An amount typed in yuan, kept in fen."""

    wrong = _l("An amount in yuan, such as 23.50")

    def read(self, text: str) -> int | None:
        """Read yuan with at most two decimals."""
        plain = text.replace(",", "").removesuffix("元")
        return int(Decimal(plain) * 100) if YUAN.match(plain) else None

    def show(self, data: int) -> str:
        """Show yuan, without decimals that say nothing."""
        return yuan(data)


class Degrees(Typed):
    """A latitude or longitude, WGS84, within ``most`` degrees."""

    wrong = _l("Degrees with a point, such as 30.70123")

    def __init__(
        self, label: Any = None, checks: Any = None, *, most: int = 180, **named: Any
    ) -> None:
        super().__init__(label, checks, **named)
        self.most = most

    def read(self, text: str) -> float | None:
        """Read degrees with a point."""
        if not DEGREES.match(text):
            return None
        return found if abs(found := round(float(text), 6)) <= self.most else None


class Clock(Typed):
    """A time of day, kept in minutes after midnight."""

    wrong = _l("A time such as 08:30")

    def read(self, text: str) -> int | None:
        """Read hours and minutes."""
        found = CLOCK.match(text)
        minutes = int(found[1]) * 60 + int(found[2]) if found else None
        return minutes if minutes is not None and minutes <= 24 * 60 else None

    def show(self, data: int) -> str:
        """Show hours and minutes; of the next day without saying so."""
        return clock_words(data)


class Count(Typed):
    """A whole number."""

    wrong = _l("Give a whole number")

    def read(self, text: str) -> int | None:
        """Read decimal digits."""
        return int(text) if text.isdecimal() and len(text) <= 9 else None


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        del form
        listed: Any = self.choices or ()
        known = {one.value for one in listed}
        if set(self.data or ()) - known or self.process_errors:
            raise validators.StopValidation(_l("Choose from the list"))


def yuan(fen: int) -> str:
    """Return an amount without the fen that are none: 3500, 18.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def clock_words(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    hour, rest = divmod(minute % (24 * 60), 60)
    return f"{hour:02d}:{rest:02d}"


def line(label: Any, *checks: Any, longest: int, **attributes: Any) -> StringField:
    """Return a field of one line."""
    most = validators.Length(max=longest, message=_l("At most %(max)d characters"))
    look = {"maxlength": longest, "autocomplete": "off", **attributes}
    return StringField(label, [*checks, most], filters=[tidy], render_kw=look)


def text(label: Any, *checks: Any, longest: int, rows: int = 3) -> TextAreaField:
    """Return a field of several lines."""
    most = validators.Length(max=longest, message=_l("At most %(max)d characters"))
    look = {"rows": rows, "maxlength": longest}
    return TextAreaField(label, [*checks, most], filters=[paragraphs], render_kw=look)
