"""Personal data: set, shown one field at a time for a reason, erased without a trace in the row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from intranet import audit, sealing, search
from intranet.errors import DomainError, InputError
from intranet.register.models import Party, PartyWord, PersonalDatum, PersonalField
from intranet.register.operations import numbers, versions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

UNMASKED_PER_HOUR = 60
REASON_MIN = 4
SEALED = frozenset({PersonalField.ID_NUMBER, PersonalField.HEALTH})
LENGTH_MAX = {
    PersonalField.NAME: 40,
    PersonalField.ADDRESS: 120,
    PersonalField.HEALTH: 500,
}


class AskedTooOften(DomainError):  # noqa: N818 — named for what happened
    """One account looked at more personal data this hour than any work needs."""

    status = 429


def clean(field: PersonalField, value: str) -> str:
    """Return the value as it is stored; raise InputError, naming the field, when it is wrong."""
    text = " ".join(value.split())
    if not text:
        return ""
    if field is PersonalField.PHONE:
        return numbers.phone(text)
    if field is PersonalField.ID_NUMBER:
        return numbers.id_number(text)
    longest = LENGTH_MAX[field]
    if len(text) > longest:
        raise InputError("At most %(count)s characters.", field=field.value, count=longest)
    return text


def set_personal(
    session: Session, *, party: Party, values: dict[PersonalField, str], at: datetime
) -> list[PersonalField]:
    """Store the given fields (empty removes one) and the words they are found by.

    Returns the fields that changed. The audit of the change is the caller's.
    """
    known = {
        datum.field: datum
        for datum in session.scalars(
            select(PersonalDatum).where(PersonalDatum.party_id == party.id)
        )
    }
    changed: list[PersonalField] = []
    for field, raw in values.items():
        value = clean(field, raw)
        datum = known.get(field)
        if value == (_plain(datum) if datum else ""):
            continue
        changed.append(field)
        if datum is not None:
            session.delete(datum)
            session.flush()
        if value:
            session.add(
                PersonalDatum(
                    party_id=party.id,
                    field=field,
                    value=sealing.seal(value) if field in SEALED else value,
                    masked=numbers.masked(field, value),
                    entered_at=at,
                )
            )
    session.flush()
    index(session, party)
    return changed


def index(session: Session, party: Party) -> None:
    """Rewrite the words a party is found by."""
    plain = {
        datum.field: _plain(datum)
        for datum in session.scalars(
            select(PersonalDatum).where(
                PersonalDatum.party_id == party.id,
                PersonalDatum.field.in_([PersonalField.NAME, PersonalField.PHONE]),
            )
        )
    }
    words = set(search.tokens(party.public_name))
    words |= search.tokens(plain.get(PersonalField.NAME, ""))
    if PersonalField.PHONE in plain:
        words.add(f"#{plain[PersonalField.PHONE][-4:]}")
    if party.credit_code:
        words.add(party.credit_code.lower())
    session.execute(delete(PartyWord).where(PartyWord.party_id == party.id))
    session.add_all([PartyWord(word=word, party_id=party.id) for word in sorted(words)])
    session.flush()


def unmask(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    field: PersonalField,
    reason: str,
    address: str,
    at: datetime,
) -> str:
    """Return one field in clear and write down who saw it and why.

    Raises InputError without a reason, AskedTooOften past UNMASKED_PER_HOUR, DomainError when
    there is nothing to show.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_MIN:
        raise InputError("Say why, in at least four characters.", field="reason")
    seen = session.scalar(
        select(func.count())
        .select_from(audit.AuditEntry)
        .where(
            audit.AuditEntry.actor_id == actor.account_id,
            audit.AuditEntry.action == "register:personal:unmask",
            audit.AuditEntry.at > at - timedelta(hours=1),
        )
    )
    if (seen or 0) >= UNMASKED_PER_HOUR:
        raise AskedTooOften(
            "You have looked at %(count)s fields in an hour. Wait, or ask the secretary.",
            count=UNMASKED_PER_HOUR,
        )
    datum = session.scalar(
        select(PersonalDatum).where(
            PersonalDatum.party_id == party.id, PersonalDatum.field == field
        )
    )
    if datum is None:
        raise DomainError("This field is empty.")
    audit.record(
        session,
        actor=actor,
        action="register:personal:unmask",
        at=at,
        object_kind="party",
        object_id=party.id,
        grid_path=party.grid_path,
        reason=reason,
        address=address,
        field=field.value,
    )
    return _plain(datum)


def erase(
    session: Session, *, actor: Viewer, party: Party, reason: str, address: str, at: datetime
) -> None:
    """Empty the party's personal tables for good; all that points at it stays."""
    versions.take(session, party)
    if party.erased_at is not None:
        raise DomainError("This party's personal data was erased already.")
    if len(" ".join(reason.split())) < REASON_MIN:
        raise InputError("Say why, in at least four characters.", field="reason")
    session.execute(delete(PersonalDatum).where(PersonalDatum.party_id == party.id))
    party.erased_at = at
    party.left_at = party.left_at or at
    session.flush()
    index(session, party)
    audit.record(
        session,
        actor=actor,
        action="register:personal:erase",
        at=at,
        object_kind="party",
        object_id=party.id,
        grid_path=party.grid_path,
        reason=" ".join(reason.split()),
        address=address,
    )


def _plain(datum: PersonalDatum) -> str:
    return sealing.unseal(datum.value) if datum.field in SEALED else datum.value
