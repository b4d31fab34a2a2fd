"""What is on the shelf, what has moved there, and who may see which goods."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort
from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.queries import community_path
from intranet.people.models import Account
from intranet.points.models import (
    Entry,
    EntryKind,
    Goods,
    LedgerAccount,
    Phase,
    StockReason,
    StockWords,
    Transfer,
)
from intranet.points.queries.handovers import awaiting

GOODS_MAX = 300
MOVES_MAX = 40
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class OnShelf:
    """Goods, and how many there are: on the shelf, for nobody yet, given away in the ledger.

    Of those given away some were awarded and wait to be collected.
    """

    goods: Goods
    stock: int
    left: int
    handed: int
    awaiting: int

    @property
    def collected(self) -> int:
        """Pieces that are in somebody's hands."""
        return self.handed - self.awaiting

    @property
    def held(self) -> int:
        """Pieces on the shelf that wait for somebody."""
        return self.stock - self.left


@dataclass(frozen=True, slots=True)
class StockMove:
    """Pieces that came to the shelf, or with a minus went from it."""

    kind: EntryKind
    pieces: int
    day: date
    at: datetime
    reason: StockReason | None  # of a supply or a count
    words: str  # what stands beside it, or what was written into the ledger itself once
    words_id: int | None  # of what can be erased
    by: str


def shelf(session: Session, condition: Any, *, closed: bool = False) -> list[OnShelf]:
    """Return the goods of a condition and their stock, the cheapest first; one query."""
    stock, handed = aliased(LedgerAccount), aliased(LedgerAccount)
    wanted = (
        select(Goods, stock, handed, awaiting())
        .outerjoin(stock, stock.code == literal("Assets:Stock:") + Goods.sku)
        .outerjoin(handed, handed.code == literal("Expenses:Handed:") + Goods.sku)
        .where(condition)
        .order_by(Goods.retired_at.is_not(None), Goods.points, Goods.sku)
        .limit(GOODS_MAX)
        .execution_options(populate_existing=True)
    )
    if not closed:
        wanted = wanted.where(Goods.retired_at.is_(None))
    return [
        OnShelf(
            goods,
            has.balance if has else 0,
            has.available if has else 0,
            gone.balance if gone else 0,
            int(waits),
        )
        for goods, has, gone, waits in session.execute(wanted)
    ]


def on_shelf(session: Session, goods: Goods) -> OnShelf:
    """Return the stock of one kind of goods."""
    return shelf(session, Goods.id == goods.id, closed=True)[0]


def managed(viewer: Viewer) -> Any:
    """Return the condition "the viewer looks after these goods"."""
    return scope_condition(Goods.grid_path, viewer, Permission.POINTS_GOODS_MANAGE)


def of_communities(paths: Collection[str]) -> Any:
    """Return the condition "goods of the communities in which these places lie"."""
    return Goods.grid_path.in_({community_path(path) for path in paths})


def seen(viewer: Viewer, party_paths: Collection[str]) -> Any:
    """Return the condition "goods of a community the viewer belongs to or works in"."""
    granted = [grant.path for grant in viewer.grants]
    above = [within(Goods.grid_path, path) for path in granted]
    return or_(of_communities([*granted, *party_paths]), *above)


def goods_or_404(session: Session, condition: Any, goods_id: int) -> Goods:
    """Return goods that fulfil a condition."""
    found = session.scalar(select(Goods).where(Goods.id == min(goods_id, ID_MAX), condition))
    return found or abort(404)


def words_or_404(session: Session, goods: Goods, words_id: int) -> StockWords:
    """Return what was written beside a supply or count of goods."""
    found = session.scalar(
        select(StockWords).where(
            StockWords.id == min(words_id, ID_MAX), StockWords.goods_id == goods.id
        )
    )
    return found or abort(404)


def stock_moves(session: Session, goods: Goods) -> Sequence[StockMove]:
    """Return what came and went of goods, the newest first."""
    stock = (
        select(LedgerAccount.id)
        .where(LedgerAccount.code == f"Assets:Stock:{goods.sku}")
        .scalar_subquery()
    )
    rows = session.execute(
        select(Entry, Transfer.debit_id == stock, Transfer.amount, Account.display_name, StockWords)
        .join(Transfer, Transfer.entry_id == Entry.id)
        .outerjoin(Account, Account.id == Entry.actor_id)
        .outerjoin(StockWords, StockWords.entry_id == Entry.id)
        .where(
            or_(Transfer.debit_id == stock, Transfer.credit_id == stock),
            Transfer.phase.in_([Phase.POSTED, Phase.POST]),
        )
        .order_by(Entry.id.desc())
        .limit(MOVES_MAX)
    )
    return [
        StockMove(
            entry.kind,
            pieces if came else -pieces,
            entry.effective_on,
            entry.recorded_at,
            *_why(entry, said),
            name or "",
        )
        for entry, came, pieces, name, said in rows
    ]


def _why(entry: Entry, said: StockWords | None) -> tuple[StockReason | None, str, int | None]:
    """Return reason, words, and the number under which they can be erased.

    An entry from before reasons has the words in its note: the ledger gives nothing back.
    """
    if entry.kind is not EntryKind.SUPPLY:
        return None, "", None
    if entry.note not in set(StockReason):
        return None, entry.note, None
    if said is None or not said.words:
        return StockReason(entry.note), "", None
    return StockReason(entry.note), said.words, said.id
