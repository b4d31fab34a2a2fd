"""What is known of somebody who reported without an account: sealed, masked, shown for a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session, aliased

from intranet import audit, sealing
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import ENDED, Contact, Incident
from intranet.incidents.operations.history import Act
from intranet.register.models import PersonalField
from intranet.register.operations import numbers

REASON_MAX = 200
BATCH = 500


def keep_contact(act: Act, caller_name: str, caller_phone: str) -> None:
    """Keep what a caller gave, sealed; raises InputError (``caller_phone``) for no number."""
    name = " ".join(caller_name.split())
    phone = _phone(caller_phone)
    for field, value in ((PersonalField.NAME, name), (PersonalField.PHONE, phone)):
        if value:
            act.session.add(
                Contact(
                    incident_id=act.incident.id,
                    field=field,
                    value=sealing.seal(value),
                    masked=numbers.masked(field, value),
                )
            )
    act.session.flush()


def _phone(text: str) -> str:
    try:
        return numbers.phone(text) if text.strip() else ""
    except InputError as error:
        raise InputError(error.key, "caller_phone") from None


def unmask_contact(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    field: PersonalField,
    reason: str,
    address: str = "",
) -> str:
    """Return a caller's name or phone in clear; who looked and why is written down.

    Raises InputError without a reason, DomainError when it is not known (any more).
    """
    why = " ".join(reason.split())
    if not 2 <= len(why) <= REASON_MAX:
        raise InputError("Give a reason", "reason")
    value = session.scalar(
        select(Contact.value).where(Contact.incident_id == incident.id, Contact.field == field)
    )
    if value is None:
        raise DomainError("This is not known")
    audit.record(
        session,
        actor=actor,
        action="incidents:contact:unmask",
        at=at,
        object_kind="incident",
        object_id=incident.id,
        grid_path=incident.grid_path,
        reason=why,
        address=address,
        field=field,
        number=incident.number,
    )
    return sealing.unseal(value)


def erase_contacts(session: Session, *, at: datetime, days: int) -> int:
    """Erase what is known of callers whose incident has ended ``days`` ago; return of how many.

    At most BATCH incidents at once, each with a line in the audit trail; what was looked at stays
    on record there, without the name (PIPL art. 47: kept no longer than it is needed for).
    """
    before = at - timedelta(days=days)
    master = aliased(Incident)
    due = session.execute(
        select(Incident.id, Incident.number, Incident.grid_path)
        .outerjoin(master, master.id == Incident.merged_into_id)
        .where(
            Incident.id.in_(select(Contact.incident_id)),
            Incident.state.in_(ENDED),
            Incident.changed_at < before,
            # What was merged ends with what it was merged into: its caller may be asked till then.
            or_(master.id.is_(None), and_(master.state.in_(ENDED), master.changed_at < before)),
        )
        .order_by(Incident.id)
        .limit(BATCH)
        .with_for_update(of=Incident)
    ).all()
    for one in due:
        session.execute(delete(Contact).where(Contact.incident_id == one.id))
        audit.record(
            session,
            actor=None,
            action="incidents:contact:erase",
            at=at,
            object_kind="incident",
            object_id=one.id,
            grid_path=one.grid_path,
            number=one.number,
        )
    return len(due)


def renew_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH contacts behind an id with the newest key; return how many, and the id.

    Interrupted, it may be begun again: the older keys still open.
    """
    batch = session.scalars(
        select(Contact).where(Contact.id > after).order_by(Contact.id).limit(BATCH)
    ).all()
    for one in batch:
        one.value = sealing.renew(one.value)
    session.flush()
    return len(batch), batch[-1].id if batch else after
