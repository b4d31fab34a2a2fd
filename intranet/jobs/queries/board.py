"""Finding posts: every word of one or two characters, newest or nearest first, within 10 ms.

How the two engines answer, and what bounds it, is told in ADR 25. The statements are written out
and go past the types of the models: a page counts some hundred rows, which cost more to dress up
than to find. Their columns are numbers and texts on both engines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from intranet import search
from intranet.jobs.models import Employment, Shift
from intranet.jobs.models import listed as mark
from intranet.jobs.queries.origins import Origin, metres_of

PAGE = 20
KNOWN_MAX, KNOWN_MAX_SMALL = 100, 2000  # so many are counted, of a large board and of a small one
SMALL = 10_000  # posts, gone ones among them
NEAR_METRES, FAR_METRES = 200.0, 64_000.0
NEAR_PAGES_MAX = 50
_Groups = list[list[tuple[str, ...]]]  # all of them, of each at least one


class Sort(StrEnum):
    """Which posts come first."""

    NEWEST = "newest"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the board is narrowed to."""

    sought: str = ""
    code: str = ""  # of an occupation, at any depth
    pay_yuan: int = 0  # at least, by the month
    employment: Employment | None = None
    shift: Shift | None = None
    minutes: int = 0  # to walk at most, from the origin
    origin: Origin | None = None
    day: date | None = None  # published on
    sort: Sort = Sort.NEWEST

    @property
    def is_narrowed(self) -> bool:
        """Whether there is anything to loosen."""
        narrow = (self.sought, self.code, self.pay_yuan, self.employment, self.shift)
        return any((*narrow, self.minutes, self.day))


