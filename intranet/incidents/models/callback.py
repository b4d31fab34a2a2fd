"""Calling a reporter back after closing: how often it was tried, and whether they were reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model


class CallBack(Model):
    """How the calls of an incident's round stand; each call is an event of its history, too."""

    __tablename__ = "incident_call_back"
    __table_args__ = (
        Index("ix_incident_call_back_last_by_id", "last_by_id"),
        CheckConstraint("tries > 0", name="some_try"),
    )

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True
    )
    round: Mapped[int] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime]
    last_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    reached_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
