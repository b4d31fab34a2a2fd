"""Who may have been filed twice: of one phone, or of one name in one micro-grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, or_, select

from intranet import sealing
from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import Seeker, SeekerContact, SeekerMerge, Wish
from intranet.jobs.operations import UNDO_WITHIN, filed_since
from intranet.people.models import Account
from intranet.register.models import PersonalField

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

MATCH = Permission.JOBS_WISH_MATCH
LOOKED_AT_MAX = 1000  # contacts that are opened for a page at most
NO_NAME = "某"  # what the touch screen keeps in place of a name says nothing


@dataclass(frozen=True, slots=True)
class Twin:
    """Another seeker who may be the same person, and why."""

    seeker_id: int
    same_phone: bool
    same_name: bool  # in the same micro-grid


class _Contact(NamedTuple):
    seeker_id: int
    field: PersonalField
    masked: str
    value: str  # sealed
    grid_path: str


def twins(session: Session, viewer: Viewer, seeker_ids: Sequence[int]) -> dict[int, list[Twin]]:
    """Return for each seeker who else may be the same, of the viewer's grids; two queries.

    By what is shown masked first, which an index finds; then the few that agree are opened. Names
    count in one micro-grid only. At most LOOKED_AT_MAX contacts are looked at.
    """
    stands = and_(Seeker.erased_at.is_(None), Seeker.merged_into_id.is_(None))
    columns = (SeekerContact.seeker_id, SeekerContact.field, SeekerContact.masked)
    asked = (
        select(*columns, SeekerContact.value, Seeker.grid_path)
        .join(Seeker, Seeker.id == SeekerContact.seeker_id)
        .where(stands)
    )
    own = _read(session, asked.where(SeekerContact.seeker_id.in_(seeker_ids)))
    phones = {one.masked for one in own if one.field is PersonalField.PHONE}
    names = {one.masked for one in own if one.field is PersonalField.NAME}
    field = SeekerContact.field
    like = or_(
        and_(field == PersonalField.PHONE, SeekerContact.masked.in_(phones)),
        and_(
            field == PersonalField.NAME,
            SeekerContact.masked.in_(names),
            Seeker.grid_path.in_({one.grid_path for one in own}),
        ),
    )
    seen = asked.where(like, scope_condition(Seeker.grid_path, viewer, MATCH))
    others = _read(session, seen.order_by(SeekerContact.id.desc()).limit(LOOKED_AT_MAX))
    return _agreeing(own, others)


def _read(session: Session, asked: object) -> list[_Contact]:
    return [_Contact(*row) for row in session.execute(asked)]  # type: ignore[call-overload]


def _agreeing(own: Iterable[_Contact], others: Iterable[_Contact]) -> dict[int, list[Twin]]:
    by_mask: dict[tuple[PersonalField, str], list[_Contact]] = {}
    for one in others:
        by_mask.setdefault((one.field, one.masked), []).append(one)
    opened: dict[tuple[int, PersonalField], str] = {}
    found: dict[int, dict[int, set[PersonalField]]] = {}
    for one in own:
        for other in by_mask.get((one.field, one.masked), ()):
            if other.seeker_id == one.seeker_id or not _agree(one, other, opened):
                continue
            found.setdefault(one.seeker_id, {}).setdefault(other.seeker_id, set()).add(one.field)
    return {
        seeker: [
            Twin(other, PersonalField.PHONE in fields, PersonalField.NAME in fields)
            for other, fields in sorted(agreeing.items())
        ]
        for seeker, agreeing in found.items()
    }


def _agree(one: _Contact, other: _Contact, opened: dict[tuple[int, PersonalField], str]) -> bool:
    if one.field is PersonalField.NAME and one.grid_path != other.grid_path:
        return False
    for each in (one, other):
        if (each.seeker_id, each.field) not in opened:
            opened[each.seeker_id, each.field] = sealing.unseal(each.value)
    first, second = opened[one.seeker_id, one.field], opened[other.seeker_id, other.field]
    is_name = one.field is not PersonalField.NAME or not first.endswith(NO_NAME)
    return first == second and is_name


class Merged(NamedTuple):
    """Whoever was joined to a seeker."""

    merge: SeekerMerge
    by: str
    is_fresh: bool  # it can be taken back
    since: list[Wish]  # filed since then, of whom a person says whose they are


def merges_of(session: Session, seeker_id: int, *, now: datetime) -> list[Merged]:
    """Return who was joined to a seeker: by whom, and whether it can still be taken back."""
    rows = session.execute(
        select(SeekerMerge, Account.display_name)
        .join(Account, Account.id == SeekerMerge.by)
        .where(SeekerMerge.into_id == seeker_id, SeekerMerge.undone_at.is_(None))
        .order_by(SeekerMerge.id.desc())
    )
    found = [(row[0], row[1], now - row[0].at <= UNDO_WITHIN) for row in rows]
    return [Merged(*one, filed_since(session, one[0]) if one[2] else []) for one in found]
