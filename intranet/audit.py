"""The trail: who did or looked at what, when, why and from where; append-only and hash-chained.

Each row's hash covers its own fields and the hash before it, so that changing, deleting or
re-ordering any row shows; that the newest are gone shows against the anchors earlier checks left
in a file. The database itself refuses UPDATE, DELETE and REPLACE on both engines.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from intranet.db import Model, PathType, append_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy.sql import Select

    from intranet.access import Viewer

GENESIS = "0" * 64
CHAIN_LOCK = 7_246_101  # any number, the same in every process, for PostgreSQL's advisory lock


class AuditEntry(Model):
    """One act. Holds ids and words, never a password, an address of a camera or personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_object", "object_kind", "object_id"),
        Index("ix_audit_entry_actor_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    actor_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text, index=True)
    object_kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    grid_path: Mapped[str] = mapped_column(PathType, index=True)
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


append_only(AuditEntry.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where the chain first fails, and how."""

    entry_id: int
    what: str


def record(
    session: Session,
    *,
    actor: Viewer | None,
    action: str,
    at: datetime,
    object_kind: str,
    object_id: object,
    grid_path: str = "",
    reason: str = "",
    address: str = "",
    **details: Any,
) -> AuditEntry:
    """Append one entry and flush it, in the caller's transaction.

    ``action`` is ``room:verb``; ``details`` are JSON-able facts. The chain is kept in order by the
    writer lock on SQLite and by an advisory lock, held to the end of the transaction, on
    PostgreSQL.
    """
    take_turn(session)
    newest = select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    entry = AuditEntry(
        at=at,
        actor_id=actor.account_id if actor else None,
        actor_name=actor.username if actor else "",
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        grid_path=grid_path,
        reason=reason,
        details=json.dumps(details, ensure_ascii=False, sort_keys=True),
        address=address,
        previous_hash=session.scalar(newest) or GENESIS,
    )
    entry.hash = _digest(entry)
    session.add(entry)
    session.flush()
    return entry


def take_turn(session: Session) -> None:
    """Wait until no other transaction writes down an act.

    To be called before adding rows from whose ids somebody reads the order of commits.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})


def _digest(entry: AuditEntry) -> str:
    fields = [
        entry.previous_hash,
        entry.at.isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.object_kind,
        entry.object_id,
        entry.grid_path,
        entry.reason,
        entry.details,
        entry.address,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def verify(session: Session, anchors: Mapping[int, str] | None = None) -> Iterator[BrokenLink]:
    """Yield every place where the chain does not hold, reading a bounded batch at a time.

    ``anchors`` are ids and hashes seen at earlier checks: without them an end cut off goes unseen.
    """
    previous = GENESIS
    expected = dict(anchors or {})
    entries: Select[AuditEntry] = select(AuditEntry).order_by(AuditEntry.id)
    for entry in session.scalars(entries.execution_options(yield_per=1000)):
        if entry.previous_hash != previous:
            yield BrokenLink(entry.id, "it does not follow the entry before it")
        if entry.hash != _digest(entry):
            yield BrokenLink(entry.id, "its content was changed")
        if expected.pop(entry.id, entry.hash) != entry.hash:
            yield BrokenLink(entry.id, "it is not the entry an earlier check saw")
        previous = entry.hash
    for entry_id in sorted(expected):
        yield BrokenLink(entry_id, "an earlier check saw it, and it is gone")


def read_anchors(path: Path) -> dict[int, str]:
    """Return the newest entries, id and hash, of earlier checks; empty when there was none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return {}
    return {int(number): digest for _at, number, digest in (line.split() for line in lines)}


def leave_anchor(path: Path, entry: AuditEntry) -> None:
    """Write down, outside the database, how far the trail went."""
    with path.open("a", encoding="ascii") as file:
        file.write(f"{entry.at:%Y-%m-%dT%H:%M:%SZ} {entry.id} {entry.hash}\n")


def client_address() -> str:
    """Return where the request came from, for the ``address`` field."""
    from flask import has_request_context, request

    return (request.remote_addr or "") if has_request_context() else "console"


def client_digest(*more: str) -> str:
    """Return a keyed digest (SHA-256, hex) of where a request came from, and of more if given.

    It tells one client from another and cannot be turned back into an address.
    """
    from flask import current_app, request

    secret = current_app.config["SETTINGS"].secret_key.encode()
    seen = "\n".join((request.remote_addr or "", *more)).encode()
    return hmac.new(secret, seen, hashlib.sha256).hexdigest()
