"""The goods that points are redeemed for: listed, changed, supplied, counted on the shelf."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid, GridKind
from intranet.points.models import (
    CAME,
    COUNTED_ANEW,
    AccountKind,
    Entry,
    EntryKind,
    Goods,
    LedgerAccount,
    StockReason,
)
from intranet.points.operations.accounts import goods_account, open_period, take_turn
from intranet.points.operations.posting import Draft, Leg, post
from intranet.points.operations.stock_words import keep_words, tidy_words

SKU = re.compile(r"[A-Z0-9]{2,12}\Z", re.ASCII)
TITLE_MAX, WORDS_MAX, SPONSOR_MAX = 40, 400, 60
POINTS_MAX, COST_FEN_MAX, LIMIT_MAX, PIECES_MAX = 1_000_000, 10_000_000, 999, 100_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of goods and changed later; all but the code and the picture."""

    title: str
    points: int
    words: str = ""
    cost_fen: int = 0
    year_limit: int = 0
    sponsor: str = ""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture in the store of files, and a small copy of it."""

    file_key: str
    thumbnail_key: str


def add_goods(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    sku: str,
    facts: Facts,
    picture: StoredPicture | None = None,
    address: str = "",
) -> Goods:
    """List goods of a community. Raises InputError beside the field that cannot be taken."""
    take_turn(session)
    if grid.kind is not GridKind.COMMUNITY or grid.closed_on is not None:
        raise InputError("Goods belong to a community", "grid_path")
    if not SKU.match(sku):
        raise InputError("2 to 12 capital letters or digits, such as RICE5", "sku")
    if session.scalar(select(Goods.id).where(Goods.sku == sku)) is not None:
        raise InputError("There are goods of this code already", "sku")
    _check(facts)
    goods = Goods(grid_path=grid.path, sku=sku, made_at=at, **asdict(facts))
    _hang(goods, picture)
    session.add(goods)
    session.flush()
    for kind in (AccountKind.STOCK, AccountKind.SUPPLIED, AccountKind.HANDED):
        goods_account(session, kind=kind, sku=sku)
    _record(session, Act(actor, at, address), "add", goods, sku=sku, **asdict(facts))
    return goods


def change_goods(
    session: Session,
    goods: Goods,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    facts: Facts,
    picture: StoredPicture | None = None,
    address: str = "",
) -> None:
    """Change what is said of goods; what was asked for before keeps the points it was asked for at.

    Raises InputError beside a field, DomainError where somebody else changed them meanwhile.
    """
    _take(session, goods, version)
    _check(facts)
    changes = {
        name: [getattr(goods, name), value]
        for name, value in asdict(facts).items()
        if getattr(goods, name) != value
    }
    if picture is not None:
        changes["picture"] = [bool(goods.file_key), True]
    if not changes:
        return
    for name, value in asdict(facts).items():
        setattr(goods, name, value)
    _hang(goods, picture)
    session.flush()
    _record(session, Act(actor, at, address), "change", goods, changes=changes)


def close_goods(
    session: Session, goods: Goods, *, actor: Viewer, at: datetime, version: int, address: str = ""
) -> None:
    """Offer goods no longer; what is held for somebody can still be fetched."""
    _take(session, goods, version)
    if goods.retired_at is not None:
        raise DomainError("These goods are closed already")
    goods.retired_at = at
    session.flush()
    _record(session, Act(actor, at, address), "close", goods)


def reopen_goods(
    session: Session, goods: Goods, *, actor: Viewer, at: datetime, version: int, address: str = ""
) -> None:
    """Offer goods again."""
    _take(session, goods, version)
    if goods.retired_at is None:
        raise DomainError("These goods are open already")
    goods.retired_at = None
    session.flush()
    _record(session, Act(actor, at, address), "open", goods)


def supply(
    session: Session,
    goods: Goods,
    *,
    pieces: int,
    reason: StockReason = StockReason.OTHER,
    note: str = "",
    key: str,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> Entry:
    """Put pieces on the shelf. The ledger's note is the reason; ``note`` is kept beside it.

    Raises InputError for no number, a reason for which nothing comes, or "other" without a note.
    """
    if not 0 < pieces <= PIECES_MAX:
        raise InputError("Between 1 and %(most)s pieces", "pieces", most=PIECES_MAX)
    tidy = tidy_words(reason, note, CAME)
    act = Act(actor, at, address)
    entry = _move(session, goods, pieces, act, reason=reason, key=key)
    keep_words(session, goods, entry, tidy)
    _record(session, act, "supply", goods, pieces=pieces, why=reason.value)
    return entry


def count_stock(
    session: Session,
    goods: Goods,
    *,
    seen: int,
    counted: int,
    reason: StockReason | None = StockReason.OTHER,
    note: str = "",
    key: str,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> int:
    """Have the ledger hold what was counted on the shelf; return the difference, 0 for none.

    ``seen`` is the stock the page showed; reason and note are for a difference alone. Raises
    InputError for no number, a reason that is none of a count or "other" without a note;
    DomainError where pieces came or went since, or more is missing than is held for nobody.
    """
    if not 0 <= counted <= PIECES_MAX:
        raise InputError("Between 0 and %(most)s pieces", "counted", most=PIECES_MAX)
    take_turn(session)
    stock = stock_of(session, goods)
    if stock.balance != seen:
        raise DomainError("The stock has changed meanwhile: it is %(now)s", now=stock.balance)
    difference = counted - stock.balance
    tidy = tidy_words(reason, note, COUNTED_ANEW) if difference else ""
    if difference < 0 and stock.available < -difference:
        raise DomainError(
            "%(held)s are held for somebody; let those go first",
            held=stock.balance - stock.available,
        )
    act = Act(actor, at, address)
    if difference and reason:
        entry = _move(session, goods, difference, act, reason=reason, key=key)
        keep_words(session, goods, entry, tidy)
    why = reason.value if difference and reason else ""
    _record(session, act, "count", goods, counted=counted, was=seen, why=why)
    return difference


def stock_of(session: Session, goods: Goods) -> LedgerAccount:
    """Return the account of what is on the shelf, as it is at this moment."""
    return goods_account(session, kind=AccountKind.STOCK, sku=goods.sku)


def _move(
    session: Session, goods: Goods, pieces: int, act: Act, *, reason: StockReason, key: str
) -> Entry:
    """Post pieces that came, or with a minus those that are gone."""
    take_turn(session)
    open_period(session, year=act.day.year)
    stock = stock_of(session, goods)
    supplied = goods_account(session, kind=AccountKind.SUPPLIED, sku=goods.sku)
    leg = Leg(stock, supplied, pieces) if pieces > 0 else Leg(supplied, stock, -pieces)
    draft = Draft(
        key=key,
        kind=EntryKind.SUPPLY,
        legs=[leg],
        effective_on=act.day,
        actor_id=act.account_id,
        event=f"goods:{goods.id}",
        note=reason.value,
    )
    return post(session, draft, at=act.at)


def _check(facts: Facts) -> None:
    if not 0 < len(facts.title) <= TITLE_MAX:
        raise InputError("Give a name", "title")
    if not 0 < facts.points <= POINTS_MAX:
        raise InputError("Points are whole numbers above zero", "points")
    if not 0 <= facts.cost_fen <= COST_FEN_MAX:
        raise InputError("Between 0 and 100,000 yuan", "cost_fen")
    if not 0 <= facts.year_limit <= LIMIT_MAX:
        raise InputError("Between 0 and %(most)s", "year_limit", most=LIMIT_MAX)
    for name, longest in (("words", WORDS_MAX), ("sponsor", SPONSOR_MAX)):
        if len(getattr(facts, name)) > longest:
            raise InputError("At most %(max)d characters", name, max=longest)


def _hang(goods: Goods, picture: StoredPicture | None) -> None:
    if picture is not None:
        goods.file_key, goods.thumbnail_key = picture.file_key, picture.thumbnail_key


def _take(session: Session, goods: Goods, version: int) -> None:
    """Take the row for a change; the loser of two is told."""
    take_turn(session)
    session.refresh(goods, with_for_update=True)
    if goods.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")


def _record(session: Session, act: Act, verb: str, goods: Goods, **details: Any) -> None:
    action = f"points:goods:{verb}"
    act.record(session, action, "goods", goods.id, goods.grid_path, **details)
