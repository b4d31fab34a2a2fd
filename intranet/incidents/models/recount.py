"""How far the clocks of open incidents have been counted anew since a rule changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model

THE_ONE = 1


class Recount(Model):
    """The one recount there is: asked for again it begins again, killed it goes on where it was.

    ``last_id`` is the newest incident counted; whatever is above it still has the old clocks.
    """

    __tablename__ = "incident_recount"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
