"""Who holds which place in a team, from a day to a day, and the acts that made it so."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, append_only
from intranet.grids.models.tree import GridKind, stored


class PostKind(StrEnum):
    """The places of a 1+1+N team, and the full-time member of a general grid."""

    MICRO_MEMBER = "micro_member"  # 微网格员
    PARTY_MEMBER = "party_member"  # 党员
    RESIDENT = "resident"  # 群众
    GRID_MEMBER = "grid_member"  # 网格员


# Which places a kind of grid has, in the order the roster shows them.
PLACES: dict[GridKind, tuple[PostKind, ...]] = {
    GridKind.MICRO: (PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER, PostKind.RESIDENT),
    GridKind.GENERAL: (PostKind.GRID_MEMBER,),
    GridKind.DEDICATED: (PostKind.GRID_MEMBER,),
}
# The first two of 1+1+N: one holder at a time, by the database itself.
SINGLE = frozenset({PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER})
_SINGLE_OPEN = text("ends_on IS NULL AND kind IN ('micro_member', 'party_member')")


class Post(Model):
    """A party holding a place in a team; ended or voided, never deleted.

    ``starts_on`` is the first day in the post and ``ends_on`` the day of leaving it, so a successor
    may start that same day. A voided post was a slip: it counts on no day.
    """

    __tablename__ = "post"
    __table_args__ = (
        Index(
            "uq_post_single_open",
            "grid_path",
            "kind",
            unique=True,
            sqlite_where=_SINGLE_OPEN,
            postgresql_where=_SINGLE_OPEN,
        ),
        Index(
            "uq_post_party_open",
            "grid_path",
            "party_id",
            unique=True,
            sqlite_where=text("ends_on IS NULL"),
            postgresql_where=text("ends_on IS NULL"),
        ),
        Index("ix_post_grid_path_ends_on", "grid_path", "ends_on"),
        Index("ix_post_party_id_ends_on", "party_id", "ends_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("voided_at IS NULL OR ends_on IS NOT NULL", name="voided_is_ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT"),
        info={"past": True},  # a grid's own history: it does not go to a successor
    )
    kind: Mapped[PostKind] = mapped_column(stored(PostKind))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    voided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class PostVerb(StrEnum):
    """What may happen to a post."""

    BEGUN = "begun"
    ENDED = "ended"
    RESUMED = "resumed"  # an end that was undone
    VOIDED = "voided"  # a beginning that was undone


# An undo does the opposite of each event of the act it undoes.
OPPOSITE = {PostVerb.BEGUN: PostVerb.VOIDED, PostVerb.ENDED: PostVerb.RESUMED}


class PostEvent(Model):
    """One change of one post, append-only: played in order they give the posts as they are.

    The events of one act (a move ends one post and begins another) share ``act``; the events of an
    undo name the act they take back in ``undoes``.
    """

    __tablename__ = "post_event"
    __table_args__ = (
        Index("ix_post_event_post_id_id", "post_id", "id"),
        Index("ix_post_event_act", "act"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="RESTRICT"))
    act: Mapped[str] = mapped_column(Text)
    undoes: Mapped[str | None] = mapped_column(Text, index=True)
    verb: Mapped[PostVerb] = mapped_column(stored(PostVerb))
    day: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")


append_only(PostEvent.__table__)  # type: ignore[arg-type]
