"""Looking up parties within the viewer's scope; names come masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import aliased

from intranet import search
from intranet.access import Permission, Viewer, scope_condition
from intranet.audit import AuditEntry
from intranet.db import db, within
from intranet.i18n import _
from intranet.register.models import (
    REGISTERED,
    Party,
    PartyKind,
    PartyMove,
    PartyWord,
    PersonalDatum,
    PersonalField,
)
from intranet.register.operations.numbers import building_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session
    from sqlalchemy.sql import Select

PAGE = 50
COUNT_MAX = 1000
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the register."""

    id: int
    kind: PartyKind
    grid_path: str
    name: str  # masked, or a business's public name
    phone: str  # masked
    address: str  # masked
    is_party_member: bool
    gone: bool

    @property
    def marks(self) -> str:
        """What tells two of the same masked name apart: masked phone and address, and a number."""
        number = _("No. %(number)s in the register", number=self.id)
        return " · ".join(mark for mark in (self.phone, self.address, number) if mark.strip("*"))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the register, in order of entry, and after which id the next begins."""

    parties: Sequence[Listed]
    after: int | None
    counts: dict[PartyKind, int]  # each at most COUNT_MAX, which the page shows as "1000+"


def party_ids_matching(text: str) -> Any:
    """Return a SELECT of the parties that carry every word of the text.

    Finds one- and two-character Chinese words, pinyin initials, a phone's last four digits and a
    credit code. A text of signs only matches nobody.
    """
    wanted = sorted(search.wanted(text))
    if not wanted:
        return select(PartyWord.party_id).where(false())
    found = select(PartyWord.party_id).where(_means(wanted[0]))
    for word in wanted[1:]:
        also = aliased(PartyWord)
        found = found.where(PartyWord.party_id.in_(select(also.party_id).where(_means(word, also))))
    return found


def _means(word: str, table: Any = PartyWord) -> Any:
    """Read a Latin word as initials too, and four digits as a phone's last."""
    if not word.isascii():
        return table.word == word
    readings = [word, f"~{word}"] if word.isalpha() else [word]
    if len(word) == 4 and word.isdecimal():
        readings.append(f"#{word}")
    return table.word.in_(readings)


def masked_names(
    session: Session, viewer: Viewer | None, party_ids: Iterable[int]
) -> dict[int, str]:
    """Return how each party may be named to anybody: one query.

    The caller holds ids from rows the viewer may see; a masked name is the same for everybody.
    """
    del viewer
    wanted = list(party_ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(Party.id, Party.public_name, Party.erased_at, PersonalDatum.masked)
        .outerjoin(PersonalDatum, _datum(PersonalField.NAME))
        .where(Party.id.in_(wanted))
    )
    return {row[0]: row[1] or row[3] or _nameless(row[2]) for row in rows}


def buildings(session: Session, party_ids: Collection[int]) -> dict[int, str]:
    """Return in which building or street each party is, never the door: one query.

    The caller holds ids from rows the viewer may see. A business's address is as public as its
    name, yet no more of it is told here.
    """
    rows = session.execute(
        select(PersonalDatum.party_id, PersonalDatum.value).where(
            PersonalDatum.party_id.in_(party_ids), PersonalDatum.field == PersonalField.ADDRESS
        )
    )
    return {party_id: building_of(value) for party_id, value in rows}


def _nameless(erased_at: datetime | None) -> str:
    return _("(erased)") if erased_at else "—"


def _datum(field: PersonalField, table: Any = PersonalDatum) -> Any:
    return (table.party_id == Party.id) & (table.field == field)


def in_scope(viewer: Viewer | None, *, teams: bool = False) -> Any:
    """Return the condition "the party lies where the viewer may see the register".

    Teams are none of the register; ``teams`` lets them in where anybody is sought that has points.
    """
    here = scope_condition(Party.grid_path, viewer, Permission.REGISTER_PARTY_VIEW)
    return here if teams else and_(here, Party.kind != PartyKind.TEAM)


def party_or_404(session: Session, viewer: Viewer, party_id: int) -> Party:
    """Return a party in the viewer's scope."""
    found = session.scalar(select(Party).where(Party.id == min(party_id, ID_MAX), in_scope(viewer)))
    return found or abort(404)


def page(
    session: Session,
    viewer: Viewer,
    *,
    text: str = "",
    kind: PartyKind | None = None,
    grid_path: str = "",
    gone: bool = False,
    after: int = 0,
    teams: bool = False,
) -> Page:
    """Return one page of the register: two queries, whatever its size."""
    after = min(max(after, 0), ID_MAX)  # a number no row can have is none the database can take
    matching = _matching(viewer, text, grid_path, gone=gone, teams=teams)
    counts = _counts(session, matching, list(PartyKind) if teams else REGISTERED)
    if kind is not None:
        matching = matching.where(Party.kind == kind)
    rows = session.execute(_lines().where(Party.id.in_(matching), Party.id > after).limit(PAGE + 1))
    parties = [_listed(row) for row in rows]
    more = len(parties) > PAGE
    return Page(parties[:PAGE], parties[PAGE - 1].id if more else None, counts)


def offered(
    session: Session, viewer: Viewer, text: str, *, limit: int, teams: bool = False
) -> tuple[Sequence[Listed], int]:
    """Return whom a search offers for a choice, and how many more there are (COUNT_MAX a kind)."""
    if not text:
        return [], 0
    found = page(session, viewer, text=text, teams=teams)
    some = found.parties[:limit]
    return some, sum(found.counts.values()) - len(some)


