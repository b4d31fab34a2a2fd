"""What a seeker agreed to, each time; and two that were one person, joined by hand."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, append_only, made_with
from intranet.grids.models.tree import stored
from intranet.guards import refusing
from intranet.jobs.models.wish import Channel, Wish, WishState


class Consent(Model):
    """One time that a seeker agreed to what is kept. What is withdrawn is erased, not unsaid."""

    __tablename__ = "jobs_consent"
    __table_args__ = (
        Index("ix_jobs_consent_seeker_id_id", "seeker_id", "id"),
        UniqueConstraint("filing_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seeker_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    wish_id: Mapped[int | None] = mapped_column(  # that was filed with it
        ForeignKey("jobs_wish.id", ondelete="RESTRICT")
    )
    words: Mapped[str] = mapped_column(Text)  # the version of what was agreed to
    channel: Mapped[Channel | None] = mapped_column(stored(Channel))  # None: not known any more
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    # A phone's own key for what it sends by itself: the same one is the same filing for ever.
    filing_key: Mapped[str | None] = mapped_column(Text)


_STANDS = text("undone_at IS NULL")


class SeekerMerge(Model):
    """One seeker joined to another, and what is needed to take it back within a day."""

    __tablename__ = "jobs_seeker_merge"
    __table_args__ = (
        CheckConstraint("from_id <> into_id", name="of_two"),
        CheckConstraint(
            "(closed_wish_id IS NULL) = (closed_from IS NULL)", name="closed_from_a_state"
        ),
        Index(
            "uq_jobs_seeker_merge_from_id",
            "from_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_jobs_seeker_merge_into_id", "into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    into_id: Mapped[int] = mapped_column(ForeignKey("jobs_seeker.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    # The one of two waiting wishes that did not stay, and where it stood.
    closed_wish_id: Mapped[int | None] = mapped_column(
        ForeignKey("jobs_wish.id", ondelete="RESTRICT")
    )
    closed_from: Mapped[WishState | None] = mapped_column(stored(WishState))
    gave_party: Mapped[bool] = mapped_column(default=False)  # who it is in the register came along
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class MergedWish(Model):
    """A wish that came along with its seeker."""

    __tablename__ = "jobs_merged_wish"

    merge_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_seeker_merge.id", ondelete="CASCADE"), primary_key=True
    )
    wish_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_wish.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class MergedPass(Model):
    """A pass for a fair that came along with its seeker."""

    __tablename__ = "jobs_merged_pass"

    merge_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_seeker_merge.id", ondelete="CASCADE"), primary_key=True
    )
    pass_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_fair_pass.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


# Whatever a page forgets: who was joined to another has no wish, so nobody can be referred twice.
WISH_REFUSED = {
    "jobs_wish is of a merged seeker": (
        "EXISTS (SELECT 1 FROM jobs_seeker WHERE id = NEW.seeker_id AND merged_into_id IS NOT NULL)"
    )
}


def wish_guards(dialect: str) -> list[str]:
    """Return the statements that keep wishes away from seekers who were joined to another."""
    return refusing("jobs_wish", WISH_REFUSED, dialect)


append_only(cast("Table", Consent.__table__))
made_with(cast("Table", Wish.__table__), wish_guards)
