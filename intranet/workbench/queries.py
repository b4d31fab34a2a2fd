"""Reading the audit trail, within the viewer's part of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from intranet.access import Permission, Role, Viewer, scope_condition
from intranet.audit import AuditEntry
from intranet.clock import BEIJING
from intranet.people.models import RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 60
EXPORT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; empty fields do not narrow."""

    who: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None


def in_scope(viewer: Viewer) -> Any:
    """Entries of the viewer's places, and of people who hold a role there; admins see all."""
    if Role.ADMIN in viewer.roles:
        return AuditEntry.id.is_not(None)
    here = scope_condition(AuditEntry.grid_path, viewer, Permission.AUDIT_ENTRY_VIEW)
    people = select(RoleGrant.account_id).where(
        scope_condition(RoleGrant.grid_path, viewer, Permission.AUDIT_ENTRY_VIEW)
    )
    return or_(here, (AuditEntry.grid_path == "") & AuditEntry.actor_id.in_(people))


def entries(
    session: Session, viewer: Viewer, wanted: Filter, *, before: int = 0, limit: int = PAGE
) -> Sequence[AuditEntry]:
    """Return entries, newest first, older than an id when given."""
    found = select(AuditEntry).where(in_scope(viewer))
    if wanted.who:
        found = found.where(AuditEntry.actor_name == wanted.who)
    if wanted.action:
        found = found.where(AuditEntry.action == wanted.action)
    if wanted.object_kind:
        found = found.where(AuditEntry.object_kind == wanted.object_kind)
    if wanted.object_id:
        found = found.where(AuditEntry.object_id == wanted.object_id)
    if wanted.since:
        found = found.where(AuditEntry.at >= _midnight(wanted.since))
    if wanted.until:
        found = found.where(AuditEntry.at < _midnight(wanted.until + timedelta(days=1)))
    if before:
        found = found.where(AuditEntry.id < before)
    return session.scalars(found.order_by(AuditEntry.id.desc()).limit(limit)).all()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
