"""Parties of a grid that closes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.register.models import Party, PartyKind, PartyMove


def note_handing_over(
    session: Session, *, actor: Viewer | None, from_path: str, to_path: str, at: datetime
) -> None:
    """Write into each party's history of places that it belongs to another grid from now on.

    The caller moves the rows themselves, of this table and all others. A team does not go over: it
    is its grid's, and stays there.
    """
    by = actor.account_id if actor else None
    columns = (PartyMove.party_id, PartyMove.grid_path, PartyMove.at, PartyMove.by)
    types = [column.type for column in columns]
    moves = select(
        Party.id,
        literal(to_path, types[1]),
        literal(at, types[2]),
        literal(by, types[3]),
    ).where(Party.grid_path == from_path, Party.kind != PartyKind.TEAM)
    session.execute(insert(PartyMove).from_select([column.key for column in columns], moves))
