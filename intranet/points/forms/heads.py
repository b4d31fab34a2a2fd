"""Where the head of the ledger is made public."""

from __future__ import annotations

from wtforms import StringField, validators

from intranet.forms import Form
from intranet.grids.forms import tidy
from intranet.i18n import _l


class HeadForm(Form):
    """The place, as people call it."""

    place = StringField(
        _l("Where it hangs out or is read out"),
        [
            validators.DataRequired(_l("Where is it made public?")),
            validators.Length(max=100, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
        render_kw={"maxlength": 100},
    )
