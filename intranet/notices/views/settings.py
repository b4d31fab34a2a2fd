"""How notices reach the viewer: channels by topic, own addresses, quiet hours, a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, make_response, render_template, request, url_for

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.i18n import _
from intranet.notices import forms, operations, queries
from intranet.notices.views import bp

if TYPE_CHECKING:
    from flask import Response


@bp.get("/me/notices")
def settings() -> Response:
    """Show what the viewer chose."""
    return _page(require(Permission.NOTICES_NOTICE_VIEW))


@bp.post("/me/notices")
def choose() -> Response:
    """Store what the viewer chose; an address its channel cannot reach is said beside it."""
    viewer = require(Permission.NOTICES_NOTICE_VIEW)
    names = _channels(queries.settings_of(db.session(), viewer))
    form = forms.settings_form(names, forms.topics_for(viewer), sent=request.form)
    if not form.validate():
        return _page(viewer, form, 422)
    try:
        _store(viewer, form, names)
    except operations.AddressError as error:
        db.session.rollback()
        form.shows(error)
        return _page(viewer, form, 422)
    db.session.commit()
    flash(_("Saved. From now on notices reach you this way."))
    return htmx.go(url_for("notices.settings"))


@bp.post("/me/notices/test")
def test() -> Response:
    """Tell the viewer something, the way everything is told."""
    viewer = require(Permission.NOTICES_NOTICE_VIEW)
    told = operations.tell_test(db.session(), actor=viewer, at=clock.now())
    db.session.commit()
    if told:
        flash(_("The test is on its way; it takes a few seconds."))
    else:
        flash(_("You asked for a test less than a minute ago; it is on its way."))
    return htmx.go(url_for("notices.settings", _anchor="test"))


def _store(viewer: Viewer, form: forms.SettingsForm, names: list[str]) -> None:
    from_minute, to_minute = form.minutes()
    operations.choose(
        db.session(),
        actor=viewer,
        wishes={name: form.wish(name) for name in names},
        from_minute=from_minute,
        to_minute=to_minute,
        at=clock.now(),
        address=audit.client_address(),
    )


def _channels(known: queries.Settings) -> list[str]:
    """Return the house's channels, and those gone by now where the person left an address."""
    names = [channel.name for channel in current_app.config["SETTINGS"].notice_channels]
    return names + sorted(set(known.addresses) - set(names))


def _page(viewer: Viewer, form: forms.SettingsForm | None = None, status: int = 200) -> Response:
    known = queries.settings_of(db.session(), viewer)
    names = _channels(known)
    topics = forms.topics_for(viewer)
    page = render_template(
        "notices/settings.html",
        form=form or forms.settings_form(names, topics, known=known),
        channels=names,
        in_use=[channel.name for channel in current_app.config["SETTINGS"].notice_channels],
        known=known,
        label=queries.channel_label,
        hints=forms.ADDRESS_HINTS,
        test=queries.last_test(db.session(), viewer),
        states=queries.STATE_LABELS,
        troubles=queries.TROUBLE_LABELS,
    )
    return make_response(page, status)
