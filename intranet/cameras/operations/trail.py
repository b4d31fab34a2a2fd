"""What is done with a camera, as the audit trail keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from intranet import audit
from intranet.cameras.models import Camera

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer


def note(  # noqa: PLR0917 — what every entry has, in the order it is read
    session: Session,
    actor: Viewer | None,
    action: str,
    camera: Camera,
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
