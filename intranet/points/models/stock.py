"""Why a stock changed: a code of a list in the ledger, people's own words beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, cast

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, made_with
from intranet.guards import kept_but_words

if TYPE_CHECKING:
    from sqlalchemy import Table


class StockReason(StrEnum):
    """Why pieces came to the shelf or are gone; the ledger's note is one of these and no more."""

    BOUGHT = "bought"
    GIVEN = "given"
    BACK = "back"  # brought back by whoever had them
    BROKEN = "broken"
    SPOILT = "spoilt"
    MISSING = "missing"
    FOUND = "found"
    OTHER = "other"


CAME = (StockReason.BOUGHT, StockReason.GIVEN, StockReason.BACK, StockReason.OTHER)
COUNTED_ANEW = (
    *(StockReason.BROKEN, StockReason.SPOILT, StockReason.MISSING, StockReason.FOUND),
    StockReason.OTHER,
)


class StockWords(Model):
    """What somebody wrote beside a supply or a count. The ledger never knew it: words name people.

    The database lets nothing of a row be changed but its words, and those only be emptied.
    """

    __tablename__ = "points_stock_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), unique=True
    )
    goods_id: Mapped[int] = mapped_column(
        ForeignKey("points_goods.id", ondelete="RESTRICT"), index=True
    )
    words: Mapped[str] = mapped_column(Text)


made_with(
    cast("Table", StockWords.__table__),
    lambda dialect: kept_but_words("points_stock_words", "id, entry_id, goods_id", dialect),
)
