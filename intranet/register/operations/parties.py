"""Parties: entered, corrected, moved to another micro-grid, gone and come back."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from intranet import audit
from intranet.errors import DomainError, InputError
from intranet.register.models import (
    REGISTERED,
    FormerHome,
    Party,
    PartyKind,
    PartyMove,
    PersonalField,
)
from intranet.register.operations import numbers, personal, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from intranet.access import Viewer

BUSINESS = frozenset({PartyKind.SHOP, PartyKind.COMPANY})
NAME_MAX = 80


def create_party(
    session: Session,
    *,
    actor: Viewer | None,
    kind: PartyKind,
    grid_path: str,
    at: datetime,
    public_name: str = "",
    credit_code: str = "",
    household_id: int | None = None,
    is_party_member: bool = False,
    values: dict[PersonalField, str] | None = None,
    address: str = "",
) -> Party:
    """Enter a party with its personal data; raise InputError naming the field that is wrong."""
    if kind not in REGISTERED:
        raise InputError("A team is made with its micro-grid", field="kind")
    party = Party(kind=kind, grid_path=grid_path, created_at=at, is_party_member=is_party_member)
    _fill(session, party, public_name, credit_code, household_id)
    _require_name(party, (values or {}).get(PersonalField.NAME, ""))
    with _code_of_its_own(session):
        session.add(party)
    session.add(PartyMove(party_id=party.id, grid_path=grid_path, at=at, by=_id(actor)))
    personal.set_personal(session, party=party, values=values or {}, at=at)
    _note(session, actor, "register:party:create", party, at, address, kind=kind.value)
    return party


def change_party(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    at: datetime,
    public_name: str = "",
    credit_code: str = "",
    household_id: int | None = None,
    is_party_member: bool = False,
    values: dict[PersonalField, str] | None = None,
    version: int | None = None,
    address: str = "",
) -> None:
    """Correct a party; personal fields not given stay as they are, those given empty are removed.

    Raises ChangedMeanwhile when the party is no longer what the form was made from.
    """
    given = values or {}
    with _code_of_its_own(session):
        versions.take(session, party, version)
        _require_standing(party)
        before = party.household_id
        _fill(session, party, public_name, credit_code, household_id)
        if before is not None and party.household_id != before:
            by = actor.account_id
            session.add(FormerHome(party_id=party.id, household_id=before, until=at, by=by))
        party.is_party_member = is_party_member
        if party.kind in BUSINESS or PersonalField.NAME in given:
            _require_name(party, given.get(PersonalField.NAME, ""))
    changed = personal.set_personal(session, party=party, values=given, at=at)
    session.flush()
    fields = [field.value for field in changed]
    gone = {"removed": removed} if (removed := [f.value for f in changed if not given[f]]) else {}
    _note(session, actor, "register:party:change", party, at, address, fields=fields, **gone)


def move(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    grid_path: str,
    at: datetime,
    version: int | None = None,
    address: str = "",
) -> None:
    """Record that the party now lives or trades in another grid."""
    versions.take(session, party, version)
    _require_standing(party)
    if party.grid_path == grid_path:
        raise DomainError("The party is in this grid already.")
    before = party.grid_path
    party.grid_path = grid_path
    session.add(PartyMove(party_id=party.id, grid_path=grid_path, at=at, by=_id(actor)))
    session.flush()
    _note(session, actor, "register:party:move", party, at, address, before=before)


def leave(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    at: datetime,
    version: int | None = None,
    address: str = "",
) -> None:
    """Record that the party has gone; it stays in the register's past."""
    versions.take(session, party, version)
    _require_standing(party)
    party.left_at = at
    session.flush()
    _note(session, actor, "register:party:leave", party, at, address)


def return_home(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    at: datetime,
    version: int | None = None,
    address: str = "",
) -> None:
    """Record that a party that had gone is here again."""
    versions.take(session, party, version)
    if party.left_at is None or party.erased_at is not None:
        raise DomainError("The party has not gone, or was erased.")
    party.left_at = None
    session.flush()
    _note(session, actor, "register:party:return", party, at, address)


def _fill(
    session: Session,
    party: Party,
    public_name: str,
    credit_code: str,
    household_id: int | None,
) -> None:
    party.public_name = " ".join(public_name.split()) if party.kind in BUSINESS else ""
    if len(party.public_name) > NAME_MAX:
        raise InputError("At most %(count)s characters.", field="public_name", count=NAME_MAX)
    party.credit_code = None
    if credit_code.strip() and party.kind in BUSINESS:
        code = numbers.credit_code(credit_code)
        with session.no_autoflush:
            other = session.scalar(
                select(Party.id).where(Party.credit_code == code, Party.id != (party.id or 0))
            )
        if other is not None:
            raise _taken()
        party.credit_code = code
    party.household_id = household_id if party.kind is PartyKind.PERSON else None


@contextmanager
def _code_of_its_own(session: Session) -> Iterator[None]:
    """Write what is done inside; of two who enter one credit code at once the later is refused."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        if "credit_code" not in str(error.orig):
            raise
        raise _taken() from None


def _taken() -> InputError:
    return InputError("Another party has this credit code.", field="credit_code")


def _require_name(party: Party, name: str) -> None:
    if party.kind in BUSINESS and not party.public_name:
        raise InputError("A name is needed.", field="public_name")
    if party.kind not in BUSINESS and not name.strip():
        raise InputError("A name is needed.", field="name")


def _require_standing(party: Party) -> None:
    if party.erased_at is not None:
        raise DomainError("This party's personal data was erased already.")
    if party.left_at is not None:
        raise DomainError("The party has gone; record its return first.")


def _id(actor: Viewer | None) -> int | None:
    return actor.account_id if actor else None


def _note(  # noqa: PLR0917 — private, called just above
    session: Session,
    actor: Viewer | None,
    action: str,
    party: Party,
    at: datetime,
    address: str,
    /,
    **details: Any,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="party",
        object_id=party.id,
        grid_path=party.grid_path,
        address=address,
        **details,
    )
