"""Claims as pages show them: one's own, those to approve, those in publicity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.db import within
from intranet.grids.models import Grid
from intranet.people.models import Account
from intranet.points.models import (
    Claim,
    ClaimPhoto,
    ClaimState,
    ClaimStep,
    ClaimVerb,
    Gathering,
    Rule,
    Sign,
)
from intranet.points.operations.apart import serves
from intranet.points.queries.deciders import home_ids, why_not_approve
from intranet.register.models import PUBLICLY_NAMED, Party, PartyKind
from intranet.register.queries import masked_names

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from sqlalchemy.sql import Select

PAGE = 50
LATELY = 10
COMMUNITY_DEPTH = 3
PUBLIC = (ClaimState.PUBLICITY, ClaimState.DISPUTED)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim of a list, with what its line says."""

    claim: Claim
    kind: PartyKind
    name: str  # a business's or team's, or a masked one; on the public list none but those
    grid: str
    is_own: bool
    is_inside: bool = True  # what was said is shown
    same: int = 0  # others of the same party, rule and day that count or may still
    photos: int = 0  # how many it brings, on the list of those to be decided
    why_not: str = ""  # why the viewer may not approve it, likewise


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """Some claims, and the id after which the next page begins."""

    rows: Sequence[ClaimRow]
    after: int | None


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What a list of claims is narrowed to; nothing where empty."""

    state: ClaimState | None = None
    code: str = ""
    grid_path: str = ""
    gathering: int | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """One claim with all that belongs to it; ``is_inside`` where it is more than public."""

    claim: Claim
    row: ClaimRow
    steps: Sequence[tuple[ClaimStep, str]]  # with the name of whoever did it
    photos: Sequence[ClaimPhoto]
    gathering: Gathering | None
    is_inside: bool
    has_objected: bool = False  # the viewer: nobody objects to the same twice

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.claim.grid_path

    @property
    def party_id(self) -> int:
        """Whose it is, for the policy."""
        return self.claim.party_id


def communities(viewer: Viewer) -> tuple[str, ...]:
    """Return the communities in which the viewer stands, or the greater places above."""
    found = {
        "".join(f"{part}." for part in grant.path.split(".")[:-1][:COMMUNITY_DEPTH])
        for grant in viewer.grants
    }
    return tuple(sorted(found))


def in_communities(column: Any, viewer: Viewer) -> Any:
    """Return the condition that a path lies in one of the viewer's communities."""
    places = communities(viewer)
    return or_(*(within(column, place) for place in places)) if places else false()


def claims(
    session: Session, viewer: Viewer, wanted: ClaimFilter, *, after: int | None = None
) -> ClaimPage:
    """Return claims the viewer may decide on or look after, the oldest undecided first."""
    chosen = _lines().where(
        scope_condition(Claim.grid_path, viewer, Permission.POINTS_CLAIM_APPROVE)
    )
    if wanted.state:
        chosen = chosen.where(Claim.state == wanted.state)
    if wanted.code:
        chosen = chosen.where(Claim.rule_code == wanted.code)
    if wanted.grid_path:
        chosen = chosen.where(within(Claim.grid_path, wanted.grid_path))
    if wanted.gathering is not None:
        chosen = chosen.where(Claim.event == f"gathering:{wanted.gathering}")
    is_waiting = wanted.state is ClaimState.SUBMITTED
    order, past = (Claim.id, Claim.id > (after or 0)) if is_waiting else (Claim.id.desc(), None)
    if not is_waiting and after is not None:
        past = Claim.id < after
    if past is not None:
        chosen = chosen.where(past)
    return _page(session, viewer, chosen.order_by(order), same=is_waiting)


def board(session: Session, viewer: Viewer, *, after: int | None = None) -> ClaimPage:
    """Return what is in publicity in the viewer's communities, without people's names.

    What is taken from a party is no spectacle: it is public to that party and to the office.
    """
    chosen = _lines().where(
        in_communities(Claim.grid_path, viewer),
        Claim.state.in_(PUBLIC),
        Rule.sign == Sign.EARN,
    )
    if after is not None:
        chosen = chosen.where(Claim.id < after)
    page = _page(session, viewer, chosen.order_by(Claim.id.desc()))
    rows = [_unnamed(row) for row in page.rows]
    return ClaimPage(rows, page.after)


