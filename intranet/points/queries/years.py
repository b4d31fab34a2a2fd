"""Years' ends in the viewer's scope, what is published, the honour board, and who may be named."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.grids.queries import community_path
from intranet.people.models import Account
from intranet.points.models import (
    AccountKind,
    Anchor,
    Award,
    Consent,
    Goods,
    Honour,
    LedgerAccount,
    Measure,
    Period,
    Settlement,
    SettlementState,
    YearObjection,
)
from intranet.points.operations.outlook import (
    Check,
    changed_since,
    outlook,
    publishing_checks,
)
from intranet.points.operations.settling import STATE_OF_ACT, deed_checks
from intranet.points.operations.standings import (
    MEASURES,
    Earned,
    Standing,
    earned,
    from_rows,
    ranked,
)
from intranet.register.models import Party, PartyKind, PersonalDatum, PersonalField
from intranet.register.queries import masked_names

ID_MAX = 2**31 - 1
YEARS_MAX = 100
OUT = (SettlementState.PUBLICITY, SettlementState.FINAL, SettlementState.CLOSED)
SIGNED = (SettlementState.FINAL, SettlementState.CLOSED)


@dataclass(frozen=True, slots=True)
class Given:
    """An award, the line of the plan it goes by, and what went with it."""

    award: Award
    honour: Honour
    settlement: Settlement
    party: Party
    goods: Goods | None


@dataclass(frozen=True, slots=True)
class Said:
    """An objection, and who made it."""

    objection: YearObjection
    by: str


def years_in_scope(session: Session, viewer: Viewer) -> Sequence[Settlement]:
    """Return the years' ends the viewer settles, the newest first."""
    return session.scalars(
        select(Settlement)
        .where(_settled(viewer))
        .order_by(Settlement.year.desc(), Settlement.grid_path)
        .limit(YEARS_MAX)
    ).all()


def known_years(session: Session) -> Sequence[Period]:
    """Return the years of the ledger, the newest first."""
    return session.scalars(select(Period).order_by(Period.year.desc())).all()


def settlement_or_404(session: Session, viewer: Viewer, number: int) -> Settlement:
    """Return a year's end that the viewer settles."""
    wanted = select(Settlement).where(Settlement.id == min(number, ID_MAX), _settled(viewer))
    return session.scalar(wanted) or abort(404)


def published_or_404(session: Session, viewer: Viewer, number: int) -> Settlement:
    """Return a year's end that hangs out in a community of the viewer's."""
    wanted = select(Settlement).where(
        Settlement.id == min(number, ID_MAX), Settlement.state.in_(OUT), _of_home(viewer, session)
    )
    return session.scalar(wanted) or abort(404)


def published(session: Session, viewer: Viewer) -> Sequence[Settlement]:
    """Return what hangs out in the viewer's communities, the newest first."""
    return session.scalars(
        select(Settlement)
        .where(Settlement.state.in_(OUT), _of_home(viewer, session))
        .order_by(Settlement.year.desc(), Settlement.grid_path)
        .limit(YEARS_MAX)
    ).all()


def _settled(viewer: Viewer) -> Any:
    return scope_condition(Settlement.grid_path, viewer, Permission.POINTS_YEAR_CLOSE)


def _of_home(viewer: Viewer, session: Session) -> Any:
    """Return the condition "of a community the viewer belongs to or works in"."""
    paths = [grant.path for grant in viewer.grants]
    paths += session.scalars(select(Party.grid_path).where(Party.id.in_(viewer.party_ids)))
    below = scope_condition(Settlement.grid_path, viewer, Permission.POINTS_BOARD_VIEW)
    return or_(Settlement.grid_path.in_({community_path(path) for path in paths}), below)


def standings(settlement: Settlement) -> list[Earned]:
    """Return what was earned, as it was published."""
    return from_rows(json.loads(settlement.snapshot)[3]) if settlement.snapshot else []


def changed(session: Session, settlement: Settlement) -> int:
    """Return of how many parties other points stand in the ledger by now than were signed."""
    return changed_since(settlement, earned(session, settlement.grid_path, settlement.year))


def honoured_ranks(settlement: Settlement, kind: PartyKind, measure: Measure) -> set[int]:
    """Return which ranks the published plan honours, of one kind by one measure."""
    plan = json.loads(settlement.snapshot)[4] if settlement.snapshot else []
    return {
        rank
        for of, by, first, last, *_rest in plan
        if (of, by) == (kind.value, measure.value)
        for rank in range(first, last + 1)
    }


def tables(parties: Sequence[Earned], kind: PartyKind) -> dict[Measure, list[Standing]]:
    """Return the standings of one kind by every measure."""
    return {one: ranked(parties, kind, one) for one in MEASURES[kind]}


def checks(session: Session, settlement: Settlement, *, at: datetime) -> list[Check]:
    """Return what stands in the way of the next step; nothing is written."""
    if settlement.state is SettlementState.DRAFT:
        seen = outlook(session, settlement)
        return publishing_checks(session, settlement, seen, at=at)
    for deed, state in STATE_OF_ACT.items():
        if settlement.state is state:
            return deed_checks(session, settlement, deed, at=at)
    return []


