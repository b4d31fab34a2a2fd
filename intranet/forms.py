"""The form all rooms' forms begin from: WTForms, speaking the language of the page."""

from __future__ import annotations

import wtforms
from wtforms.meta import DefaultMeta

from intranet.errors import DomainError
from intranet.i18n import _, current_locale


class _Meta(DefaultMeta):
    @property
    def locales(self) -> list[str]:  # type: ignore[override]
        """The library's own messages come from its own catalogues."""
        return [current_locale()]


class Form(wtforms.Form):
    """A form whose built-in messages are in the page's language."""

    Meta = _Meta

    def shows(self, error: DomainError, otherwise: str | None = None) -> bool:
        """Put an operation's refusal beside the field it names, in the page's language.

        False when it names none of this form's and there is no field for that: then the page
        says it above the form.
        """
        name = getattr(error, "field", None) or otherwise
        if name is None or name not in self:
            return False
        self[name].errors = [_(error.key, **error.params)]
        return True