def own_claims(session: Session, viewer: Viewer, *, after: int | None = None) -> ClaimPage:
    """Return the claims of the viewer's party, household and teams, newest first."""
    chosen = _lines().where(Claim.party_id.in_(viewer.own_ids))
    if after is not None:
        chosen = chosen.where(Claim.id < after)
    return _page(session, viewer, chosen.order_by(Claim.id.desc()))


def counts(session: Session, viewer: Viewer) -> dict[ClaimState, int]:
    """Return how many claims of the viewer's grids stand in each state that waits for somebody."""
    rows = session.execute(
        select(Claim.state, func.count())
        .where(
            scope_condition(Claim.grid_path, viewer, Permission.POINTS_CLAIM_APPROVE),
            Claim.state.in_((ClaimState.SUBMITTED, *PUBLIC)),
        )
        .group_by(Claim.state)
    )
    return {row[0]: row[1] for row in rows}


def claim_or_404(session: Session, viewer: Viewer, claim_id: int) -> Whole:
    """Return one claim: of the viewer's home, team or grids whole, in publicity what is public.

    Whoever was in the team on that day reads it like those who are in it now.
    """
    found = session.execute(_lines().where(Claim.id == claim_id)).one_or_none()
    if found is None:
        abort(404)
    claim = found[0]
    row = _rows(session, viewer, [found], same=claim.state is ClaimState.SUBMITTED)[0]
    if row.kind is PartyKind.TEAM and not row.is_own:
        days = [claim.happened_on]
        is_own = serves(session, [claim.party_id], viewer.party_id, days=days)
        row = replace(row, is_own=is_own)
    steps = session.execute(
        select(ClaimStep, Account.display_name)
        .outerjoin(Account, Account.id == ClaimStep.by)
        .where(ClaimStep.claim_id == claim.id)
        .order_by(ClaimStep.id)
    ).all()
    is_inside = (
        row.is_own
        or claim.made_by == viewer.account_id
        or allowed(viewer, Permission.POINTS_CLAIM_APPROVE, claim)
    )
    # Whoever objected reads what came of it, also when it is public no more.
    took_part = any(step.by == viewer.account_id for step, _name in steps)
    if not is_inside and not took_part and not _is_public(viewer, claim):
        abort(404)
    photos = session.scalars(
        select(ClaimPhoto).where(ClaimPhoto.claim_id == claim.id).order_by(ClaimPhoto.id)
    ).all()
    return Whole(
        claim,
        row if is_inside else _unnamed(row),
        [
            (step, _shown(viewer, claim, step, name or "", is_own=row.is_own))
            for step, name in steps
        ],
        photos if is_inside else (),
        _gathering_of(session, claim) if is_inside else None,
        is_inside,
        any(one.verb is ClaimVerb.OBJECT and one.by == viewer.account_id for one, _name in steps),
    )


def _shown(viewer: Viewer, claim: Claim, step: ClaimStep, name: str, *, is_own: bool) -> str:
    """Return who did a step; whoever objected is told to those alone who decide on it.

    Else a neighbour who spoke up would be known to the very home he spoke of.
    """
    if step.verb is not ClaimVerb.OBJECT or step.by == viewer.account_id:
        return name
    decides = allowed(viewer, Permission.POINTS_OBJECTION_DECIDE, claim) and not is_own
    return name if decides else ""


def gathering_or_404(session: Session, viewer: Viewer, gathering_id: int) -> Gathering:
    """Return a gathering of the viewer's own, or of grids where the viewer approves."""
    found = session.get(Gathering, gathering_id)
    if found is None:
        abort(404)
    if found.made_by != viewer.account_id and not allowed(
        viewer, Permission.POINTS_CLAIM_APPROVE, found
    ):
        abort(404)
    return found


def claims_of(session: Session, viewer: Viewer, gathering: Gathering) -> Sequence[ClaimRow]:
    """Return the claims of a gathering, all of them, by party."""
    found = session.execute(
        _lines().where(Claim.event == f"gathering:{gathering.id}").order_by(Claim.party_id)
    ).all()
    return _rows(session, viewer, found, same=False)


