"""What people say is wrong with a post that is seen, and what the station answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.guards import kept_but_words


class Wrong(StrEnum):
    """What is wrong with a post; from a list, so that it can be counted and pressed."""

    FEE = "fee"  # 收费、押金、扣证件
    NOT_AS_POSTED = "not_as_posted"  # 与发布的不一致
    FILLED = "filled"  # 已经招满
    UNFAIR = "unfair"  # 有歧视
    FALSE_COMPANY = "false_company"  # 冒用或虚假单位
    OTHER = "other"  # 其他: in words


class Outcome(StrEnum):
    """What the station found."""

    FINE = "fine"  # 看过，没有问题
    CORRECTED = "corrected"  # 已与单位核实改正
    TAKEN_DOWN = "taken_down"  # 已下架


class ComplaintAnswer(Model):
    """What the station answered to all complaints of a post that were open then; append-only."""

    __tablename__ = "jobs_complaint_answer"
    __table_args__ = (
        Index("ix_jobs_complaint_answer_post_id_id", "post_id", "id"),
        CheckConstraint("words <> ''", name="says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome))
    words: Mapped[str] = mapped_column(Text)  # what was found: for the station alone
    # What the company was told when its post was taken down; empty where it was told nothing.
    told: Mapped[str] = mapped_column(Text, default="", server_default="")
    by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime]


OPEN = text("answer_id IS NULL")
KNOWN = text("device IS NOT NULL")


class Complaint(Model):
    """One complaint about a post, of nobody known.

    There is no name, account, address or phone in it. Who works for a company, or would like to,
    complains of it only where nothing can come back to them; and what is not kept can neither be
    asked for nor be found by whoever gets at the database. Whoever wants to be rung files a wish
    or comes to the station. ``device`` is a keyed digest that stops one device from complaining of
    one post again and again; it is emptied after a day, when it has no use any more.
    """

    __tablename__ = "jobs_complaint"
    __table_args__ = (
        Index("ix_jobs_complaint_post_id_id", "post_id", "id"),
        Index("ix_jobs_complaint_open", "post_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_jobs_complaint_device", "device", "at", sqlite_where=KNOWN, postgresql_where=KNOWN
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    wrong: Mapped[Wrong] = mapped_column(stored(Wrong))
    words: Mapped[str] = mapped_column(Text, default="")
    at_screen: Mapped[bool] = mapped_column(default=False)  # said at a touch screen
    at: Mapped[datetime]
    device: Mapped[str | None] = mapped_column(Text)
    answer_id: Mapped[int | None] = mapped_column(
        ForeignKey("jobs_complaint_answer.id", ondelete="RESTRICT"), index=True
    )


def complaints_kept(dialect: str) -> list[str]:
    """Return the statements that keep complaints: nobody rewrites or removes one."""
    columns = "id, post_id, wrong, at_screen, at"
    return kept_but_words("jobs_complaint", columns, dialect)


append_only(cast("Table", ComplaintAnswer.__table__))
made_with(cast("Table", Complaint.__table__), complaints_kept)
