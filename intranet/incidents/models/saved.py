"""Filters of the lists that a person keeps under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType


class SavedFilter(Model):
    """One filter of one account: what the address of the list says behind its question mark.

    The grid stands in a column of its own, so that it follows a grid that is moved. ``removed_at``
    is set for as long as the removal can be taken back.
    """

    __tablename__ = "incident_saved_filter"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        Index(
            "ix_incident_saved_filter_default",
            "account_id",
            unique=True,
            sqlite_where=text("is_default = 1"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    grid_path: Mapped[str | None] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="CASCADE"),
        index=True,
        info={"past": True},  # a filter kept by somebody does not hold a grid open
    )
    is_default: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
