"""What is known of somebody who reported without an account: sealed, masked, shown for a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit, sealing
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import Contact, Incident
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
