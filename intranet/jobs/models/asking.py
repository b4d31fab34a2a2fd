"""Posts that a seeker asked for: 我想应聘."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model


class AskedPost(Model):
    """A seeker wants one post by name; whoever looks after the wish rings."""

    __tablename__ = "jobs_asked_post"
    __table_args__ = (
        UniqueConstraint("wish_id", "post_id"),
        Index("ix_jobs_asked_post_wish_id_at", "wish_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("jobs_wish.id", ondelete="RESTRICT"))
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
