"""How large a request may be: 16 MB, and more where a page takes several photos of a phone.

Such a page's body is read for its fields even when its files are too much together: they are
thrown away as they come, and the page says so beside the field, with all that was typed. Only what
is beyond reading at all is answered with a bare 413.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app

View = TypeVar("View", bound=Callable[..., Any])
MEGABYTE = 1024 * 1024
BYTES_MAX = 16 * MEGABYTE
READ_BYTES_MAX = 160 * MEGABYTE  # as deploy/nginx.conf lets through


def init_app(app: Flask) -> None:
    """Have requests know it; htmx has put a class of its own there, which stays beneath."""
    app.request_class = type("HouseRequest", (Body, app.request_class), {})


def takes(bytes_max: int) -> Callable[[View], View]:
    """Have a view take bodies of so many bytes; see ``Body.drops_files`` for what is above."""

    def mark(view: View) -> View:
        view.body_bytes_max = bytes_max  # type: ignore[attr-defined]
        return view

    return mark


class Body(Request):
    """A request that knows how much its page takes."""

    @property
    def drops_files(self) -> bool:
        """Whether its files are too much together and were thrown away."""
        return (self.content_length or 0) > self._takes > BYTES_MAX

    @property
    def max_content_length(self) -> int | None:
        """So many bytes are read at most; above them 413."""
        return READ_BYTES_MAX if self.drops_files else self._takes

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def _takes(self) -> int:
        view = current_app.view_functions.get(self.endpoint or "")
        return int(getattr(view, "body_bytes_max", BYTES_MAX))

    def _get_file_stream(self, *facts: Any, **more: Any) -> IO[bytes]:
        """Werkzeug's own hook: where a file of the body is written to."""
        return _Nowhere() if self.drops_files else super()._get_file_stream(*facts, **more)


class _Nowhere(io.BytesIO):
    """Takes all that is written and keeps nothing."""

    def write(self, data: Any) -> int:
        return len(data)
