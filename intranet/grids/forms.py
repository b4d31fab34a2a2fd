"""What people type about grids and teams, checked for shape; the rules stand in operations."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.models import GridKind, PostKind, undotted
from intranet.grids.queries import Places
from intranet.i18n import _, _l

POST_LABELS = {
    PostKind.MICRO_MEMBER: _l("Micro-grid member"),
    PostKind.PARTY_MEMBER: _l("Party member"),
    PostKind.RESIDENT: _l("Resident"),
    PostKind.GRID_MEMBER: _l("Grid member"),
}
KIND_LABELS = {
    GridKind.COUNTY: _l("County"),
    GridKind.TOWN: _l("Town"),
    GridKind.COMMUNITY: _l("Community"),
    GridKind.GENERAL: _l("General grid"),
    GridKind.MICRO: _l("Micro-grid"),
    GridKind.DEDICATED: _l("Dedicated grid"),
}
# A list may be narrowed to any grid, and shows all below it.
FILTER_KINDS = tuple(KIND_LABELS)
CODE_MAX = 20
NAME_MAX = 60
REASON_MAX = 200
HOUSEHOLDS_MAX = 20_000


def tidy(value: str | None, longest: int = 2000) -> str:
    """Return one line of plain text, at most ``longest`` characters."""
    # Control characters have no place in a name, and PostgreSQL takes no NUL.
    return " ".join(
        "".join(c for c in (value or "")[:longest] if c.isprintable() or c.isspace()).split()
    )


def _day(label: Any) -> DateField:
    return Day(label, [validators.InputRequired(_l("Give a day, such as 2026-11-23"))])


def _reason(label: Any, *, needed: bool) -> StringField:
    checks: list[Any] = [validators.Length(max=REASON_MAX, message=_l("At most 200 characters"))]
    checks.insert(0, validators.InputRequired(_l("Say why")) if needed else validators.Optional())
    return StringField(label, checks, filters=[tidy])


class Day(DateField):
    """A day from a date input, refused in the page's language."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read ISO 8601; raise ValueError with our own words."""
        if not valuelist:
            return
        try:
            self.data = date.fromisoformat(valuelist[0]) if valuelist[0] else None
        except ValueError as error:
            self.data = None
            raise ValueError(_l("Give a day, such as 2026-11-23")) from error


class Whole(IntegerField):
    """A whole number, refused in the page's language."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read decimal digits; raise ValueError with our own words."""
        if not valuelist:
            return
        text = valuelist[0].strip()
        self.data = int(text) if text.isdecimal() and len(text) <= 9 else None
        if text and self.data is None:
            raise ValueError(_l("Give a whole number"))

    def pre_validate(self, form: Any) -> None:
        """Say one thing at a time: what is no number is not said to be too small as well."""
        del form
        if self.process_errors:
            raise validators.StopValidation


class OneOf(SelectField):
    """One of a list, refused in the page's language."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        del form
        listed: Any = self.choices or ()
        known = {one.value if isinstance(one, SelectChoice) else one[0] for one in listed}
        if self.data not in known:
            raise validators.ValidationError(_l("Choose one of the list"))


PATH = re.compile(r"(\d{1,9}\.){1,12}\Z")
TYPED_MAX = 40


class _ListOrCode(widgets.Select):
    """A select, and where it cannot hold all there is, a field for the grid's code."""

    def __call__(self, field: Any, **named: Any) -> Markup:
        """Render it; both send the field's one name."""
        if field.is_cut:  # the code will do as well
            named["required"] = False
        listed: Markup = super().__call__(field, **named)
        if not field.is_cut:
            return listed
        both = Markup(
            '<div class="stack">{}<input class="input" name="{}" value="{}" maxlength="{}"'
            ' autocomplete="off" aria-label="{}" placeholder="{}"></div>'
        )
        words = _("or the grid's code")
        return both.format(listed, field.name, field.typed, TYPED_MAX, words, words)


class PlaceField(SelectField):
    """A grid from a list, or where the list is cut by its code; ``data`` is its path.

    The view hands over what ``queries.places`` found for ``sent`` before it validates and before
    it renders. With a ``blank`` label none is chosen by itself; unless one ``must`` be, ``data``
    may then stay empty.
    """

    widget = _ListOrCode()

    def __init__(
        self, label: Any = None, *, blank: Any = None, must: bool = False, **named: Any
    ) -> None:
        super().__init__(label, choices=[], **named)
        self.type = "SelectField"  # for the page it is one
        self.blank, self.must = blank, must
        self.flags.required = must
        self.typed = ""
        self.shown = ""  # the path that stands in the list as chosen
        self.is_cut = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take a path from the list, or else what was typed."""
        typed = [text.strip() for text in valuelist if not PATH.match(text)]
        self.typed = next((text for text in typed if text), "")[:TYPED_MAX]
        self.data = next((text for text in valuelist if PATH.match(text)), None)

    @property
    def offered(self) -> str:
        """The path that was chosen, where it is one of the list; else an empty string."""
        choices: Any = self.choices or ()
        return self.data if self.data and self.data in {one[0] for one in choices} else ""

    @property
    def sent(self) -> dict[str, str]:
        """What was sent, as ``queries.places`` takes it."""
        return {"path": self.data or "", "code": self.typed}

    def offer(self, places: Places) -> None:
        """Take the list, and what was sent as far as it holds."""
        self.is_cut = places.is_cut
        self.choices = list(places.choices)
        if self.blank is not None:
            self.choices.insert(0, ("", self.blank))
        if self.typed:
            self.data = places.chosen or None
        self.shown = self.data or next((choice[0] for choice in self.choices), "")

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not offered."""
        del form
        if not self.data and self.typed:
            raise validators.ValidationError(_l("No grid of yours has this code."))
        if self.must and not self.data:
            raise validators.ValidationError(_l("Choose one of the list"))
        if (self.data or "") not in {choice[0] for choice in self.choices or ()}:
            raise validators.ValidationError(_l("Choose one of the list"))


