"""Who earned what in a year, counted from what was issued; and who comes first by which measure.

Redeeming and expiry are not looked at: they lower nothing of what was earned. What was taken away
by a listed rule lowers the overall sum, not the three dimensions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from intranet.points.models import (
    AccountKind,
    Dimension,
    LedgerAccount,
    Measure,
    Phase,
    Transfer,
)
from intranet.points.operations.apart import heads_of
from intranet.points.operations.belonging import belonged_to
from intranet.register.models import Party, PartyKind

# Persons are ranked where the points are their own, not their household's.
KINDS = (
    *(PartyKind.HOUSEHOLD, PartyKind.SHOP, PartyKind.COMPANY, PartyKind.TEAM),
    PartyKind.PERSON,
)
OF_SEVERAL = frozenset({PartyKind.HOUSEHOLD, PartyKind.TEAM})  # ranked by the head as well
MEASURES = {
    kind: tuple(one for one in Measure if one is not Measure.PER_HEAD or kind in OF_SEVERAL)
    for kind in KINDS
}


@dataclass(frozen=True, slots=True)
class Earned:
    """What one party earned in a year, and the number of the last entry that changed it."""

    party_id: int
    kind: PartyKind
    participation: int
    contribution: int
    supervision: int
    deducted: int
    # At least one: of a household its members on the register, of a team who held a post that year.
    heads: int
    last_entry: int

    @property
    def overall(self) -> int:
        """All three dimensions, less what was taken away."""
        return self.participation + self.contribution + self.supervision - self.deducted

    def of(self, measure: Measure) -> Fraction:
        """Return what a measure counts."""
        if measure is Measure.PER_HEAD:
            return Fraction(self.overall, self.heads)
        return Fraction(getattr(self, measure.value))


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's place by one measure; those equal in everything share one."""

    rank: int
    earned: Earned


def ranked(parties: Iterable[Earned], kind: PartyKind, measure: Measure) -> list[Standing]:
    """Return the parties of a kind that have something of a measure, the first first.

    Ties are broken by the written rule of ``docs/points.md``: the higher overall sum, then
    supervision, then contribution, then whoever had it earlier, by the number of the last entry.
    Those equal in all of that share a rank, and the ranks behind them are left out.
    """
    found = [one for one in parties if one.kind is kind and one.of(measure) > 0]
    found.sort(key=lambda one: (*_key(one, measure), one.party_id))
    standings: list[Standing] = []
    for place, one in enumerate(found, start=1):
        before = standings[-1] if standings else None
        is_equal = before is not None and _key(before.earned, measure) == _key(one, measure)
        standings.append(Standing(before.rank if before and is_equal else place, one))
    return standings


def _key(one: Earned, measure: Measure) -> tuple[Fraction, int, int, int, int]:
    value = -one.of(measure)
    return (value, -one.overall, -one.supervision, -one.contribution, one.last_entry)


def earned(session: Session, community: str, year: int) -> list[Earned]:
    """Return what the parties of a community earned in a year, by party; seven queries.

    Of a community is whose year belongs there (``belonging.py``); who has left is left out.
    """
    points: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    last: dict[int, int] = {}
    for kind, sign in ((AccountKind.ISSUED, 1), (AccountKind.DEDUCTED, -1)):
        for to_party in (True, False):
            for row in session.execute(_flows(kind, community, year, to_party=to_party)):
                amount = int(row.amount) * (sign if to_party else -sign)
                points[row.party_id][row.dimension or "deducted"] += amount
                last[row.party_id] = max(last.get(row.party_id, 0), row.last_entry)
    parties = session.execute(select(Party.id, Party.kind).where(*_ranked(community, year))).all()
    heads = _heads(session, community, year)
    teams = [row.id for row in parties if row.kind is PartyKind.TEAM]
    heads |= heads_of(session, teams, year)
    return [
        Earned(
            party_id=party_id,
            kind=kind,
            participation=points[party_id][Dimension.PARTICIPATION],
            contribution=points[party_id][Dimension.CONTRIBUTION],
            supervision=points[party_id][Dimension.SUPERVISION],
            deducted=points[party_id]["deducted"],
            heads=max(1, heads.get(party_id, 0)),
            last_entry=last[party_id],
        )
        for party_id, kind in sorted((row.id, row.kind) for row in parties)
        if party_id in points
    ]


def _ranked(community: str, year: int) -> tuple[Any, ...]:
    """Whose year belongs to a community and who is still there: who left is ranked nowhere."""
    return belonged_to(community, year), Party.left_at.is_(None)


def _flows(kind: AccountKind, community: str, year: int, *, to_party: bool) -> Any:
    """Sum what went from a year's accounts of a kind to a community's parties, or came back."""
    theirs, other = aliased(LedgerAccount), aliased(LedgerAccount)
    gives, gets = (other, theirs) if to_party else (theirs, other)
    return (
        select(
            theirs.party_id,
            other.dimension,
            func.sum(Transfer.amount).label("amount"),
            func.max(Transfer.entry_id).label("last_entry"),
        )
        .join(gives, gives.id == Transfer.debit_id)
        .join(gets, gets.id == Transfer.credit_id)
        .where(
            other.kind == kind,
            other.year == year,
            theirs.kind == AccountKind.PARTY,
            theirs.party_id.in_(select(Party.id).where(*_ranked(community, year))),
            Transfer.phase.in_([Phase.POSTED, Phase.POST]),
        )
        .group_by(theirs.party_id, other.dimension)
    )


def _heads(session: Session, community: str, year: int) -> dict[int, int]:
    members = aliased(Party)
    rows = session.execute(
        select(members.household_id, func.count())
        .where(
            members.household_id.in_(select(Party.id).where(*_ranked(community, year))),
            members.left_at.is_(None),
        )
        .group_by(members.household_id)
    )
    return {household: count for household, count in rows if household is not None}


def as_rows(parties: Iterable[Earned]) -> list[list[Any]]:
    """Return what was earned as JSON-able rows, by party, for the snapshot."""
    return [
        [
            one.party_id,
            one.kind.value,
            one.participation,
            one.contribution,
            one.supervision,
            one.deducted,
            one.heads,
            one.last_entry,
        ]
        for one in sorted(parties, key=lambda one: one.party_id)
    ]


def from_rows(rows: Iterable[Sequence[Any]]) -> list[Earned]:
    """Return what a snapshot's rows say."""
    return [Earned(row[0], PartyKind(row[1]), *row[2:]) for row in rows]
