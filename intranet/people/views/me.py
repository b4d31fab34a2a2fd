"""One's own account: places, sessions, password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, render_template, request, url_for
from flask_login import current_user

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import InputError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.people import queries
from intranet.people.forms import ROLE_LABELS, PasswordForm
from intranet.people.operations import accounts, logins, passwords
from intranet.people.views import bp

if TYPE_CHECKING:
    from flask import Response


@bp.get("/me")
def me() -> Response:
    """Show roles and places, open sessions, and the password form."""
    return _page(require(Permission.PEOPLE_SELF_MANAGE), PasswordForm())


@bp.post("/me/password")
def password() -> Response:
    """Change the password; the other sessions end."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    form = PasswordForm(request.form)
    if not form.validate():
        return _page(viewer, form, 422)
    stored = queries.own_account(db.session(), viewer).password_hash
    # argon2 takes its time: no lock may be held meanwhile.
    db.session.rollback()
    if not passwords.verify(stored, form.current.data or ""):
        form.current.errors = [_("This is not your current password")]
        return _page(viewer, form, 422)
    try:
        passwords.check_new(form.password.data or "", viewer.username)
    except InputError as error:
        form.password.errors = [_(error.key, **error.params)]
        return _page(viewer, form, 422)
    return _store(viewer, passwords.hash_password(form.password.data or ""))


def _store(viewer: Viewer, hashed: str) -> Response:
    accounts.set_password(
        db.session(),
        actor=viewer,
        account=queries.own_account(db.session(), viewer),
        password_hash=hashed,
        must_change=False,
        at=clock.now(),
        keep_session=current_user.session_id,
        address=audit.client_address(),
    )
    db.session.commit()
    flash(_("The password is changed; your other devices are logged out."))
    return htmx.go(url_for("people.me"))


@bp.post("/me/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """Log one of one's own browsers out."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    own = queries.session_or_404(db.session(), viewer.account_id, session_id)
    logins.revoke(
        db.session(), actor=viewer, login=own, at=clock.now(), address=audit.client_address()
    )
    db.session.commit()
    flash(_("That device is logged out."))
    return htmx.go(url_for("people.me"))


@bp.post("/me/sessions/end-others")
def end_other_sessions() -> Response:
    """Log out everywhere but here."""
    viewer = require(Permission.PEOPLE_SELF_MANAGE)
    logins.revoke_others(
        db.session(),
        actor=viewer,
        keep_session=current_user.session_id,
        at=clock.now(),
        address=audit.client_address(),
    )
    db.session.commit()
    flash(_("Your other devices are logged out."))
    return htmx.go(url_for("people.me"))


def _page(viewer: Viewer, form: PasswordForm, status: int = 200) -> Response:
    account = queries.own_account(db.session(), viewer)
    now = clock.now()
    page = render_template(
        "people/me.html",
        account=account,
        form=form,
        sessions=queries.open_sessions(db.session(), viewer.account_id, now),
        browser_words=queries.browser_words,
        this_session=current_user.session_id,
        must_change=current_user.must_change_password,
        role_labels=ROLE_LABELS,
        places=grids.labels({grant.path for grant in viewer.grants}),
        grants=viewer.grants,
    )
    return make_response(page, status)
