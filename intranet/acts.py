"""Who does something, when and from where: what every act of a room leaves on the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from intranet import audit, clock
from intranet.access import Viewer


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person, or of the house itself where there is no actor."""

    actor: Viewer | None
    at: datetime
    address: str = ""

    @property
    def account_id(self) -> int | None:
        """Whose account did it."""
        return self.actor.account_id if self.actor else None

    @property
    def day(self) -> date:
        """The day it is done, in Beijing."""
        return clock.day_of(self.at)

    def record(
        self,
        session: Session,
        action: str,
        object_kind: str,
        object_id: int,
        grid_path: str,
        *,
        reason: str = "",
        **details: Any,
    ) -> None:
        """Leave it on the trail."""
        audit.record(
            session,
            actor=self.actor,
            action=action,
            at=self.at,
            object_kind=object_kind,
            object_id=object_id,
            grid_path=grid_path,
            address=self.address,
            reason=reason,
            **details,
        )