class PlaceFilterForm(Form):
    """Narrows a list to a grid and all below it; one that is not the viewer's narrows nothing."""

    grid = PlaceField(_l("Grid"), blank=_l("All"))

    @classmethod
    def read(cls, given: MultiDict[str, str], offer: Callable[..., Places]) -> PlaceFilterForm:
        """Read the address; ``offer`` is ``queries.places`` for this viewer and list."""
        form = cls(given)
        form.grid.offer(offer(**form.grid.sent))
        form.validate()
        return form

    @property
    def path(self) -> str:
        """The path to narrow to, or an empty string."""
        return "" if self.grid.errors else self.grid.data or ""


class RosterFilterForm(Form):
    """The bar above the roster; nonsense in the address narrows nothing."""

    q = StringField(_l("Search"), [validators.Length(max=40)], filters=[tidy])
    vacant = BooleanField(_l("Only vacancies"))
    on = Day(_l("As of"), [validators.Optional()])
    after = StringField(validators=[validators.Length(max=CODE_MAX)], filters=[tidy])


class BeginForm(Form):
    """Somebody joins the team."""

    kind = OneOf(_l("Post in the team"), coerce=str)
    party = Whole(_l("Person"), [validators.InputRequired(_l("Choose a person"))])
    starts_on = _day(_l("From the day"))
    reason = _reason(_l("Remark"), needed=False)
    version = Whole(widget=HiddenInput())


class EndForm(Form):
    """Somebody leaves the team."""

    ends_on = _day(_l("Left on"))
    reason = _reason(_l("Why"), needed=True)
    version = Whole(widget=HiddenInput())


class MoveForm(Form):
    """Somebody goes to another post or another grid."""

    to = OneOf(_l("To grid"), coerce=str)
    kind = OneOf(_l("Post there"), coerce=str)
    day = _day(_l("On the day"))
    reason = _reason(_l("Why"), needed=True)
    version = Whole(widget=HiddenInput())


def _code() -> StringField:
    return StringField(
        _l("Code"),
        [
            validators.InputRequired(_l("Give a code")),
            validators.Length(max=CODE_MAX, message=_l("At most 20 characters")),
        ],
        filters=[lambda value: undotted(tidy(value))],
    )


def _name() -> StringField:
    return StringField(
        _l("Grid name"),
        [
            validators.InputRequired(_l("Give a name")),
            validators.Length(max=NAME_MAX, message=_l("At most 60 characters")),
        ],
        filters=[tidy],
    )


def _households() -> Whole:
    return Whole(
        _l("Households"),
        [
            validators.InputRequired(_l("Give a whole number")),
            validators.NumberRange(0, HOUSEHOLDS_MAX, _l("Between 0 and 20000")),
        ],
        default=0,
    )


class GridForm(Form):
    """A new grid below another."""

    kind = OneOf(_l("Kind"), coerce=str)
    code = _code()
    name = _name()
    households = _households()


class RenameForm(Form):
    """A grid's name and size."""

    name = _name()
    households = _households()
    version = Whole(widget=HiddenInput())


class BoundaryForm(Form):
    """A grid's outline as GeoJSON."""

    boundary = TextAreaField(_l("Boundary (GeoJSON, WGS84)"), filters=[lambda v: (v or "").strip()])
    version = Whole(widget=HiddenInput())


class CloseForm(Form):
    """A grid is closed, and which one takes over."""

    successor = PlaceField(_l("Successor"), blank=_l("None: nobody and nothing is in it"))
    reason = _reason(_l("Why"), needed=True)
    version = Whole(widget=HiddenInput())


class SplitForm(Form):
    """A grid becomes several: a line each of code, name and households."""

    parts = TextAreaField(
        _l("New grids, one a line: code, name, households"),
        [
            validators.InputRequired(_l("Give at least two lines")),
            validators.Length(max=2000, message=_l("At most 2000 characters")),
        ],
    )
    reason = _reason(_l("Why"), needed=True)
    version = Whole(widget=HiddenInput())


class PlaceForm(Form):
    """A grid and all below it goes under another parent."""

    parent = PlaceField(_l("New parent"))
    code = _code()
    reason = _reason(_l("Why"), needed=True)
    version = Whole(widget=HiddenInput())


def error_of(form: Form, field: str) -> str:
    """Return the first message beside a field, or an empty string."""
    errors = form[field].errors if field in form else ()
    return str(errors[0]) if errors else ""


def day_of(form: Form, field: str) -> date:
    """Return a validated day."""
    value = form[field].data
    assert isinstance(value, date)
    return value


def version_of(form: Form) -> int:
    """Return the version the form was made from; a missing or odd one is an old one."""
    field = form["version"]
    return field.data if field.raw_data and isinstance(field.data, int) else -1
