"""What people wrote beside supplies and counts: kept outside the ledger, and emptied."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.points.models import Entry, Goods, StockReason, StockWords

NOTE_MAX = 100
KEPT_DAYS = 730  # the year they belong to is closed and looked through by then


def tidy_words(reason: StockReason | None, words: str, of: Collection[StockReason]) -> str:
    """Return the words as they are kept. Raises InputError beside the field that is wrong."""
    if reason not in of:
        raise InputError("Say why the number changes", "reason")
    tidy = " ".join(words.split())
    if reason is StockReason.OTHER and not tidy:
        raise InputError("Say where they came from, or why the number changes", "note")
    if len(tidy) > NOTE_MAX:
        raise InputError("At most %(max)d characters", "note", max=NOTE_MAX)
    return tidy


def keep_words(session: Session, goods: Goods, entry: Entry, words: str) -> None:
    """Keep what was written beside an entry; an entry that was there already keeps its own."""
    is_there = select(StockWords.id).where(StockWords.entry_id == entry.id)
    if words and session.scalar(is_there) is None:
        session.add(StockWords(entry_id=entry.id, goods_id=goods.id, words=words))
        session.flush()


def erase_stock_words(
    session: Session,
    goods: Goods,
    words: StockWords,
    *,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Empty what was written, for good; the entry and its reason stay. Raises DomainError."""
    session.refresh(words, with_for_update=True)
    if not words.words:
        raise DomainError("These words are erased already")
    words.words = ""
    session.flush()
    act, action = Act(actor, at, address), "points:goods:erase_words"
    act.record(session, action, "goods", goods.id, goods.grid_path, entry=words.entry_id)


def forget_stock_words(session: Session, *, at: datetime, limit: int) -> int:
    """Empty some words that are KEPT_DAYS old, the oldest first; return how many."""
    found = session.scalars(
        select(StockWords.id)
        .join(Entry, Entry.id == StockWords.entry_id)
        .where(StockWords.words != "", Entry.recorded_at < at - timedelta(days=KEPT_DAYS))
        .order_by(StockWords.id)
        .limit(limit)
    ).all()
    if found:
        session.execute(update(StockWords).where(StockWords.id.in_(found)).values(words=""))
        session.expire_all()
    return len(found)