class Hit(NamedTuple):
    """One post that was found, with what it is counted by, as the database holds it."""

    seq: int
    post_id: int
    occupation_code: str
    employment: str
    shift: str
    pay_month_fen: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found; ``known`` is all of it where that is few enough to count."""

    hits: Sequence[Hit]
    has_more: bool
    known: Sequence[Hit] | None


def find(session: Session, wanted: Wanted, *, today: date, before: int = 0, page: int = 1) -> Found:
    """Return a page: by default PAGE posts, those after ``before`` or of the n-th page.

    Newest first goes by ``before``, the number of the last one seen; nearest first by ``page``.
    Mostly three statements, twelve at most, however many posts there are.
    """
    if _means_nothing(wanted):
        return Found([], has_more=False, known=[])
    board = _Board(session, today)
    most = KNOWN_MAX_SMALL if board.high - board.low < SMALL else KNOWN_MAX
    sample = board.newest(wanted, board.high + 1, max(most, PAGE) + 1)
    known = sample if len(sample) <= most else None
    if wanted.sort is Sort.NEAREST and wanted.origin is not None:
        found = _nearest(board, wanted, sample, known, min(max(page, 1), NEAR_PAGES_MAX))
    else:
        found = _further(board, wanted, sample, known, before)
    board.leave()
    return found


def newest(session: Session, wanted: Wanted, *, today: date, limit: int) -> Sequence[Hit]:
    """Return the newest of them, for a feed or a sheet."""
    if _means_nothing(wanted):
        return []
    board = _Board(session, today)
    found = board.newest(wanted, board.high + 1, limit)
    board.leave()
    return found


def _means_nothing(wanted: Wanted) -> bool:
    """Whether signs were sought that no word is made of: those find nothing, not everything."""
    return bool(wanted.sought.strip()) and not search.phrases(wanted.sought)


def _further(
    board: _Board, wanted: Wanted, sample: Sequence[Hit], known: Sequence[Hit] | None, before: int
) -> Found:
    rest = [one for one in sample if one.seq < before] if before else sample
    if known is None and len(rest) <= PAGE:
        rest = board.newest(wanted, before, PAGE + 1)
    return Found(rest[:PAGE], has_more=len(rest) > PAGE, known=known)


def _nearest(
    board: _Board, wanted: Wanted, sample: Sequence[Hit], known: Sequence[Hit] | None, page: int
) -> Found:
    origin = wanted.origin
    assert origin is not None
    skipped = (page - 1) * PAGE
    if known is not None:
        ordered = sorted(known, key=lambda one: (_far(origin, one), -one.seq))
        return Found(ordered[skipped : skipped + PAGE], len(ordered) > skipped + PAGE, known)
    limit = skipped + PAGE + 1
    most = metres_of(wanted.minutes) if wanted.minutes else FAR_METRES
    ring = min(_first_ring(board, origin, sample, limit), most)
    found = board.nearest(wanted, origin, ring, limit)
    while len(found) < limit and ring < most:
        ring = min(ring * 2, most)
        found = board.nearest(wanted, origin, ring, limit)
    if len(found) < limit and not wanted.minutes:
        found = board.nearest(wanted, origin, None, limit)
    return Found(found[skipped : skipped + PAGE], len(found) > skipped + PAGE, None)


def _first_ring(board: _Board, origin: Origin, sample: Sequence[Hit], limit: int) -> float:
    """Guess in how many metres there are twice as many as wanted: the newest lie like all.

    A bad guess costs a statement more, never a post.
    """
    metres = sorted(_far(origin, one) for one in sample if one.latitude is not None)
    if not metres:
        return NEAR_METRES
    seen, whole = board.high - sample[-1].seq + 1, board.high - board.low + 1
    inside = 2 * limit * seen / whole  # of the sample
    guess = metres[min(int(inside), len(metres) - 1)] if inside >= 1 else metres[0] * inside**0.5
    return max(guess, NEAR_METRES)


def _far(origin: Origin, hit: Hit) -> float:
    metres = origin.metres_to(hit.latitude, hit.longitude)
    return float("inf") if metres is None else metres


class _Board:
    """The index of one engine, for the questions of one page."""

    def __init__(self, session: Session, today: date) -> None:
        self._connection = session.connection()
        self._is_sqlite = self._connection.dialect.name == "sqlite"
        self._today = today.isoformat() if self._is_sqlite else today
        asked = _BOUNDS if self._is_sqlite else f"{_BOUNDS}, {_BY_INDEX}"
        row = self._connection.exec_driver_sql(asked).one()
        self.low, self.high = row[0] or 0, row[1] or 0

    def leave(self) -> None:
        """Let PostgreSQL plan as it likes again; after an error the transaction's end does."""
        if not self._is_sqlite:
            self._connection.execute(text("SET LOCAL enable_seqscan = on"))

    def newest(self, wanted: Wanted, before: int, limit: int) -> Sequence[Hit]:
        """Return the newest that come after one of the board; one statement."""
        groups = _groups(wanted)
        asked = self._values(wanted.origin, metres_of(wanted.minutes), limit)
        if self._is_sqlite or not groups:
            return self._ask(wanted, groups, asked | {"before": before})
        # A word that many posts have is found among the newest; one that few have, anywhere.
        windows: list[tuple[str, int]] = []
        for level, size in enumerate(mark.BLOCKS) if before - self.low >= SMALL else ():
            top = (before - 1) // size
            some: list[tuple[str, ...]] = [(mark.block_mark(level, top - n),) for n in (0, 1)]
            windows.append((_tsquery([*groups, some]), before))
            before = min(before, max(top - 1, 0) * size)
        windows.append((_tsquery(groups), before))
        for number, (query, end) in enumerate(windows):
            asked |= {f"query{number}": query, f"before{number}": end}
        made = _windows(len(windows), is_inside=bool(wanted.minutes))
        return [Hit(*row) for row in self._connection.exec_driver_sql(made, asked)]

    def nearest(
        self, wanted: Wanted, origin: Origin, metres: float | None, limit: int
    ) -> Sequence[Hit]:
        """Return the nearest within so many metres, or however far they are; one statement."""
        groups = _groups(replace(wanted, minutes=0))
        if metres is not None:
            cells = mark.cell_marks(origin.latitude, origin.longitude, metres)
            groups.append([(one,) for one in cells])
        asked = self._values(origin, metres or 0.0, limit) | {"before": self.high + 1}
        wanted = replace(wanted, minutes=1 if metres is not None else 0)
        return self._ask(wanted, groups, asked, is_nearest=True)

    def _ask(
        self, wanted: Wanted, groups: _Groups, asked: dict[str, Any], *, is_nearest: bool = False
    ) -> Sequence[Hit]:
        if groups:
            asked["query"] = _fts_query(groups) if self._is_sqlite else _tsquery(groups)
        made = _statement(
            is_sqlite=self._is_sqlite,
            has_words=bool(groups),
            is_inside=bool(wanted.minutes and wanted.origin),
            is_nearest=is_nearest,
        )
        return [Hit(*row) for row in self._connection.exec_driver_sql(made, asked)]

    def _values(self, origin: Origin | None, metres: float, limit: int) -> dict[str, Any]:
        asked: dict[str, Any] = {"today": self._today, "limit": limit}
        if origin is not None:
            high, wide = mark.reach_degrees(origin.latitude, metres)
            asked |= {
                "latitude": origin.latitude,
                "longitude": origin.longitude,
                "squeeze": origin.squeeze**2,
                "south": origin.latitude - high,
                "north": origin.latitude + high,
                "west": origin.longitude - wide,
                "east": origin.longitude + wide,
                "reach": high * high,
            }
        return asked


