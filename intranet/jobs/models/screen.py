"""Touch screens of the station: when each was heard last, and the key it had before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model


class Screen(Model):
    """One kiosk's account, as it was heard last.

    ``before_hash`` is the key that the last clearing took away. Until the screen has spoken with
    the new one it may ask for another, and for nothing else: the answer may have been lost.
    """

    __tablename__ = "jobs_screen"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime | None]
    login_id: Mapped[int | None] = mapped_column(
        ForeignKey("login_session.id", ondelete="SET NULL")
    )
    before_hash: Mapped[str | None] = mapped_column(Text, index=True)
