"""The whole ledger gone through at one moment, and the heads of it that were made public."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.people.models import Account
from intranet.points.models import Anchor, AnchorRoot, Entry, Period, PeriodState, Verification
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.operations.closing import Root
from intranet.points.operations.soundness import FIRST, Found
from intranet.points.queries.attested import at_one_moment
from intranet.points.queries.ledger import head_of_chain
from intranet.points.queries.reading import read
from intranet.points.queries.verifying import Broken, verify

SHOWN_MAX = 60
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Head:
    """A head that was made public: where, by whom, and the roots that stood beside it."""

    anchor: Anchor
    by: str
    roots: Sequence[AnchorRoot]


@dataclass(slots=True)
class _Year:
    """The leaves of a year's tree, with the number of each entry."""

    period: Period
    numbers: list[int]
    leaves: list[bytes]

    def root(self, last: int | None = None) -> Root:
        size = len(self.leaves) if last is None else bisect_right(self.numbers, last)
        return Root(self.period.year, size, tree(self.leaves[:size])[0].hex())


def look(session: Session) -> Found:
    """Go through the whole ledger as it stands at one moment; the session has to be fresh.

    The roots are those of the years that are open, and of the one closed last.
    """
    at_one_moment(session)
    number, digest = head_of_chain(session)
    count, first = 0, list[str]()
    years = _years(session)
    for one in (*verify(session), *_other_roots(session, years)):
        count += 1
        first += [_said(one)] if count <= FIRST else []
    roots = [one.root() for one in years if one.leaves]
    return Found(number, digest, count, first, roots)


def latest(session: Session) -> tuple[Verification | None, Verification | None]:
    """Return the verification that is asked for or goes on, and the newest finished one."""
    newest = select(Verification).order_by(Verification.id.desc()).limit(1)
    newest = newest.execution_options(populate_existing=True)
    return (
        session.scalar(newest.where(Verification.finished_at.is_(None))),
        session.scalar(newest.where(Verification.finished_at.is_not(None))),
    )


def first_faults(one: Verification) -> list[str]:
    """Return the first places at which the ledger was found not to hold."""
    found: list[str] = json.loads(one.first_faults)
    return found


def heads(session: Session, *, limit: int = SHOWN_MAX) -> list[Head]:
    """Return the heads that were made public, the newest first."""
    rows = session.execute(
        select(Anchor, Account.display_name)
        .outerjoin(Account, Account.id == Anchor.by)
        .order_by(Anchor.id.desc())
        .limit(limit)
    ).all()
    return _with_roots(session, [(row[0], row[1] or "") for row in rows])


def head_or_404(session: Session, number: int) -> Head:
    """Return a head that was made public."""
    row = session.execute(
        select(Anchor, Account.display_name)
        .outerjoin(Account, Account.id == Anchor.by)
        .where(Anchor.id == min(number, ID_MAX))
    ).one_or_none()
    return _with_roots(session, [(row[0], row[1] or "")])[0] if row else abort(404)


def root_of_anchor(session: Session, anchor: Anchor, year: int) -> AnchorRoot | None:
    """Return the root over a year that was printed beside a head."""
    return session.scalar(
        select(AnchorRoot).where(AnchorRoot.anchor_id == anchor.id, AnchorRoot.year == year)
    )


def _with_roots(session: Session, found: Sequence[tuple[Anchor, str]]) -> list[Head]:
    rows = session.scalars(
        select(AnchorRoot)
        .where(AnchorRoot.anchor_id.in_([anchor.id for anchor, _by in found]))
        .order_by(AnchorRoot.year)
    ).all()
    return [
        Head(anchor, by, [one for one in rows if one.anchor_id == anchor.id])
        for anchor, by in found
    ]


def _years(session: Session) -> list[_Year]:
    """Read the leaves of the years that are open and of the one closed last, in one go."""
    periods = session.scalars(select(Period).order_by(Period.year)).all()
    closed = [one for one in periods if one.state is PeriodState.CLOSED][-1:]
    wanted = [*closed, *(one for one in periods if one.state is PeriodState.OPEN)]
    found = {one.id: _Year(one, [], []) for one in wanted}
    for number, period_id, *_counts, _hash, words in read(session):
        if period_id in found:
            found[period_id].numbers.append(number)
            found[period_id].leaves.append(leaf_hash(words.encode()))
    return list(found.values())


def _other_roots(session: Session, years: Sequence[_Year]) -> Iterator[Broken]:
    """Yield the roots that were made public last and are not those of the entries."""
    for one in years:
        printed = session.execute(
            select(AnchorRoot, Anchor)
            .join(Anchor, Anchor.id == AnchorRoot.anchor_id)
            .where(AnchorRoot.year == one.period.year)
            .order_by(Anchor.id.desc())
            .limit(1)
        ).one_or_none()
        if printed is None:
            continue
        was, anchor = printed
        now = one.root(anchor.entry_id)
        if (now.size, now.root) != (was.size, was.root):
            year = one.period.year
            yield Broken(
                anchor.entry_id, f"the root of {year} is not what was made public ({anchor.place})"
            )


def _said(one: Broken) -> str:
    return f"entry {one.entry_id}: {one.what}" if one.entry_id else one.what


def last_entry(session: Session) -> int:
    """Return the number of the newest entry, 0 where there is none."""
    return session.scalar(select(Entry.id).order_by(Entry.id.desc()).limit(1)) or 0
