"""Entries for the walk of every route, and what tests of the ledger's pages stand on."""

from __future__ import annotations

import itertools

from factories import AT, DAY, create_account
from sqlalchemy import select

from intranet.db import db
from intranet.people.models import Account
from intranet.points import operations
from intranet.points.models import (
    Correction,
    CorrectionReason,
    Dimension,
    EntryKind,
    Phase,
)
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party

_keys = itertools.count(1)


def give(party_id, amount, *, dimension=Dimension.PARTICIPATION, phase=Phase.POSTED, **more):
    """Give a party points, with nobody in particular having entered it."""
    session, year = db.session(), more.pop("year", 2026)
    somebody = session.scalar(select(Account.id).order_by(Account.id).limit(1))
    if somebody is None:
        somebody = create_account("office", session.get_one(Party, party_id).grid_path).id
    operations.open_period(session, year=year)
    issued = operations.issued_account(session, year=year, dimension=dimension)
    account = operations.party_account(session, party_id=party_id, year=year)
    draft = Draft(
        key=f"given:{next(_keys)}",
        kind=EntryKind.GRANT,
        legs=[Leg(issued, account, amount, phase)],
        effective_on=more.pop("day", DAY.replace(year=year)),
        **{"rule": ("cleanup", 1), "approver_id": somebody, **more},
    )
    return operations.post(session, draft, at=AT)


def furnish_entry(party, account):
    """Enter one thing for the walk of every route, and something else that is to be corrected."""
    entry, wrong = give(party.id, 5), give(party.id, 6)
    asked = Correction(
        entry_id=wrong.id,
        reason=CorrectionReason.TWICE,
        words="登记了两次",
        asked_by=account.id,
        asked_at=AT,
        answer="",
    )
    db.session.add(asked)
    db.session.commit()
    return {"entry_id": entry.id, "correction_id": asked.id}