def _matching(
    viewer: Viewer, text: str, grid_path: str, *, gone: bool, teams: bool = False
) -> Select[Any]:
    """Return the ids of one filter, which the list, its counts and the export share."""
    matching = select(Party.id).where(in_scope(viewer, teams=teams))
    if text:
        matching = matching.where(Party.id.in_(party_ids_matching(text)))
    if grid_path:
        matching = matching.where(within(Party.grid_path, grid_path))
    return matching.where(Party.left_at.is_not(None) if gone else Party.left_at.is_(None))


def _counts(
    session: Session, matching: Select[Any], kinds: Collection[PartyKind]
) -> dict[PartyKind, int]:
    """Count each kind up to COUNT_MAX: an exact count of a city would be the slowest query."""
    parts = []
    for kind in kinds:
        some = matching.where(Party.kind == kind).limit(COUNT_MAX).subquery()
        parts.append(select(func.count()).select_from(some).scalar_subquery())
    row = session.execute(select(*parts)).one()
    return dict(zip(kinds, row, strict=True))


def _lines() -> Any:
    phone, address = aliased(PersonalDatum), aliased(PersonalDatum)
    return (
        select(
            Party.id,
            Party.kind,
            Party.grid_path,
            Party.public_name,
            PersonalDatum.masked,
            phone.masked,
            address.masked,
            Party.is_party_member,
            Party.left_at,
            Party.erased_at,
        )
        .outerjoin(PersonalDatum, _datum(PersonalField.NAME))
        .outerjoin(phone, _datum(PersonalField.PHONE, phone))
        .outerjoin(address, _datum(PersonalField.ADDRESS, address))
        .order_by(Party.id)
    )


def _listed(row: Any) -> Listed:
    name = row[3] or row[4] or _nameless(row[9])
    return Listed(
        row[0], row[1], row[2], name, row[5] or "", row[6] or "", row[7], row[8] is not None
    )


def lines(
    session: Session, viewer: Viewer, party_ids: Collection[int], *, teams: bool = False
) -> Sequence[Listed]:
    """Return the lines of given parties, those out of scope left out."""
    if not party_ids:
        return []
    found = _lines().where(Party.id.in_(party_ids), in_scope(viewer, teams=teams))
    return [_listed(row) for row in session.execute(found)]


def everything(
    session: Session,
    viewer: Viewer,
    *,
    text: str,
    kind: PartyKind | None,
    grid_path: str,
    gone: bool,
    rows_max: int,
) -> Sequence[Listed]:
    """Return what an export holds: what the list shows under this filter, at most ``rows_max``."""
    matching = _matching(viewer, text, grid_path, gone=gone)
    if kind is not None:
        matching = matching.where(Party.kind == kind)
    found = _lines().where(Party.id.in_(matching)).limit(rows_max)
    return [_listed(row) for row in session.execute(found)]


def personal_fields(session: Session, party: Party) -> dict[PersonalField, str]:
    """Return the masked value of each field the party has."""
    rows = session.execute(
        select(PersonalDatum.field, PersonalDatum.masked).where(PersonalDatum.party_id == party.id)
    )
    return {row[0]: row[1] for row in rows}


def members(session: Session, viewer: Viewer, household: Party) -> Sequence[Listed]:
    """Return who belongs to a household."""
    found = _lines().where(
        Party.household_id == household.id, Party.left_at.is_(None), in_scope(viewer)
    )
    return [_listed(row) for row in session.execute(found.limit(PAGE))]


def moves(session: Session, party: Party) -> Sequence[PartyMove]:
    """Return the party's places, newest first."""
    return session.scalars(
        select(PartyMove)
        .where(PartyMove.party_id == party.id)
        .order_by(PartyMove.at.desc(), PartyMove.id.desc())
        .limit(PAGE)
    ).all()


def trail(session: Session, party: Party) -> Sequence[AuditEntry]:
    """Return what was done with the party and who looked at what, newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.object_kind == "party", AuditEntry.object_id == str(party.id))
        .order_by(AuditEntry.id.desc())
        .limit(PAGE)
    ).all()


def look_alikes(
    session: Session, viewer: Viewer, *, name: str, phone: str, besides: int = 0
) -> Sequence[Listed]:
    """Return parties in scope with the same phone, or the same name: offered before saving."""
    same = []
    if phone:
        same.append((PersonalDatum.field == PersonalField.PHONE) & (PersonalDatum.value == phone))
    if name:
        same.append((PersonalDatum.field == PersonalField.NAME) & (PersonalDatum.value == name))
    if not same:
        return []
    ids = session.scalars(
        select(Party.id)
        .join(PersonalDatum, PersonalDatum.party_id == Party.id)
        .where(or_(*same), in_scope(viewer), Party.id != besides)
        .distinct()
        .limit(5)
    ).all()
    return lines(session, viewer, ids)


def households_in(viewer: Viewer, grid_path: str) -> Sequence[tuple[int, str]]:
    """Return (id, masked name and marks) of one grid's households, for a select; at most 500."""
    rows = db.session.execute(
        _lines()
        .where(
            Party.kind == PartyKind.HOUSEHOLD,
            Party.grid_path == grid_path,
            Party.left_at.is_(None),
            in_scope(viewer),
        )
        .limit(500)
    )
    return [(line.id, f"{line.name} {line.marks}") for line in map(_listed, rows)]
