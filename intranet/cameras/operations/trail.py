"""What is done with a camera, as the audit trail keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from intranet import audit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer


class Known(Protocol):
    """Whatever knows which camera it is, and where it hangs: a row, or what players need of it."""

    @property
    def id(self) -> int:
        """Its number in the database."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def grid_path(self) -> str:
        """Its place in the tree."""


def note(  # noqa: PLR0917 — what every entry has, in the order it is read
    session: Session,
    actor: Viewer | None,
    action: str,
    camera: Known,
    at: datetime,
    address: str = "",
    /,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    """Append an entry about a camera."""
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="camera",
        object_id=camera.code,
        grid_path=camera.grid_path,
        reason=reason,
        address=address,
        **details,
    )