def parties_elsewhere(session: Session, viewer: Viewer, year: int) -> int:
    """Return how many parties of a year lie where the viewer closes no year: it is one ledger."""
    theirs = scope_condition(Party.grid_path, viewer, Permission.POINTS_YEAR_CLOSE)
    return (
        session.scalar(
            select(func.count(LedgerAccount.id))
            .join(Party, Party.id == LedgerAccount.party_id)
            .where(LedgerAccount.kind == AccountKind.PARTY, LedgerAccount.year == year, ~theirs)
        )
        or 0
    )


def objections(session: Session, settlement: Settlement) -> list[Said]:
    """Return what was said against the standings, what is not decided first."""
    rows = session.execute(
        select(YearObjection, Account.display_name)
        .join(Account, Account.id == YearObjection.made_by)
        .where(YearObjection.settlement_id == settlement.id)
        .order_by(YearObjection.decided_at.is_not(None), YearObjection.id)
        .limit(200)
    )
    return [Said(one, name) for one, name in rows]


def objection_or_404(session: Session, settlement: Settlement, number: int) -> YearObjection:
    """Return an objection to a year's end."""
    found = session.scalar(
        select(YearObjection).where(
            YearObjection.id == min(number, ID_MAX), YearObjection.settlement_id == settlement.id
        )
    )
    return found or abort(404)


def own_objections(
    session: Session, viewer: Viewer, settlement: Settlement
) -> Sequence[YearObjection]:
    """Return what the viewer has said against the standings."""
    return session.scalars(
        select(YearObjection)
        .where(
            YearObjection.settlement_id == settlement.id,
            YearObjection.made_by == viewer.account_id,
        )
        .order_by(YearObjection.id)
    ).all()


def honour_or_404(session: Session, settlement: Settlement, number: int) -> Honour:
    """Return a line of a plan."""
    found = session.scalar(
        select(Honour).where(
            Honour.id == min(number, ID_MAX), Honour.settlement_id == settlement.id
        )
    )
    return found or abort(404)


def given(session: Session, settlements: Collection[int]) -> list[Given]:
    """Return the awards of some years' ends, in the order of their numbers."""
    return _given(session, Award.settlement_id.in_(settlements))


def award_or_404(session: Session, viewer: Viewer, number: int) -> Given:
    """Return an award of a year's end the viewer settles, or of a party of the viewer's own."""
    whose = or_(_settled(viewer), Award.party_id.in_(viewer.own_ids))
    found = _given(session, and_(Award.id == min(number, ID_MAX), whose))
    return found[0] if found else abort(404)


def _given(session: Session, condition: Any) -> list[Given]:
    rows = session.execute(
        select(Award, Honour, Settlement, Party, Goods)
        .join(Honour, Honour.id == Award.honour_id)
        .join(Settlement, Settlement.id == Award.settlement_id)
        .join(Party, Party.id == Award.party_id)
        .outerjoin(Goods, Goods.id == Honour.goods_id)
        .where(condition)
        .order_by(Settlement.year.desc(), Settlement.id, Award.number)
    )
    return [Given(*row) for row in rows]


def shown_names(
    session: Session, viewer: Viewer, party_ids: Iterable[int], *, masked: bool
) -> dict[int, str]:
    """Return how parties may be named to the viewer: those without consent by number alone.

    A shop's, company's or team's name is public; a household's or person's stands here in clear
    where it has agreed to be named, and ``masked`` else, for those who settle the year.
    """
    wanted = set(party_ids)
    rows = session.execute(
        select(Party.id, Party.public_name, PersonalDatum.value)
        .outerjoin(Consent, and_(Consent.party_id == Party.id, Consent.taken_back_at.is_(None)))
        .outerjoin(
            PersonalDatum,
            and_(
                PersonalDatum.party_id == Party.id,
                PersonalDatum.field == PersonalField.NAME,
                Consent.id.is_not(None),
            ),
        )
        .where(Party.id.in_(wanted))
    ).all()
    hidden = [row[0] for row in rows if not (row[1] or row[2])]
    also = masked_names(session, viewer, hidden if masked else set(hidden) & set(viewer.party_ids))
    return {row[0]: row[1] or row[2] or also.get(row[0], "") for row in rows}


def consenting(session: Session, party_ids: Collection[int]) -> set[int]:
    """Return which of some parties have agreed to be named."""
    return set(
        session.scalars(
            select(Consent.party_id).where(
                Consent.party_id.in_(party_ids), Consent.taken_back_at.is_(None)
            )
        )
    )


def names_of_accounts(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of accounts."""
    wanted = {one for one in ids if one is not None}
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def period_of(session: Session, year: int) -> Period | None:
    """Return a year of the ledger."""
    return session.scalar(select(Period).where(Period.year == year))


def anchor_of(session: Session, period: Period) -> Anchor | None:
    """Return where the head of the chain at a year's close was made public."""
    return session.scalar(
        select(Anchor)
        .where(Anchor.entry_id == period.last_entry_id)
        .order_by(Anchor.id.desc())
        .limit(1)
    )