def gatherings(session: Session, viewer: Viewer) -> Sequence[Gathering]:
    """Return the last gatherings that the viewer entered."""
    return session.scalars(
        select(Gathering)
        .where(Gathering.made_by == viewer.account_id)
        .order_by(Gathering.id.desc())
        .limit(LATELY)
    ).all()


def _is_public(viewer: Viewer, claim: Claim) -> bool:
    return (
        claim.state in PUBLIC
        and claim.rule.sign is Sign.EARN
        and any(claim.grid_path.startswith(place) for place in communities(viewer))
    )


def due_claims(
    session: Session, *, today: date, limit: int, besides: Sequence[int] = ()
) -> Sequence[int]:
    """Return the ids of claims whose publicity has ended, the longest ago first."""
    return session.scalars(
        select(Claim.id)
        .where(Claim.state == ClaimState.PUBLICITY, Claim.publicity_ends_on < today)
        .where(Claim.id.not_in(besides))
        .order_by(Claim.publicity_ends_on, Claim.id)
        .limit(limit)
    ).all()


def _gathering_of(session: Session, claim: Claim) -> Gathering | None:
    room, _, number = claim.event.partition(":")
    return session.get(Gathering, int(number)) if room == "gathering" else None


def _lines() -> Any:
    return (
        select(Claim, Party.kind, Grid.name)
        .join(Rule, Rule.id == Claim.rule_id)
        .join(Party, Party.id == Claim.party_id)
        .join(Grid, Grid.path == Claim.grid_path)
        .options(joinedload(Claim.rule))
    )


def _page(
    session: Session, viewer: Viewer, chosen: Select[Any], *, same: bool = False
) -> ClaimPage:
    found = session.execute(chosen.limit(PAGE + 1)).all()
    shown = found[:PAGE]
    after = shown[-1][0].id if len(found) > PAGE else None
    return ClaimPage(_rows(session, viewer, shown, same=same), after)


def _rows(
    session: Session, viewer: Viewer, found: Sequence[Any], *, same: bool
) -> Sequence[ClaimRow]:
    names = masked_names(session, viewer, {claim.party_id for claim, _k, _g in found})
    alike = _alike(session, [claim for claim, _k, _g in found]) if same else {}
    photos = _photos(session, [claim.id for claim, _k, _g in found]) if same else {}
    home = home_ids(session, viewer) if same else ()
    return [
        ClaimRow(
            claim,
            kind,
            names.get(claim.party_id, ""),
            grid,
            claim.party_id in viewer.own_ids,
            True,
            alike.get((claim.party_id, claim.rule_code, claim.happened_on), 1) - 1 if same else 0,
            photos.get(claim.id, 0),
            why_not_approve(viewer, claim, home) if same else "",
        )
        for claim, kind, grid in found
    ]


def _photos(session: Session, claim_ids: Sequence[int]) -> dict[int, int]:
    """Count the photos of the claims of a page."""
    rows = session.execute(
        select(ClaimPhoto.claim_id, func.count())
        .where(ClaimPhoto.claim_id.in_(claim_ids))
        .group_by(ClaimPhoto.claim_id)
    )
    return {row[0]: row[1] for row in rows}


def _alike(session: Session, listed: Sequence[Claim]) -> dict[Any, int]:
    """Count, for each claim of a page, those of its party, rule and day that may count."""
    if not listed:
        return {}
    key = (Claim.party_id, Claim.rule_code, Claim.happened_on)
    rows = session.execute(
        select(*key, func.count())
        .where(
            Claim.party_id.in_({one.party_id for one in listed}),
            Claim.happened_on.between(
                min(one.happened_on for one in listed), max(one.happened_on for one in listed)
            ),
            or_(
                Claim.state.in_((ClaimState.SUBMITTED, *PUBLIC)),
                and_(Claim.state == ClaimState.POSTED),
            ),
        )
        .group_by(*key)
    )
    return {(party, code, day): count for party, code, day, count in rows}


def _unnamed(row: ClaimRow) -> ClaimRow:
    name = row.name if row.kind in PUBLICLY_NAMED else ""
    return replace(row, name=name, is_inside=False, same=0)
