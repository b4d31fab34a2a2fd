"""The form all rooms' forms begin from: WTForms, speaking the language of the page."""

from __future__ import annotations

import wtforms
from wtforms.meta import DefaultMeta

from intranet.i18n import current_locale


class _Meta(DefaultMeta):
    @property
    def locales(self) -> list[str]:  # type: ignore[override]
        """The library's own messages come from its own catalogues."""
        return [current_locale()]


class Form(wtforms.Form):
    """A form whose built-in messages are in the page's language."""

    Meta = _Meta
