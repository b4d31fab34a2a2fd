"""Posts as the board finds them: what is searched and narrowed by, beside the posts themselves."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import cast

from sqlalchemy import DDL, ForeignKey, Index, Table, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, made_with
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.grids.models.tree import stored
from intranet.jobs.models.post import Employment, PayUnit, Shift

# Monthly pay of whoever works full time: 21.75 paid days of eight hours (劳社部发〔2008〕3号).
HOURS_A_MONTH, QUARTERS_A_MONTH = 174, 87
PAY_STEPS_YUAN = (2000, 2500, 3000, 3500, 4000, 5000, 6000, 8000, 10_000)
CELL_DEGREES = tuple(0.0025 * 2**level for level in range(11))  # 280 metres and upwards
CELLS_ACROSS = 2  # of a box, at most so many and one more
BLOCKS = (1024, 8192)  # posts of the board, one after the other, that share a word
FTS = "jobs_listed_words"


class ListedPost(Model):
    """One post that can be found: written by ``operations.index_post`` and by nobody else.

    ``seq`` rises with every post that is published, so that the newest come first in the order of
    the index itself. ``words`` is a text for FTS5 (external content) and a tsvector on PostgreSQL.
    """

    __tablename__ = "jobs_listed"
    __table_args__ = (
        UniqueConstraint("post_id"),
        Index("ix_jobs_listed_occupation_code", "occupation_code"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("jobs_post.id", ondelete="CASCADE"))
    published_at: Mapped[datetime]
    valid_through: Mapped[date]
    occupation_code: Mapped[str] = mapped_column(
        PathType, ForeignKey("jobs_occupation.code", ondelete="RESTRICT")
    )
    employment: Mapped[Employment] = mapped_column(stored(Employment))
    shift: Mapped[Shift] = mapped_column(stored(Shift))
    pay_month_fen: Mapped[int | None]  # the least of it, by the month; None: by the piece
    latitude: Mapped[float | None]  # WGS84
    longitude: Mapped[float | None]
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


def month_fen(fen: int, unit: PayUnit) -> int | None:
    """Return what pay comes to in a month of full time; None for pay by the piece."""
    if unit is PayUnit.PIECE:
        return None
    if unit is PayUnit.HOUR:
        return fen * HOURS_A_MONTH
    return fen if unit is PayUnit.MONTH else fen * QUARTERS_A_MONTH // 4


def marks(
    *,
    seq: int,
    occupation_code: str,
    employment: Employment,
    shift: Shift,
    pay_month_fen: int | None,
    day: date,
    place: tuple[float, float] | None,
) -> list[str]:
    """Return the words by which a post is narrowed; no text can hold one: they begin with @."""
    parts = occupation_code.split("-")
    found = [occupation_mark("-".join(parts[:depth])) for depth in range(1, len(parts) + 1)]
    found += [value_mark("e", employment), value_mark("s", shift), day_mark(day)]
    found += [block_mark(level, seq // size) for level, size in enumerate(BLOCKS)]
    yuan = (pay_month_fen or 0) // 100
    found += [pay_mark(step) for step in PAY_STEPS_YUAN if step <= yuan]
    if place is not None:
        found += [cell_mark(level, *place) for level in range(len(CELL_DEGREES))]
    return found


def occupation_mark(code: str) -> str:
    """Return the word of all posts at or below an occupation's code."""
    return f"@o{code.replace('-', '')}"


def value_mark(kind: str, value: Employment | Shift) -> str:
    """Return the word of a kind of employment or a shift."""
    return f"@{kind}{value.value.replace('_', '')}"


def pay_mark(yuan: int) -> str:
    """Return the word of what pays so much a month, or more."""
    return f"@p{yuan}"


def day_mark(day: date) -> str:
    """Return the word of what was published on a day."""
    return f"@d{day:%Y%m%d}"


def block_mark(level: int, number: int) -> str:
    """Return the word of a stretch of the board."""
    return f"@b{level}x{number}"


def cell_mark(level: int, latitude: float, longitude: float) -> str:
    """Return the word of the square in which a place lies."""
    north, east = _square(level, latitude, longitude)
    return f"@c{level}x{north}x{east}"


def cell_marks(latitude: float, longitude: float, metres: float) -> list[str]:
    """Return the words of the squares that hold all within so many metres: at most nine."""
    high, wide = reach_degrees(latitude, metres)
    across = (2 * max(high, wide) / CELLS_ACROSS, CELL_DEGREES[-1])
    level = next(n for n, size in enumerate(CELL_DEGREES) if size >= min(across))
    south, west = _square(level, latitude - high, longitude - wide)
    north, east = _square(level, latitude + high, longitude + wide)
    return [
        f"@c{level}x{row}x{column}"
        for row in range(south, north + 1)
        for column in range(west, east + 1)
    ]


def reach_degrees(latitude: float, metres: float) -> tuple[float, float]:
    """Return how many degrees of latitude and of longitude so many metres are."""
    high = metres / METRES_PER_DEGREE
    return high, high / max(math.cos(math.radians(latitude)), 0.01)


def _square(level: int, latitude: float, longitude: float) -> tuple[int, int]:
    size = CELL_DEGREES[level]
    return math.floor((latitude + 90) / size), math.floor((longitude + 180) / size)


def words_kept(dialect: str) -> list[str]:
    """Return the statements that make the index of words, and keep it as the rows are."""
    if dialect != "sqlite":
        # Words out of the rows: what lists and counts read lies close together then.
        return [
            "ALTER TABLE jobs_listed ALTER COLUMN words SET STORAGE EXTERNAL",
            "ALTER TABLE jobs_listed SET (toast_tuple_target = 128)",
            # Without what waits to be put in: searches would read through it.
            (
                "CREATE INDEX ix_jobs_listed_words ON jobs_listed USING gin (words)"
                " WITH (fastupdate = off)"
            ),
        ]
    gone = f"INSERT INTO {FTS}({FTS}, rowid, words) VALUES ('delete', OLD.seq, OLD.words)"  # noqa: S608
    come = f"INSERT INTO {FTS}(rowid, words) VALUES (NEW.seq, NEW.words)"  # noqa: S608
    return [
        (
            f"CREATE VIRTUAL TABLE {FTS} USING fts5(words, content='jobs_listed',"
            " content_rowid='seq', tokenize=\"ascii tokenchars '@'\")"
        ),
        f"CREATE TRIGGER jobs_listed_come AFTER INSERT ON jobs_listed BEGIN {come}; END",
        f"CREATE TRIGGER jobs_listed_gone AFTER DELETE ON jobs_listed BEGIN {gone}; END",
        (
            "CREATE TRIGGER jobs_listed_changed AFTER UPDATE OF words ON jobs_listed"
            f" BEGIN {gone}; {come}; END"
        ),
    ]


_TABLE = cast("Table", ListedPost.__table__)
made_with(_TABLE, words_kept)
event.listen(
    _TABLE,
    "after_drop",
    DDL(f"DROP TABLE IF EXISTS {FTS}").execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
)
