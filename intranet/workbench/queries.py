"""Reading the audit trail, within the viewer's part of the tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, or_, select

from intranet.access import Permission, Role, Viewer, scope_condition
from intranet.audit import AuditEntry
from intranet.clock import midnight
from intranet.db import within
from intranet.grids.models import Grid, undotted
from intranet.people.models import RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 60
EXPORT_MAX = 20_000
ID_MAX = 2**31 - 1
CHECKED = "audit:chain:verify"
# Who reports a misuse is not to be found out by whoever is reported, who may read this trail.
OF_REPORTERS = ("cameras:talk:misuse",)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; empty fields do not narrow."""

    who: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None
    grid: str = ""


def in_scope(viewer: Viewer) -> Any:
    """Entries of the viewer's places, and of people who hold a role there.

    What the house or its console did nowhere in particular is for administrators.
    """
    here = scope_condition(AuditEntry.grid_path, viewer, Permission.AUDIT_ENTRY_VIEW)
    people = select(RoleGrant.account_id).where(
        scope_condition(RoleGrant.grid_path, viewer, Permission.AUDIT_ENTRY_VIEW)
    )
    nowhere: Any = AuditEntry.actor_id.in_(people)
    if Role.ADMIN in viewer.roles:
        nowhere = or_(nowhere, AuditEntry.actor_id.is_(None))
    return or_(here, (AuditEntry.grid_path == "") & nowhere)


def entries(
    session: Session, viewer: Viewer, wanted: Filter, *, before: int = 0, limit: int = PAGE
) -> Sequence[AuditEntry]:
    """Return entries, newest first, older than an id when given."""
    found = select(AuditEntry).where(in_scope(viewer))
    if Role.ADMIN not in viewer.roles:
        found = found.where(AuditEntry.action.not_in(OF_REPORTERS))
    if wanted.who:
        found = found.where(AuditEntry.actor_name == wanted.who)
    if wanted.action:
        found = found.where(AuditEntry.action == wanted.action)
    if wanted.object_kind:
        found = found.where(AuditEntry.object_kind == wanted.object_kind)
    if wanted.object_id:
        found = found.where(AuditEntry.object_id == wanted.object_id)
    if wanted.since:
        found = found.where(AuditEntry.at >= midnight(wanted.since))
    if wanted.until:
        found = found.where(AuditEntry.at < midnight(wanted.until + timedelta(days=1)))
    if wanted.grid:
        path = session.scalar(select(Grid.path).where(Grid.code == undotted(wanted.grid)))
        found = found.where(within(AuditEntry.grid_path, path) if path else false())
    if before:
        found = found.where(AuditEntry.id < min(before, ID_MAX))
    return session.scalars(found.order_by(AuditEntry.id.desc()).limit(limit)).all()


def subject(entry: AuditEntry) -> str:
    """Return what the entry is about, in the word people use for it where it was written down."""
    details = json.loads(entry.details)
    return str(details.get("username") or details.get("code") or entry.object_id)


def last_check(session: Session) -> AuditEntry | None:
    """Return the newest entry that says whether the chain held."""
    checks = select(AuditEntry).where(AuditEntry.action == CHECKED)
    return session.scalar(checks.order_by(AuditEntry.id.desc()).limit(1))
