"""Goods handed over without their code: told to the home, looked through by a leader."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model


class Handing(Model):
    """One redemption fetched without its code; by whom and when stands on the redemption."""

    __tablename__ = "points_handing"
    __table_args__ = (
        CheckConstraint("(objected_at IS NULL) = (objected_by IS NULL)", name="objected_by_one"),
        CheckConstraint("(looked_at IS NULL) = (looked_by IS NULL)", name="looked_at_by_one"),
        Index(
            "ix_points_handing_waiting",
            "id",
            sqlite_where=text("looked_at IS NULL"),
            postgresql_where=text("looked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    redemption_id: Mapped[int] = mapped_column(
        ForeignKey("points_redemption.id", ondelete="RESTRICT"), unique=True
    )
    reason: Mapped[str] = mapped_column(Text)  # how it was known whom it is for; may be emptied
    told: Mapped[int]  # accounts of the home that were told; 0 where it has none
    objection: Mapped[str] = mapped_column(Text, default="")  # the home's words; may be emptied
    objected_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    objected_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text, default="")  # a leader's words; may be emptied
    looked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    looked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling
