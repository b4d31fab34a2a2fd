"""The roster: a row for each micro-grid, its 1+1+N team, and what is missing in it.

The number of queries does not depend on the number of rows. Lists are Core selects of the columns
the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, scoped_session

from intranet.access import POLICY, Permission, Viewer, scope_condition
from intranet.db import Question, db, within
from intranet.grids.models import Grid, GridKind, Post, PostEvent, PostKind, undotted
from intranet.grids.queries.teams import Held, has_gone, held_on, holders, open_team
from intranet.register import queries as register
from intranet.register.models import Party

PAGE_ROWS = 50
SHORT_CODE = re.compile(r"\d\d\.\d{3}\Z")
TEAM_PLACES = (PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER, PostKind.RESIDENT)


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """What the roster is narrowed to; ``on`` shows it as of a day, ``after`` is the last code.

    ``day_refused``: a day was asked for that is none, or is to come; today's roster is shown.
    """

    text: str = ""
    only_vacant: bool = False
    on: date | None = None
    after: str = ""
    day_refused: bool = False


@dataclass(slots=True)
class RosterRow:
    """One micro-grid and its team."""

    id: int
    code: str
    name: str
    path: str
    households: int | None  # not known of a past day
    version: int
    parent_name: str
    parent_code: str
    kind: GridKind
    team: dict[PostKind, list[Held]] = field(default_factory=dict)
    within_reach: bool = True  # whether the viewer may open the grid's own page

    @property
    def residents(self) -> int:
        """The N of 1+1+N: those who have gone away are named, not counted."""
        return sum(1 for held in self.team.get(PostKind.RESIDENT, ()) if not held.gone)

    @property
    def vacancies(self) -> tuple[PostKind, ...]:
        """The places of 1+1+N nobody fills."""
        if self.kind is not GridKind.MICRO:
            leaders = self.team.get(PostKind.GRID_MEMBER, ())
            return () if any(not held.gone for held in leaders) else (PostKind.GRID_MEMBER,)
        return tuple(
            place
            for place in TEAM_PLACES
            if not any(
                not held.gone and (place is not PostKind.PARTY_MEMBER or held.is_party_member)
                for held in self.team.get(place, ())
            )
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """A page of rows below the general grid each belongs to, and counts over the whole filter."""

    groups: Sequence[tuple[RosterRow, Sequence[RosterRow]]]
    next_after: str | None
    grids: int
    vacant: int
    vacancies: dict[PostKind, int]
    households: int
    seen: int  # the newest event at the time; the poll asks for newer ones

    @property
    def lines(self) -> Sequence[RosterRow]:
        """Each group's own row and then its micro-grids, as the table shows them."""
        return [line for group, rows in self.groups for line in (group, *rows)]

    @property
    def rows(self) -> Sequence[RosterRow]:
        """The micro-grids of all groups."""
        return [row for _, rows in self.groups for row in rows]


def roster(session: Session, viewer: Viewer, root: Grid | None, narrowed: RosterFilter) -> Roster:
    """Return a page of the roster below ``root``, or of all the viewer may see."""
    teams = _teams(narrowed.on, _place(Post.grid_path, viewer, root))
    shown = and_(
        _place(Grid.path, viewer, root),
        _open_on(narrowed.on),
        _matching(narrowed),
        Grid.kind == GridKind.MICRO,
    )
    seen = session.scalar(select(func.coalesce(func.max(PostEvent.id), 0))) or 0
    rows = _rows(session, teams, shown, narrowed)
    page, more = rows[:PAGE_ROWS], rows[PAGE_ROWS:]
    groups = _grouped(page, viewer.paths(POLICY[Permission.GRIDS_TREE_VIEW].roles))
    whole = not (more or narrowed.after)
    posts = _posts_of(root, narrowed, [*page, *groups], whole=whole)
    held = holders(session, viewer, posts, narrowed.on)
    for row in (*page, *groups):
        row.team = held.get(row.path, {})
    if whole and not narrowed.only_vacant:
        counts = _counted(page)
    else:
        counts = tuple(session.execute(_counts(teams, shown)).one())
    return Roster(
        groups=[
            (group, [row for row in page if row.parent_code == group.code]) for group in groups
        ],
        next_after=page[-1].code if more else None,
        grids=counts[0],
        vacant=counts[1],
        vacancies=dict(zip(TEAM_PLACES, counts[2:5], strict=True)),
        households=counts[5],
        seen=seen,
    )


def _counted(page: Sequence[RosterRow]) -> tuple[int, ...]:
    """Return what ``_counts`` asks the database, from rows that are all there are."""
    lacking = [row.vacancies for row in page]
    return (
        len(page),
        sum(1 for places in lacking if places),
        *(sum(1 for places in lacking if place in places) for place in TEAM_PLACES),
        sum(row.households or 0 for row in page),
    )


def roster_row(session: Session, viewer: Viewer, grid: Grid) -> RosterRow:
    """Return one grid's row as it stands now; the caller has loaded the grid in scope."""
    row = _rows(session, None, Grid.id == grid.id, RosterFilter())[0]
    row.team = open_team(session, viewer, grid.path)
    return row


# What every open roster asks three times a minute: built once, and without the mapper.
_grids, _events = cast("Table", Grid.__table__), cast("Table", PostEvent.__table__)
_NEWEST = Question(
    select(
        select(func.max(_events.c.id)).scalar_subquery(),
        select(_grids.c.path).where(_grids.c.code == bindparam("code")).scalar_subquery(),
    )
)


def newer_than(
    session: Session | scoped_session[Any], viewer: Viewer, code: str | None, seen: int
) -> int | None:
    """Return how many teams others changed since event ``seen``; None when the grid is not found.

    When nothing is new, one query that touches the ends of two indexes.
    """
    [(newest, path)] = _NEWEST.ask(session, code=code or "")
    scope = viewer.paths(POLICY[Permission.GRIDS_ROSTER_VIEW].roles)
    if code is not None and (path is None or not path.startswith(scope)):
        return None
    if (newest or 0) <= seen:
        return 0
    return _changed(session, viewer, code, seen)


def _changed(
    session: Session | scoped_session[Any], viewer: Viewer, code: str | None, seen: int
) -> int | None:
    above = func.substr(Grid.path, 1, func.length(Grid.path) - 1).concat("/")
    below = and_(Post.grid_path >= Grid.path, Post.grid_path < above)
    scope = scope_condition(Post.grid_path, viewer, Permission.GRIDS_ROSTER_VIEW)
    changed = (
        select(func.count(Post.grid_path.distinct()))
        .join(PostEvent, PostEvent.post_id == Post.id)
        .where(
            PostEvent.id > seen,
            PostEvent.actor_id.is_distinct_from(viewer.account_id),
            scope if code is None else below,
        )
    )
    if code is None:
        return session.scalar(changed)
    in_scope = scope_condition(Grid.path, viewer, Permission.GRIDS_ROSTER_VIEW)
    found = select(changed.correlate(Grid).scalar_subquery()).where(Grid.code == code, in_scope)
    return session.scalar(found)


def vacancy_count(viewer: Viewer) -> int:
    """Return how many micro-grids in the viewer's scope miss somebody of their 1+1+N."""
    teams = _teams(None, _place(Post.grid_path, viewer, None))
    shown = and_(_place(Grid.path, viewer, None), _open_on(None), Grid.kind == GridKind.MICRO)
    return int(db.session.execute(_counts(teams, shown)).one()[1])


def _place(column: Any, viewer: Viewer, root: Grid | None) -> Any:
    if root is not None:
        return within(column, root.path)
    return scope_condition(column, viewer, Permission.GRIDS_ROSTER_VIEW)


def _open_on(day: date | None) -> Any:
    if day is None:
        return Grid.closed_on.is_(None)
    return and_(Grid.opened_on <= day, or_(Grid.closed_on.is_(None), Grid.closed_on > day))


def _matching(narrowed: RosterFilter) -> Any:
    """Match a grid by its name or code, or by somebody in its team."""
    text = narrowed.text.strip()
    if not text:
        return literal(value=True)
    parties = register.party_ids_matching(text)
    team = select(Post.grid_path).where(held_on(narrowed.on), Post.party_id.in_(parties))
    code = undotted(text)
    by_code = (
        Grid.code.startswith(code, autoescape=True) if len(code) >= 6 else literal(value=False)
    )
    if SHORT_CODE.match(text):  # as a row of the roster shows it
        by_code = Grid.code.endswith(code, autoescape=True)
    return or_(Grid.name.contains(text, autoescape=True), by_code, Grid.path.in_(team))


def _teams(day: date | None, inside: Any) -> Subquery:
    """Count each grid's team by place; of all the city's posts, only those inside."""

    def how_many(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            Post.grid_path.label("path"),
            how_many(Post.kind == PostKind.MICRO_MEMBER).label("members"),
            how_many(and_(Post.kind == PostKind.PARTY_MEMBER, Party.is_party_member)).label(
                "party_members"
            ),
            how_many(Post.kind == PostKind.RESIDENT).label("residents"),
        )
        .join(Party, Party.id == Post.party_id)
        .where(inside, held_on(day), not_(has_gone(day)))
        .group_by(Post.grid_path)
        .subquery("teams")
    )


def _missing(teams: Subquery) -> list[Any]:
    return [
        func.coalesce(column, 0) == 0
        for column in (teams.c.members, teams.c.party_members, teams.c.residents)
    ]


def _counts(teams: Subquery, shown: Any) -> Any:
    missing = _missing(teams)

    def how_many(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    return (
        select(
            func.count(Grid.id),
            how_many(or_(*missing)),
            *(how_many(condition) for condition in missing),
            func.coalesce(func.sum(Grid.households), 0),
        )
        .outerjoin(teams, teams.c.path == Grid.path)
        .where(shown)
    )


def _rows(
    session: Session, teams: Subquery | None, shown: Any, narrowed: RosterFilter
) -> list[RosterRow]:
    above = aliased(Grid)
    wanted = (
        select(
            Grid.id,
            Grid.code,
            Grid.name,
            Grid.path,
            Grid.households if narrowed.on is None else null(),
            Grid.version,
            func.coalesce(above.name, ""),
            func.coalesce(above.code, ""),
            Grid.kind,
        )
        .outerjoin(above, above.id == Grid.parent_id)
        .where(shown)
        .order_by(Grid.code)
        .limit(PAGE_ROWS + 1)
    )
    if teams is not None and narrowed.only_vacant:
        wanted = wanted.outerjoin(teams, teams.c.path == Grid.path).where(or_(*_missing(teams)))
    if narrowed.after:
        wanted = wanted.where(Grid.code > narrowed.after)
    return [RosterRow(*row) for row in session.execute(wanted)]


def _posts_of(
    root: Grid | None, narrowed: RosterFilter, page: Sequence[RosterRow], *, whole: bool
) -> Any:
    """Return the condition for the page's posts: one range when the page is all of a grid."""
    if whole and root is not None and not narrowed.text and not narrowed.only_vacant:
        return within(Post.grid_path, root.path)
    return Post.grid_path.in_([row.path for row in page])


def _grouped(rows: Iterable[RosterRow], reach: Sequence[str]) -> list[RosterRow]:
    """Return a row for each general grid above the rows, in their order."""
    first = {row.parent_code: row for row in reversed(list(rows))}
    paths = {code: row.path[: row.path.rindex(f"{row.id}.")] for code, row in first.items()}
    return [
        RosterRow(
            id=0,
            code=code,
            name=row.parent_name,
            path=paths[code],
            households=0,
            version=0,
            parent_name="",
            parent_code="",
            kind=GridKind.GENERAL,
            within_reach=paths[code].startswith(tuple(reach)),
        )
        for code, row in sorted(first.items())
    ]
