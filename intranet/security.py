"""Response headers: nothing inline, nothing from elsewhere, nothing kept in shared caches."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from intranet import clock
from intranet.https import front

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

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
SECURE_HEADERS = {"Cross-Origin-Opener-Policy": "same-origin"}
# Holds for the host whatever the port: only where nothing is served over plain HTTP beside it.
ONLY_SECURE_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
_NAMES = frozenset(name.lower() for name in HEADERS | SECURE_HEADERS | ONLY_SECURE_HEADERS)
# Cookies are not kept apart by port, and over plain HTTP a browser neither sends a Secure cookie
# nor lets one be replaced (RFC 6265bis, 5.7): under one name, whoever had logged in over HTTPS
# could no longer do so over HTTP. The prefix lets nobody set it but this host over HTTPS.
PLAIN_COOKIE, SECURE_COOKIE = "weiwang", "__Host-weiwang"
COOKIES_KEPT = 4000
KEY_VARIABLE = "HTTP_" + front.KEY_HEADER.upper().replace("-", "_")


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

    def get_cookie_name(self, app: Flask) -> str:
        """Return the name the cookie has over HTTPS or over HTTP, as this request came."""
        del app
        is_secure = has_request_context() and request.is_secure
        return SECURE_COOKIE if is_secure else PLAIN_COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        """Say whether the cookie may only travel over HTTPS."""
        return bool(super().get_cookie_secure(app)) or request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; its age is looked at each time."""
        name = SECURE_COOKIE if request.is_secure else PLAIN_COOKIE
        cookie = request.cookies.get(name, "")
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
    secure = HEADERS | SECURE_HEADERS
    plain = HEADERS
    if settings.secure_cookies:
        plain = secure = secure | ONLY_SECURE_HEADERS
    app.after_request(partial(_add_headers, plain, secure))
    app.before_request(_refuse_nul)
    app.wsgi_app = Proxies(app.wsgi_app, settings)  # type: ignore[assignment,method-assign]


class Proxies:
    """Believes X-Forwarded headers of the house's own Caddy, and of as many proxies as there are.

    Caddy stands beside browsers that come directly. It is known by a key that only it and the
    house have; what another sends as forwarded counts for nothing.
    """

    def __init__(self, house: WSGIApplication, settings: Settings) -> None:
        hops = settings.proxy_hops
        self._key = front.key(settings).encode()
        self._behind_caddy = ProxyFix(house, x_for=1, x_proto=1, x_host=1)
        self._others = ProxyFix(house, x_for=hops, x_proto=hops, x_host=hops) if hops else house

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Pass the request on, as it was made to whoever stands in front."""
        given = environ.pop(KEY_VARIABLE, "").encode("latin-1")
        is_caddy = bool(given) and hmac.compare_digest(given, self._key)
        return (self._behind_caddy if is_caddy else self._others)(environ, start)


def _add_headers(
    plain: Mapping[str, str], secure: Mapping[str, str], response: Response
) -> Response:
    headers = secure if request.is_secure else plain
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