_BOUNDS = (
    "SELECT (SELECT min(seq) FROM jobs_listed) AS low, (SELECT max(seq) FROM jobs_listed) AS high"
)
# PostgreSQL misjudges words that exclude one another and would read the whole board for them; and
# several at once would not stop at the first window.
_BY_INDEX = (
    "set_config('enable_seqscan', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)
_COLUMNS = ", ".join(f"l.{name}" for name in Hit._fields)
_DISTANCE = (
    "((l.latitude - :latitude) * (l.latitude - :latitude)"
    " + (l.longitude - :longitude) * (l.longitude - :longitude) * :squeeze)"
)
_INSIDE = (
    " AND l.latitude BETWEEN :south AND :north AND l.longitude BETWEEN :west AND :east"
    f" AND {_DISTANCE} <= :reach"
)
# Not seq itself: PostgreSQL would walk the primary key and look into every post's words.
_NEWEST = "(l.seq + 0) DESC"


@cache
def _statement(*, is_sqlite: bool, has_words: bool, is_inside: bool, is_nearest: bool) -> str:
    """Return a question in the driver's own spelling."""
    source, seq, means = "jobs_listed l", "l.seq", ""
    if has_words and is_sqlite:
        source = f"{mark.FTS} CROSS JOIN jobs_listed l ON l.seq = {mark.FTS}.rowid"
        seq, means = f"{mark.FTS}.rowid", f" AND {mark.FTS} MATCH :query"
    elif has_words:
        means = " AND l.words @@ CAST(:query AS tsquery)"
    newest_first = _NEWEST if has_words and not is_sqlite else f"{seq} DESC"
    order = f"{_DISTANCE} ASC NULLS LAST, {newest_first}" if is_nearest else newest_first
    inside = _INSIDE if is_inside else ""
    made = (
        f"SELECT {_COLUMNS} FROM {source} WHERE {seq} < :before"  # noqa: S608 — our own words
        f" AND l.valid_through >= :today{means}{inside} ORDER BY {order} LIMIT :limit"
    )
    return made if is_sqlite else _for_psycopg(made)


@cache
def _windows(count: int, *, is_inside: bool) -> str:
    """Return one question of several, each asked only while those before fill no page."""
    inside = _INSIDE if is_inside else ""
    parts = [
        f"(SELECT {_COLUMNS} FROM jobs_listed l"  # noqa: S608 — our own words
        f" WHERE l.words @@ CAST(:query{n} AS tsquery) AND l.seq < :before{n}"
        f" AND l.valid_through >= :today{inside} ORDER BY {_NEWEST} LIMIT :limit)"
        for n in range(count)
    ]
    whole = " UNION ALL ".join(parts)
    return _for_psycopg(f"SELECT * FROM ({whole}) AS found LIMIT :limit")  # noqa: S608 — ours


def _for_psycopg(statement: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", statement)


def _groups(wanted: Wanted) -> _Groups:
    """Return the words that must be there: all groups, and of each group one."""
    found: _Groups = [[run] for run in search.phrases(search.normal(wanted.sought))]
    if wanted.code:
        found.append([(mark.occupation_mark(wanted.code),)])
    if wanted.pay_yuan:
        found.append([(mark.pay_mark(wanted.pay_yuan),)])
    if wanted.employment:
        found.append([(mark.value_mark("e", wanted.employment),)])
    if wanted.shift:
        found.append([(mark.value_mark("s", wanted.shift),)])
    if wanted.day:
        found.append([(mark.day_mark(wanted.day),)])
    if wanted.minutes and wanted.origin:
        near = wanted.origin, metres_of(wanted.minutes)
        cells = mark.cell_marks(near[0].latitude, near[0].longitude, near[1])
        found.append([(one,) for one in cells])
    return found


def _fts_query(groups: _Groups) -> str:
    return " AND ".join(
        "(" + " OR ".join('"' + " ".join(run) + '"' for run in group) + ")" for group in groups
    )


def _tsquery(groups: _Groups) -> str:
    return " & ".join(
        "(" + " | ".join(" <-> ".join(f"'{word}'" for word in run) for run in group) + ")"
        for group in groups
    )
