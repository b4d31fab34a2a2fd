"""That clocks have yet to be counted anew after a limit or the calendar was changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model


class Recount(Model):
    """The one row there is while a recount goes on: it has come as far as ``after_id``.

    Moved on in the transaction of each batch, so that a recount cut off goes on where it was.
    """

    __tablename__ = "incident_recount"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    after_id: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
