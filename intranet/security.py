"""Response headers: nothing inline, nothing from elsewhere, nothing kept in shared caches."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from intranet import clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from flask import Request
    from flask.sessions import SecureCookieSession
    from itsdangerous import URLSafeTimedSerializer

    from intranet.config import Settings

# blob: is what hls.js needs for its media source; nothing is ever evaluated.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), payment=()",
}
# Over plain HTTP browsers heed neither, and write an error to the console for the one on each page.
SECURE_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NAMES = frozenset(name.lower() for name in HEADERS | SECURE_HEADERS)
COOKIES_KEPT = 4000


class SignedSessions(SecureCookieSessionInterface):
    """Flask's own, but a cookie seen before is not verified anew: a player sends eight a second."""

    def __init__(self) -> None:
        self._made: URLSafeTimedSerializer | None = None
        self._verified: OrderedDict[str, tuple[dict[str, Any], float]] = OrderedDict()

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer; the secret key is fixed while the process lives."""
        if self._made is None:
            self._made = super().get_signing_serializer(app)
        return self._made

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; its age is looked at each time."""
        cookie = request.cookies.get(app.config["SESSION_COOKIE_NAME"], "")
        now = clock.now().timestamp()
        known = self._verified.get(cookie)
        if known is not None and now < known[1]:
            return self.session_class(known[0])
        opened = super().open_session(app, request)
        # A list inside would be shared by those who change it.
        if opened and all(isinstance(value, str | int | None) for value in opened.values()):
            self._verified[cookie] = (dict(opened), self._signed_at(app, cookie) + _lifetime(app))
            while len(self._verified) > COOKIES_KEPT:
                self._verified.popitem(last=False)
        return opened

    def _signed_at(self, app: Flask, cookie: str) -> float:
        serializer = self.get_signing_serializer(app)
        assert serializer is not None
        signed: tuple[Any, datetime] = serializer.loads(cookie, return_timestamp=True)
        return signed[1].timestamp()


def _lifetime(app: Flask) -> float:
    return app.permanent_session_lifetime.total_seconds()


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers; trust exactly as many proxies as there are."""
    app.session_interface = SignedSessions()
    headers = HEADERS | SECURE_HEADERS if settings.secure_cookies else HEADERS
    app.after_request(partial(_add_headers, headers))
    app.before_request(_refuse_nul)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )


def _add_headers(headers: Mapping[str, str], response: Response) -> Response:
    given = {name.lower() for name, _value in response.headers}
    if response.status_code != HTTPStatus.NO_CONTENT:  # nothing there to be shown or framed
        if given.isdisjoint(_NAMES):
            response.headers.extend(headers)
        else:
            for name, value in headers.items():
                response.headers.setdefault(name, value)
    if "cache-control" not in given and request.endpoint != "static":
        # Office desktops are shared: the back button must not show the last person's page.
        response.headers["Cache-Control"] = "no-store"
    return response


def _refuse_nul() -> None:
    """Answer 400 to a NUL in what was typed: no text holds one, and PostgreSQL stores none."""
    # Most requests are reads: their bytes tell without being taken apart into fields.
    if "\0" in request.path or b"%00" in request.query_string or b"\0" in request.query_string:
        abort(400)
    if request.method == "POST" and any("\0" in text for text in request.form.values()):
        abort(400)
