"""What people type about the matters of the list, checked for shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField, validators
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole, tidy
from intranet.i18n import _l
from intranet.incidents.forms.labels import URGENCY_LABELS, options
from intranet.incidents.models import Category, Urgency
from intranet.incidents.operations import Matter


def _line(label: Any, longest: int, *, needed: bool = False) -> StringField:
    checks: list[Any] = [validators.Length(max=longest, message=_l("At most %(max)d characters"))]
    if needed:
        checks.insert(0, validators.InputRequired(_l("Give a name")))
    return StringField(label, checks, filters=[tidy])


class ClassForm(Form):
    """A class of matters."""

    name = _line(_l("What it is called"), 30, needed=True)
    position = Whole(_l("Order number"), [validators.Optional()])
    opened_on = Day(_l("On the list from"), [validators.Optional()])
    version = Whole(widget=HiddenInput())

    @property
    def matter(self) -> Matter:
        """What was typed, once it is valid."""
        return Matter(
            name=self.name.data or "",
            position=self.position.data or 0,
            opened_on=self.opened_on.data,
        )


class MatterForm(ClassForm):
    """One matter: its texts, and how it is dealt with."""

    keywords = _line(_l("Other words for it"), 400)
    owner = _line(_l("Who is responsible"), 400)
    promise = _line(_l("What the reporter may expect"), 400)
    checklist = TextAreaField(
        _l("Checklist"),
        [validators.Length(max=2000, message=_l("At most %(max)d characters"))],
        filters=[lambda text: (text or "").replace("\0", "").replace("\r", "")],
        render_kw={"rows": 6},
    )
    urgency = OneOf(_l("Usual urgency"), coerce=str)
    needs_photo = BooleanField(_l("Closing it needs a photo of the result"))
    is_public = BooleanField(_l("Published by Open311"))

    def __init__(self, formdata: Any = None, **given: Any) -> None:
        super().__init__(formdata, **given)
        self.urgency.choices = options(URGENCY_LABELS)

    @property
    def matter(self) -> Matter:
        """What was typed, once it is valid."""
        return replace(
            super().matter,
            keywords=self.keywords.data or "",
            owner=self.owner.data or "",
            promise=self.promise.data or "",
            checklist=self.checklist.data or "",
            urgency=Urgency(self.urgency.data),
            needs_photo=self.needs_photo.data,
            is_public=self.is_public.data,
        )


class NewClassForm(ClassForm):
    """A class to be made."""

    code = _line(_l("Code"), 4)
    closed_on = Day(_l("For a time only: off the list from"), [validators.Optional()])


class NewMatterForm(MatterForm):
    """A matter to be admitted."""

    code = _line(_l("Code"), 4)
    closed_on = Day(_l("For a time only: off the list from"), [validators.Optional()])


class CloseMatterForm(Form):
    """From which day a matter is off the list."""

    closed_on = Day(_l("Off the list from"), [validators.InputRequired(_l("Give a day"))])
    version = Whole(widget=HiddenInput())


def form_of(category: Category, given: Any = None) -> ClassForm:
    """Return the form of a class or matter: as sent, or else as it stands."""
    kind = MatterForm if category.parent_id is not None else ClassForm
    return kind(given) if given is not None else kind(obj=category)
