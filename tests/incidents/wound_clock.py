"""The town under a clock that the test winds on."""

from __future__ import annotations

import pytest
from factories import AT, create_town

from intranet import clock


class Moment:
    """What time it is; set back for each test."""

    now = AT


@pytest.fixture
def town(app, monkeypatch):
    Moment.now = AT
    monkeypatch.setattr(clock, "now", lambda: Moment.now)
    return create_town()
