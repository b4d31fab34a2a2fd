"""The grid tree: nodes, codes that are never used twice, successions and what was changed when."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, append_only


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


def stored(kind: type[StrEnum]) -> Enum:
    """Return the column type that stores an enum by its values, the same on both engines."""
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
    kind: Mapped[GridKind] = mapped_column(stored(GridKind))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(PathType)
    position: Mapped[int] = mapped_column(default=0)
    households: Mapped[int] = mapped_column(default=0)
    boundary_wgs84: Mapped[str | None] = mapped_column(Text)  # GeoJSON geometry
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    # Every change of the team passes here, so that ``version`` guards the whole row of a roster.
    roster_changed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling

    @property
    def grid_path(self) -> str:
        """The place a permission is asked for: the node itself."""
        return self.path


class RetiredCode(Model):
    """A code a grid used to have; it stays that grid's for ever, so old papers still lead to it."""

    __tablename__ = "grid_retired_code"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"), index=True)
    retired_on: Mapped[date]


class Succession(Model):
    """A closed grid and one that took its place: one of several after a split."""

    __tablename__ = "grid_succession"

    predecessor_id: Mapped[int] = mapped_column(
        ForeignKey("grid.id", ondelete="RESTRICT"), primary_key=True
    )
    successor_id: Mapped[int] = mapped_column(
        ForeignKey("grid.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class TreeVerb(StrEnum):
    """What may happen to a node."""

    CREATED = "created"
    RENAMED = "renamed"
    REDRAWN = "redrawn"
    MOVED = "moved"
    SPLIT = "split"
    CLOSED = "closed"


class GridEvent(Model):
    """One change of one node, with the value before and after; append-only."""

    __tablename__ = "grid_event"
    __table_args__ = (Index("ix_grid_event_grid_id_id", "grid_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="RESTRICT"))
    verb: Mapped[TreeVerb] = mapped_column(stored(TreeVerb))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")


append_only(GridEvent.__table__)  # type: ignore[arg-type]
