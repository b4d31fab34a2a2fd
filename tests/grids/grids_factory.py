"""People to put into teams."""

from __future__ import annotations

from datetime import date

from factories import AT, create_account, create_town, viewer_of

from intranet.db import db
from intranet.grids import operations
from intranet.grids.models import PostKind
from intranet.register.models import Party, PartyKind

START = date(2024, 3, 1)
LATER = date(2024, 6, 3)  # pages ask the real clock: any day that is past


def create_party(grid, kind=PartyKind.PERSON, **fields):
    """Insert a party without personal data; names come from the register's own factory."""
    party = Party(kind=kind, grid_path=grid.path, created_at=AT, **fields)
    db.session.add(party)
    db.session.commit()
    return party


def secretary_of(town):
    """Return the viewer of a secretary of the community."""
    account = create_account("secretary", town.community.path)
    return viewer_of(account, ("secretary", town.community.path))


def begin(actor, grid, party, kind=PostKind.RESIDENT, *, starts_on=START, at=AT, **more):
    """Begin a post and commit."""
    post = operations.begin_post(
        db.session(),
        actor=actor,
        at=at,
        grid=grid,
        kind=kind,
        party=party,
        starts_on=starts_on,
        **more,
    )
    db.session.commit()
    return post


__all__ = ["LATER", "begin", "create_named", "create_party", "create_town", "secretary_of"]


def create_named(grid, name, phone="", **fields):
    """Insert a person with a name and perhaps a phone, found and masked as the register does."""
    from intranet.register import operations as register
    from intranet.register.models import PersonalField

    values = {PersonalField.NAME: name, **({PersonalField.PHONE: phone} if phone else {})}
    party = register.create_party(
        db.session(),
        actor=None,
        kind=PartyKind.PERSON,
        grid_path=grid.path,
        at=AT,
        values=values,
        **fields,
    )
    db.session.commit()
    return party
