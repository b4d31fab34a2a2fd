"""Response headers: nothing inline, nothing from elsewhere, nothing kept in shared caches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
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
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), payment=()",
}


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers; trust exactly as many proxies as there are."""
    app.after_request(_add_headers)
    app.before_request(_refuse_nul)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    if settings.secure_cookies:
        HEADERS.setdefault("Strict-Transport-Security", "max-age=31536000")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers and request.endpoint != "static":
        # Office desktops are shared: the back button must not show the last person's page.
        response.headers["Cache-Control"] = "no-store"
    return response


def _refuse_nul() -> None:
    """Answer 400 to a NUL in what was typed: no text holds one, and PostgreSQL stores none."""
    typed = (*request.args.values(), *request.form.values(), request.path)
    if any("\0" in text for text in typed):
        abort(400)
