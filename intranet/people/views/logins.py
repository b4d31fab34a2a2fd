"""Logging in and out, and the language of the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, make_response, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user

from intranet import audit, clock, htmx
from intranet.access import current_viewer
from intranet.db import db
from intranet.i18n import LOCALES, _
from intranet.people import login, queries
from intranet.people.forms import LoginForm
from intranet.people.operations import logins, passwords
from intranet.people.views import bp

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from intranet.people.models import Account, LoginAttempt


# What a browser with a one-time password may still fetch.
OPEN_TO_ALL = frozenset(
    {
        "static",
        "people.me",
        "people.password",
        "people.logout",
        "people.locale",
        "workbench.help_https",
        "workbench.root_certificate",
        "workbench.own_name",
    }
)


@bp.get("/login")
def login_page() -> Response | BaseResponse:
    """Show the form; one who is logged in goes on."""
    if current_viewer() is not None:
        return htmx.go(_safe_next(request.args.get("next")))
    return _form(LoginForm(data={"next": request.args.get("next", "")}))


@bp.post("/login", endpoint="login")
def log_in() -> Response | BaseResponse:
    """Claim an attempt, look at the password with no transaction open, then open a session."""
    form = LoginForm(request.form)
    if not form.validate():
        return _form(form, 422)
    name = (form.username.data or "").replace("\0", "").strip().casefold()
    address = audit.client_address()
    try:
        attempt = logins.claim_attempt(db.session(), username=name, address=address, at=clock.now())
    except logins.TooManyTries as error:
        return _wait(form, error)
    db.session.commit()
    account, stronger_hash = _checked(name, form.password.data or "")
    if account is None:
        form.password.errors = [_("User name or password is wrong")]
        return _form(form, 422)
    return _welcome(account, attempt, form, stronger_hash)


def _wait(form: LoginForm, error: logins.TooManyTries) -> Response:
    db.session.rollback()
    form.username.errors = [_(error.key, **error.params)]
    response = _form(form, 429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _checked(name: str, password: str) -> tuple[Account | None, str | None]:
    """Return the account if the password is its own, and a newer hash when one is due."""
    account = queries.account_for_login(db.session(), name)
    stored = account.password_hash if account else None
    # argon2 takes its time: no lock may be held meanwhile.
    db.session.rollback()
    good = passwords.verify(stored, password)
    if account is None or stored is None or not good:
        return None, None
    return account, passwords.stronger(stored, password)


def _welcome(
    account: Account, attempt: LoginAttempt, form: LoginForm, stronger_hash: str | None
) -> Response:
    remember = bool(form.remember.data)
    key = logins.open_session(
        db.session(),
        account=account,
        attempt=attempt,
        remember=remember,
        address=audit.client_address(),
        browser=request.user_agent.string,
        at=clock.now(),
        stronger_hash=stronger_hash,
    )
    db.session.commit()
    # A fresh cookie: nothing of the visit before the login goes on in it.
    session.clear()
    session.permanent = remember or account.is_device
    session["locale"] = account.locale
    user = login.load(key)
    assert user is not None
    login_user(user)
    if account.must_change_password:
        return htmx.go(url_for("people.me", _anchor="password"))
    return htmx.go(_safe_next(form.next.data))


@bp.post("/logout")
def logout() -> Response:
    """End this browser's session."""
    viewer = current_viewer()
    if viewer is not None:
        own = queries.session_or_404(db.session(), viewer.account_id, current_user.session_id)
        logins.revoke(
            db.session(), actor=viewer, login=own, at=clock.now(), address=audit.client_address()
        )
        db.session.commit()
    locale_now = session.get("locale")
    logout_user()
    session.clear()
    if locale_now:
        session["locale"] = locale_now
    return htmx.go(url_for("people.login"))


@bp.post("/locale")
def locale() -> Response:
    """Change the language of this visit, and of the account when somebody is logged in."""
    chosen = request.form.get("locale", "")
    if chosen in LOCALES:
        session["locale"] = chosen
        viewer = current_viewer()
        if viewer is not None:
            queries.own_account(db.session(), viewer).locale = chosen
            db.session.commit()
    return htmx.go(_safe_next(request.form.get("next")))


@bp.before_app_request
def _password_first() -> BaseResponse | None:
    """Until a one-time password is changed, every page leads to changing it."""
    endpoint = request.endpoint or "static"
    if endpoint in OPEN_TO_ALL or endpoint.startswith("health.") or "_user_id" not in session:
        return None
    if current_viewer() is not None and current_user.must_change_password:
        return htmx.go(url_for("people.me", _anchor="password"))
    return None


def _form(form: LoginForm, status: int = 200) -> Response:
    demo = current_app.config["SETTINGS"].demo
    page = render_template("people/login.html", form=form, demo_hint=demo)
    return make_response(page, status)


def _safe_next(target: str | None) -> str:
    """Return a path on this site; anything that could lead elsewhere becomes the start page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(c) < 32 or c == "\\" for c in target):
        return "/"
    return target
