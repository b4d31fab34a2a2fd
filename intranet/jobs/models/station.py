"""Employment stations, which touch screen stands in which, and who came in for what."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType
from intranet.grids.models.tree import stored


class Station(Model):
    """One employment station of one community: walks on the board begin there."""

    __tablename__ = "jobs_station"
    __table_args__ = (
        Index("ix_jobs_station_grid_path_id", "grid_path", "id"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="a_latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="a_longitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of its community
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text, default="", server_default="")  # of the desk, public
    words: Mapped[str] = mapped_column(Text, default="")  # when it is open, which bus goes there
    latitude: Mapped[float]  # WGS84
    longitude: Mapped[float]
    closed_on: Mapped[date | None]  # given up: no walk begins there any more
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 — SQLAlchemy's own spelling


class StationScreen(Model):
    """In which station a touch screen stands; of one that is not here, its community's first."""

    __tablename__ = "jobs_station_screen"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    station_id: Mapped[int] = mapped_column(
        ForeignKey("jobs_station.id", ondelete="CASCADE"), index=True
    )


class Purpose(StrEnum):
    """What somebody came in for."""

    WORK = "work"  # 找工作
    COMPANY = "company"  # 单位来办事
    OTHER = "other"  # 其他


class DeskVisit(Model):
    """Somebody came in: what for, and nothing of who it was."""

    __tablename__ = "jobs_desk_visit"
    __table_args__ = (Index("ix_jobs_desk_visit_grid_path_at", "grid_path", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_path: Mapped[str] = mapped_column(  # of the community
        PathType, ForeignKey("grid.path", onupdate="CASCADE", ondelete="RESTRICT")
    )
    purpose: Mapped[Purpose] = mapped_column(stored(Purpose))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    undone_at: Mapped[datetime | None]  # it was pressed by mistake
