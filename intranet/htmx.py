"""The only file that knows htmx's headers, and the only one that touches htmx-flask.

htmx-flask 0.1.0 parses requests well enough, but its ``make_response`` refuses valid swap styles
(a missing comma in its list), knows no htmx 4 header and sets no Vary: we set headers ourselves.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, make_response, redirect, render_template, request
from htmx_flask import Htmx
from werkzeug.exceptions import HTTPException
from werkzeug.urls import iri_to_uri

STEPS_MAX = 4  # so far above a form's own address its page may lie

_htmx = Htmx()


def init_app(app: Flask) -> None:
    """Make ``request.htmx`` available and let caches tell pages from fragments."""
    _htmx.init_app(app)
    app.after_request(_vary)


def is_partial() -> bool:
    """Whether htmx asks for a fragment; boosted links and history restores ask for a page."""
    return bool(request.headers.get("HX-Request-Type") == "partial")


def page_or_partial(page: str, partial: str, status: int = 200, **context: object) -> Response:
    """Render the partial for a partial request and the page (which includes it) otherwise."""
    name = partial if is_partial() else page
    return make_response(render_template(name, **context), status)


def done(fallback_url: str, partial: str | None = None, **context: object) -> Response:
    """Answer a write that succeeded: the changed fragment to htmx, 303 to a browser."""
    if is_partial() and partial is not None:
        return make_response(render_template(partial, **context))
    return go(fallback_url)


def go(url: str) -> Response:
    """Leave this page: 303 for a browser, HX-Redirect for htmx (a 3xx it never gets to see)."""
    if is_partial():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = iri_to_uri(url)
        return response
    return make_response(redirect(url, code=303))


def login_needed(login_url: str) -> Response:
    """Answer an expired login: never a redirect that would land inside a table cell."""
    if is_partial():
        response = make_response("", 401)
        response.headers["HX-Redirect"] = iri_to_uri(login_url)
        return response
    return make_response(redirect(login_url, code=303))


def current_path() -> str:
    """Return the path and query of the page the user looks at, for coming back after login."""
    if is_partial():
        parts = urlsplit(request.headers.get("HX-Current-URL", "/"))
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()


def _page_of_form() -> str:
    """Return the page whose form was sent: where it came from, or the next above that is a page."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or not came.path.startswith("/") or came.path[1:2] == "/":
        return "/"
    path, query = came.path, f"?{came.query}" if came.query else ""
    for _step in range(STEPS_MAX):
        if _is_page(path):
            return path + query
        path, query = path.rpartition("/")[0], ""  # a form's own address, left by a refusal
    return "/"


def _is_page(path: str) -> bool:
    try:
        return bool(current_app.create_url_adapter(request).match(path, method="GET"))  # type: ignore[union-attr]
    except HTTPException:
        return False


def nothing_new() -> Response:
    """Answer a poll when nothing changed: 204, which htmx does not swap."""
    return Response(status=204)


def announce(response: Response, event: str) -> Response:
    """Tell the rest of the page: elements with ``hx-trigger="<event> from:body"`` ask again."""
    if is_partial():
        response.headers["HX-Trigger"] = event
    return response


def _vary(response: Response) -> Response:
    if response.status_code == 204 or response.mimetype == "text/html":
        response.headers.add("Vary", "HX-Request-Type")
    return response
