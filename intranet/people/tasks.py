"""What the background worker does for this room."""

from __future__ import annotations

from intranet import clock
from intranet.db import db
from intranet.people.operations import logins


def purge() -> None:
    """Forget old login attempts and sessions long expired."""
    logins.purge(db.session(), at=clock.now())
    db.session.commit()
