"""Whom the viewer may put into a team."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.errors import InputError
from intranet.grids.models import Grid, Post
from intranet.register import queries as register
from intranet.register.models import Party, PartyKind

CANDIDATES_MAX = 12
MORE_MAX = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person as the choice shows them."""

    party_id: int
    name: str  # masked
    grid_name: str
    is_party_member: bool
    marks: str  # what tells two of one masked name apart


def candidates(
    session: Session, viewer: Viewer, grid: Grid, text: str, chosen: int | None = None
) -> tuple[list[Candidate], int]:
    """Return up to CANDIDATES_MAX persons who match a name, initials or a phone's last four.

    And how many more do, up to MORE_MAX.

    Without a text: those who live in the grid itself. Members of the team now are left out; one
    already chosen comes first.
    """
    serving = select(Post.party_id).where(Post.grid_path == grid.path, Post.ends_on.is_(None))
    wanted = _living(viewer).where(Party.id.not_in(serving))
    if text:
        wanted = wanted.where(Party.id.in_(register.party_ids_matching(text)))
    else:
        wanted = wanted.where(Party.grid_path == grid.path)
    order = ((Party.id == chosen).desc(), Party.is_party_member.desc(), Party.id)
    rows = session.execute(wanted.order_by(*order).limit(CANDIDATES_MAX + MORE_MAX)).all()
    shown = rows[:CANDIDATES_MAX]
    known = {one.id: one for one in register.lines(session, viewer, {row.id for row in shown})}
    found = [
        Candidate(row.id, known[row.id].name, row.name, row.is_party_member, known[row.id].marks)
        for row in shown
        if row.id in known
    ]
    return found, len(rows) - len(shown)


def appointable(session: Session, viewer: Viewer, party_id: int | None) -> Party:
    """Return a person the viewer may appoint.

    Raises InputError for anybody else: whether they exist is not the viewer's to learn.
    """
    reachable = scope_condition(Party.grid_path, viewer, Permission.GRIDS_ROSTER_EDIT)
    party = session.scalars(select(Party).where(Party.id == party_id, reachable)).one_or_none()
    if party is None:
        raise InputError("Choose a person", "party")
    return party


def _living(viewer: Viewer) -> Select[int, str, bool]:
    return (
        select(Party.id, Grid.name, Party.is_party_member)
        .join(Grid, Grid.path == Party.grid_path)
        .where(
            Party.kind == PartyKind.PERSON,
            Party.left_at.is_(None),
            Party.erased_at.is_(None),
            scope_condition(Party.grid_path, viewer, Permission.GRIDS_ROSTER_EDIT),
        )
    )
