"""What the touch screen shows where something is not there, or broke: its own frame, one way on."""

from __future__ import annotations

from typing import Any

from intranet import errors
from intranet.jobs.views.kiosk import page

PREFIX = "jobs.kiosk"  # of the endpoints of its pages


def kiosk_error(facts: dict[str, Any]) -> str:
    """Return the page of an error in the screen's own frame, without the office's menu."""
    return page("error", facts["code"], **facts | {"back": ""}).get_data(as_text=True)


errors.room_page(PREFIX, kiosk_error)
