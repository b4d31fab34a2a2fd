"""The grid tree, and who holds which post in each micro-grid's 1+1+N team."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType


class GridKind(StrEnum):
    """Levels of the tree; ``docs/glossary.md`` gives the Chinese terms."""

    COUNTY = "county"
    TOWN = "town"
    COMMUNITY = "community"  # 总网格
    GENERAL = "general"  # 一般网格
    MICRO = "micro"  # 微网格
    DEDICATED = "dedicated"  # 专属网格


# Which kind may stand below which: the tree's shape as data.
PARENT_KIND: dict[GridKind, GridKind | None] = {
    GridKind.COUNTY: None,
    GridKind.TOWN: GridKind.COUNTY,
    GridKind.COMMUNITY: GridKind.TOWN,
    GridKind.GENERAL: GridKind.COMMUNITY,
    GridKind.MICRO: GridKind.GENERAL,
    GridKind.DEDICATED: GridKind.COMMUNITY,
}


class PostKind(StrEnum):
    """The places of a 1+1+N team, and the full-time member of a general grid."""

    MICRO_MEMBER = "micro_member"
    PARTY_MEMBER = "party_member"
    RESIDENT = "resident"
    GRID_MEMBER = "grid_member"


def _enum(kind: type[StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20)


class Grid(Model):
    """One node. ``path`` is the chain of ids from the root, each followed by a dot.

    The code follows CJ/T 349-2010 as extended in docs/grids.md: 6 digits county, 3 town,
    3 community, 2 general grid (or Z and a digit series for dedicated grids), 3 micro-grid.
    Codes are never used twice.
    """

    __tablename__ = "grid"
    __table_args__ = (
        UniqueConstraint("path"),
        UniqueConstraint("code"),
        Index("ix_grid_parent_id_position", "parent_id", "position"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closes_after_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"))
    kind: Mapped[GridKind] = mapped_column(_enum(GridKind))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(PathType)
    position: Mapped[int] = mapped_column(default=0)
    households: Mapped[int] = mapped_column(default=0)
    boundary_wgs84: Mapped[str | None] = mapped_column(Text)  # GeoJSON geometry
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    @property
    def grid_path(self) -> str:
        """The place a permission is asked for: the node itself."""
        return self.path


class Post(Model):
    """A party holding a place in a team from a day to a day; ended, never deleted."""

    __tablename__ = "post"
    __table_args__ = (
        # One micro-grid member and one party member at a time, by the database itself.
        Index(
            "uq_post_single_open",
            "grid_path",
            "kind",
            unique=True,
            sqlite_where=text("ends_on IS NULL AND kind IN ('micro_member', 'party_member')"),
            postgresql_where=text("ends_on IS NULL AND kind IN ('micro_member', 'party_member')"),
        ),
        Index("ix_post_grid_path_ends_on", "grid_path", "ends_on"),
        Index("ix_post_party_id", "party_id"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    kind: Mapped[PostKind] = mapped_column(_enum(PostKind))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="RESTRICT"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    entered_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling
