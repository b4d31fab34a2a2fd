"""Systems of others that send reports: their keys, and how often they may ask."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import InputError
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import AskedCount, Client

NAME_MAX = 60
CONTACT_MAX = 120
PER_MINUTE_MAX = 600
CLIENT_KINDS = (GridKind.COMMUNITY, GridKind.TOWN)
KEY_START = 12
READS_PER_MINUTE = 240  # from one address, without a key


def make_client(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    name: str,
    contact: str,
    grid: Grid,
    per_minute: int,
    address: str = "",
) -> tuple[Client, str]:
    """Admit a client and return its key, which only it will know from now on."""
    tidy, office = " ".join(name.split()), " ".join(contact.split())
    if not 1 <= len(tidy) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)
    if len(office) > CONTACT_MAX:
        raise InputError("At most %(most)d characters", "contact", most=CONTACT_MAX)
    if grid.kind not in CLIENT_KINDS or grid.closed_on is not None:
        raise InputError("Choose a community or a town", "grid")
    if not 1 <= per_minute <= PER_MINUTE_MAX:
        raise InputError("Give 1 to %(most)d a minute", "per_minute", most=PER_MINUTE_MAX)
    key = f"w311_{secrets.token_urlsafe(32)}"
    made = Client(
        name=tidy,
        contact=office,
        grid_path=grid.path,
        key_hash=_hashed(key),
        key_start=key[:KEY_START],
        per_minute=per_minute,
        made_at=at,
        made_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    _record(session, actor, at, "incidents:client:add", client=made, address=address)
    return made, key


def revoke_client(
    session: Session, *, actor: Viewer, at: datetime, client: Client, address: str = ""
) -> None:
    """End a client's key for good; what it sent stays."""
    if client.revoked_at is None:
        client.revoked_at = at
        session.flush()
        _record(session, actor, at, "incidents:client:revoke", client=client, address=address)


def client_of_key(session: Session, key: str) -> Client | None:
    """Return whose key it is, unless it was revoked."""
    return session.scalar(
        select(Client).where(Client.key_hash == _hashed(key), Client.revoked_at.is_(None))
    )


def ask(session: Session, *, who: str, per_minute: int, at: datetime) -> int:
    """Count one more request in this minute; return the seconds to wait, 0 for none.

    The count is a row that all processes share; a minute that ended takes its count along.
    """
    minute, second = divmod(int(at.timestamp()), 60)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(AskedCount).values(who=who, minute=minute, count=1)
    same = AskedCount.minute == statement.excluded.minute
    counted = statement.on_conflict_do_update(
        index_elements=[AskedCount.who],
        set_={
            "minute": statement.excluded.minute,
            "count": case((same, AskedCount.count + 1), else_=1),
        },
    ).returning(AskedCount.count)
    return 60 - second if session.execute(counted).scalar_one() > per_minute else 0


def forget_asked(session: Session, *, at: datetime) -> int:
    """Forget who asked in minutes gone by; return how many rows went."""
    before = int(at.timestamp()) // 60 - 1
    gone = session.scalars(
        delete(AskedCount).where(AskedCount.minute < before).returning(AskedCount.who)
    )
    return len(gone.all())


def _hashed(key: str) -> str:
    """Return what is kept of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def _record(
    session: Session, actor: Viewer, at: datetime, action: str, *, client: Client, address: str
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="open311_client",
        object_id=client.id,
        grid_path=client.grid_path,
        address=address,
        name=client.name,
        key_start=client.key_start,
    )
