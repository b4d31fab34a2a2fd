"""What forms say is in the language of the page, the library's own words too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import SelectField

import intranet.cameras.forms
import intranet.forms
import intranet.grids.forms
import intranet.people.forms
import intranet.register.forms
from intranet.forms import Form

HAN = re.compile(r"[一-鿿]")
TYPED = ["", "x" * 2000, "三十度", "-999999", "\x00", "2026-99-99"]


def forms():
    return sorted(Form.__subclasses__(), key=lambda form: (form.__module__, form.__name__))


def messages(kind, typed):
    form = kind(MultiDict(dict.fromkeys(kind().data, typed)))
    for field in form:
        if isinstance(field, SelectField) and field.choices is None:
            field.choices = []
    form.validate()
    return [str(error) for errors in form.errors.values() for error in errors]


@pytest.mark.parametrize("kind", forms(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_form_refuses_nonsense_in_the_language_of_the_page(app, kind):
    said = {"zh_CN": [], "en": []}
    for locale, found in said.items():
        with app.test_request_context(), force_locale(locale):
            for typed in TYPED:
                found.extend(messages(kind, typed))
    assert said["zh_CN"], "nonsense was not refused at all"
    assert [text for text in said["zh_CN"] if not HAN.search(text)] == []
    assert [text for text in said["en"] if HAN.search(text)] == []


def test_a_refusal_is_put_beside_its_field_by_the_form_itself():
    """Whoever writes it down there by hand forgets to say it in the page's language."""
    house = Path(intranet.forms.__file__).parent
    wrong = [
        str(path.relative_to(house))
        for path in house.rglob("*.py")
        if re.search(r"\.errors = \[\w+\]", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []
