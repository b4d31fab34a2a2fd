"""Which entries a list of the ledger holds: scope, filter, order and place, in one statement.

Every list is driven by an index whose order is the list's own, so that a page costs what a page
holds, however many entries there are: a party's or a community's places, a kind's, a rule's or a
year's entries, what waits, or days. A correction is listed once, where its mirror image stands;
the entry it corrects and the one entered in its place are shown within it (``lines.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, exists, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from intranet.access import POLICY, Permission, Viewer
from intranet.db import within
from intranet.grids.queries import community_path
from intranet.points.models import (
    Award,
    Correction,
    Dimension,
    Entry,
    EntryKind,
    EntryPlace,
    Goods,
    Honour,
    LedgerAccount,
    LetGo,
    Period,
    Rule,
    Transfer,
    Waiting,
)

VIEW = Permission.POINTS_LEDGER_VIEW
PAGE_ROWS = 40
ID_MAX = 2**31 - 1
COMMUNITY_DOTS, MICRO_DOTS = 3, 5
OF_GOODS, SUPPLIED = "goods:", "Equity:Supplied"  # how ledgers and accounts of goods are named


class LedgerState(StrEnum):
    """What has become of an entry."""

    WAITING = "waiting"  # in publicity, or held for goods
    POSTED = "posted"
    LET_GO = "let_go"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the ledger is narrowed to; empty fields do not narrow."""

    party_id: int = 0
    grid_path: str = ""
    rule: str = ""
    dimension: Dimension | None = None
    kind: EntryKind | None = None
    state: LedgerState | None = None
    year: int = 0
    since: date | None = None
    until: date | None = None

    @property
    def is_of_one_party(self) -> bool:
        """Whether it is all of one party: then each item can be told what there was after it."""
        return bool(self.party_id) and self == Wanted(party_id=self.party_id)

    @property
    def by_day(self) -> bool:
        """Whether the list is in the order of days: it is where days are chosen."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class Place:
    """The entries of a page, newest first, and where the next begins."""

    ids: Sequence[int]
    after: str


FEW: dict[LedgerState, Any] = {LedgerState.WAITING: Waiting, LedgerState.LET_GO: LetGo}


def paths_of(viewer: Viewer, permission: Permission = VIEW) -> tuple[str, ...]:
    """Return where the viewer may look into the ledger, or do more in it."""
    return viewer.paths(POLICY[permission].roles)


def placed(
    session: Session, viewer: Viewer, wanted: Wanted, *, after: str = "", rows_max: int = PAGE_ROWS
) -> Place:
    """Return one page's entries; ``after`` is what the page before it said. One query."""
    rows = session.execute(_listed(viewer, wanted, _cursor(after), rows_max + 1)).all()
    more = ""
    if len(rows) > rows_max:
        last = rows[rows_max - 1]
        more = f"{last.effective_on.isoformat()}_{last.id}" if wanted.by_day else str(last.id)
    return Place([row.id for row in rows[:rows_max]], more)


def _cursor(after: str) -> tuple[date | None, int]:
    """Read where a page begins: a number, or a day and a number; nonsense is the beginning."""
    day, _, number = after.rpartition("_")
    if not number.isdecimal() or len(number) > 10:
        return None, ID_MAX
    try:
        return (date.fromisoformat(day) if day else None), min(int(number), ID_MAX)
    except ValueError:
        return None, ID_MAX


def _listed(viewer: Viewer, wanted: Wanted, cursor: tuple[date | None, int], rows: int) -> Any:
    if wanted.by_day:
        last = tuple_(Entry.effective_on, Entry.id)
        found = _entries(viewer, wanted)
        if cursor[0] is not None:
            found = found.where(last < tuple_(*cursor))
        return found.order_by(Entry.effective_on.desc(), Entry.id.desc()).limit(rows)
    if wanted.state in FEW:
        return _of_few(FEW[wanted.state], viewer, wanted, cursor[1]).limit(rows)
    if not _is_driven_by_place(viewer, wanted):
        found = _entries(viewer, wanted).where(Entry.id < cursor[1])
        return found.order_by(Entry.id.desc()).limit(rows)
    arms = [_of_place(viewer, wanted, cursor[1]).limit(rows)]
    if not wanted.party_id and not wanted.grid_path:
        arms += [one.limit(rows) for one in _of_goods(viewer, wanted, cursor[1])]
    each = [select(arm.subquery().c.id) for arm in arms]
    both = union_all(*each).subquery()
    return select(both.c.id).order_by(both.c.id.desc()).limit(rows)


def _of_few(few: Any, viewer: Viewer, wanted: Wanted, before: int) -> Any:
    """Return the entries that stand in a table of few, by that."""
    return (
        select(few.entry_id.label("id"))
        .join(Entry, Entry.id == few.entry_id)
        .where(*_conditions(wanted), seen(viewer, wanted), few.entry_id < before)
        .distinct()
        .order_by(few.entry_id.desc())
    )


def _is_driven_by_place(viewer: Viewer, wanted: Wanted) -> bool:
    """Whether the list goes along a party's, grid's or community's entries."""
    if wanted.party_id:
        return True
    if wanted.rule or wanted.kind or wanted.year or wanted.state not in {None, LedgerState.POSTED}:
        return False
    return len(_communities(viewer, wanted)) == 1


def _communities(viewer: Viewer, wanted: Wanted) -> set[str]:
    """Return the communities that hold all that is wanted; nothing where it may be more of them."""
    paths = [wanted.grid_path] if wanted.grid_path else paths_of(viewer)
    if any(path.count(".") < COMMUNITY_DOTS for path in paths):
        return set()
    return {community_path(path) for path in paths}


def _of_place(viewer: Viewer, wanted: Wanted, before: int) -> Any:
    """Return the entries of one party, micro-grid or community, by the index of just that."""
    place = EntryPlace
    found = (
        select(place.entry_id.label("id"))
        .join(Entry, Entry.id == place.entry_id)
        .where(*_conditions(wanted), place.entry_id < before)
        .where(_in_scope(place, paths_of(viewer), wanted))
        .distinct()
        .order_by(place.entry_id.desc())
    )
    if wanted.party_id:
        return found.where(place.party_id == min(wanted.party_id, ID_MAX))
    if wanted.grid_path.count(".") >= MICRO_DOTS:
        return found.where(place.grid_path == wanted.grid_path)
    (community,) = _communities(viewer, wanted)
    return found.where(place.community_path == community)


def _in_scope(place: Any, paths: Sequence[str], wanted: Wanted) -> Any:
    """Return the condition that a place lies where the viewer may look and wants to."""
    parts = [_in_paths(place.grid_path, paths)]
    if wanted.grid_path:
        parts.append(within(place.grid_path, wanted.grid_path))
    return and_(*parts)


def _of_goods(viewer: Viewer, wanted: Wanted, before: int) -> list[Any]:
    """Return the entries of goods alone, and those that correct them, by the goods in scope.

    What came to a shelf or was counted there is known by an account that nothing else moves, what
    was given at a year's end by its honour.
    """
    supplies = (
        select(LedgerAccount.id)
        .join(Goods, LedgerAccount.code == f"{SUPPLIED}:" + Goods.sku)
        .where(_in_paths(Goods.grid_path, paths_of(viewer)))
    )
    came = [
        select(Transfer.entry_id).where(side.in_(supplies))
        for side in (Transfer.debit_id, Transfer.credit_id)
    ]
    given = (
        select(Award.entry_id)
        .join(Honour, Honour.id == Award.honour_id)
        .join(Goods, Goods.id == Honour.goods_id)
        .where(_in_paths(Goods.grid_path, paths_of(viewer)), Award.entry_id.is_not(None))
    )
    found = select(Entry.id.label("id")).where(*_conditions(wanted), Entry.id < before)
    newest = found.order_by(Entry.id.desc())
    return [
        newest.where(Entry.id.in_(union_all(*came))),
        newest.where(Entry.id.in_(given)),
        newest.where(Entry.reverses_id.in_(given)),
    ]


def _has_party() -> Any:
    place = aliased(EntryPlace)
    return exists().where(place.entry_id == Entry.id)


def _entries(viewer: Viewer, wanted: Wanted) -> Any:
    """Return the entries in scope, driven by what the filter has an index of."""
    return select(Entry.id, Entry.effective_on).where(*_conditions(wanted), seen(viewer, wanted))


def _in_paths(column: Any, paths: Sequence[str]) -> Any:
    return or_(*(within(column, path) for path in paths)) if paths else false()


def _is_of_goods(paths: Sequence[str]) -> Any:
    """Return the condition that no party has a part in an entry, and its goods lie there.

    Both sides of a transfer of goods are in the ledger of that one kind; its code ends with theirs.
    """
    if not paths:
        return false()
    of_goods = (
        exists()
        .where(Transfer.entry_id == Entry.id, LedgerAccount.id == Transfer.debit_id)
        .where(Goods.sku == func.substr(LedgerAccount.ledger, len(OF_GOODS) + 1))
    )
    return and_(~_has_party(), of_goods.where(_in_paths(Goods.grid_path, paths)))


def seen(viewer: Viewer, wanted: Wanted, permission: Permission = VIEW) -> Any:
    """Return the condition that an entry is in the viewer's scope, and of whom and where asked.

    An entry of goods alone is seen where the goods belong: by who holds that community's ledger.
    """
    place, paths = aliased(EntryPlace), paths_of(viewer, permission)
    is_there: Any = exists().where(place.entry_id == Entry.id, _in_scope(place, paths, wanted))
    if wanted.party_id:
        return is_there.where(place.party_id == min(wanted.party_id, ID_MAX))
    if not wanted.grid_path:
        return or_(is_there, _is_of_goods(paths))
    return is_there


def _conditions(wanted: Wanted) -> list[Any]:
    undone, other = aliased(Entry), aliased(Correction)
    parts: list[Any] = [
        ~exists().where(undone.reverses_id == Entry.id),
        ~exists().where(other.replacement_id == Entry.id),
    ]
    if wanted.rule:
        parts.append(Entry.rule_code == wanted.rule)
    if wanted.kind is not None:
        parts.append(Entry.kind == wanted.kind)
    if wanted.year:
        years = select(Period.id).where(Period.year == wanted.year)
        parts.append(Entry.period_id == years.scalar_subquery())
    if wanted.since is not None:
        parts.append(Entry.effective_on >= wanted.since)
    if wanted.until is not None:
        parts.append(Entry.effective_on <= wanted.until)
    if wanted.dimension is not None:
        parts.append(_of_dimension(wanted.dimension))
    if wanted.state is not None:
        parts.append(_of_state(wanted.state))
    return parts


def _of_dimension(dimension: Dimension) -> Any:
    of = select(LedgerAccount.id).where(LedgerAccount.dimension == dimension)
    moved = or_(Transfer.debit_id.in_(of), Transfer.credit_id.in_(of))
    return exists().where(Transfer.entry_id == Entry.id, moved)


def _of_state(state: LedgerState) -> Any:
    pending, gone = aliased(Waiting), aliased(LetGo)
    waits = exists().where(pending.entry_id == Entry.id)
    let_go = exists().where(gone.entry_id == Entry.id)
    return {
        LedgerState.WAITING: waits,
        LedgerState.LET_GO: let_go,
        LedgerState.CORRECTED: Entry.kind == EntryKind.REVERSE,
        LedgerState.POSTED: and_(Entry.kind != EntryKind.REVERSE, ~waits, ~let_go),
    }[state]


def rule_titles(session: Session) -> dict[str, str]:
    """Return the title of each rule by its code, of several versions the newest."""
    rows = session.execute(select(Rule.code, Rule.title).order_by(Rule.code, Rule.version))
    return {code: title for code, title in rows}  # noqa: C416 — mypy knows no rows as pairs


def ledger_years(session: Session) -> list[int]:
    """Return the years of the ledger, the newest first."""
    return list(session.scalars(select(Period.year).order_by(Period.year.desc())))


def head_of_chain(session: Session) -> tuple[int, str]:
    """Return number and hash of the newest entry; 0 while there is none."""
    newest = select(Entry.id, Entry.hash).order_by(Entry.id.desc()).limit(1)
    row = session.execute(newest).one_or_none()
    return (row[0], row[1]) if row is not None else (0, "")
