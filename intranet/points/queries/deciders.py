"""Who may decide on a claim: whether the viewer may, why not, and who may instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import literal, or_, select

from intranet.access import POLICY, Permission, Role, Viewer
from intranet.i18n import N_
from intranet.people.models import Account, RoleGrant
from intranet.points.models import APPROVERS, Claim, ClaimState
from intranet.points.operations.apart import members_of, why_not_apart
from intranet.points.operations.homes import is_of_home
from intranet.points.operations.telling import concerned
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NAMED_MAX = 5
OF_HOME = N_("It is your own household's")
OF_TEAM = N_("It is your own team's, or whoever filed it lives with you")
ENTERED = N_("You entered it yourself")
APPROVED = N_("You approved it")
OBJECTED = N_("You objected to it")
HIGHER = N_("This rule is approved by somebody else")


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: ``why_not`` is empty where the viewer may decide."""

    why_not: str
    others: Sequence[str]  # names of those who may, besides the viewer; at most NAMED_MAX


def home_ids(session: Session, viewer: Viewer) -> frozenset[int]:
    """Return the viewer's own parties and teams, the household, and who lives there."""
    if not viewer.party_ids:
        return frozenset(viewer.team_ids)
    mates = session.scalars(select(Party.id).where(Party.household_id.in_(viewer.party_ids)))
    return frozenset(viewer.party_ids) | frozenset(viewer.team_ids) | frozenset(mates)


def why_not_approve(viewer: Viewer, claim: Claim, home: Collection[int]) -> str:
    """Return why the viewer may not approve or refuse a claim; empty where nothing forbids it."""
    if claim.made_by == viewer.account_id:
        return ENTERED
    if claim.party_id in home or claim.home_id in home:
        return OF_HOME
    stands = any(
        one.role in APPROVERS[claim.rule.level] and claim.grid_path.startswith(one.path)
        for one in viewer.grants
    )
    return "" if stands else HIGHER


def turn(session: Session, viewer: Viewer, claim: Claim) -> Turn:
    """Return whether the viewer may decide a claim that waits or was objected to, and who may."""
    own = _why_own(session, viewer, claim)
    if claim.state is ClaimState.SUBMITTED:
        roles = APPROVERS[claim.rule.level]
        why_not = why_not_approve(viewer, claim, ()) if claim.made_by == viewer.account_id else own
        why_not = why_not or why_not_approve(viewer, claim, ())
        return Turn(why_not, _others(session, viewer, claim, roles))
    parts = concerned(session, claim)
    why_not = own
    if viewer.account_id in parts:
        why_not = {claim.made_by: ENTERED, claim.approved_by: APPROVED}.get(
            viewer.account_id, OBJECTED
        )
    roles = POLICY[Permission.POINTS_OBJECTION_DECIDE].roles
    return Turn(why_not, _others(session, viewer, claim, roles, parts))


def _why_own(session: Session, viewer: Viewer, claim: Claim) -> str:
    """Return why it is the viewer's own; empty where it is not."""
    if is_of_home(session, viewer, [claim]):
        return OF_HOME
    days, by = [claim.happened_on], claim.made_by
    why = why_not_apart(session, viewer, [claim.party_id], days=days, filed_by=by)
    return OF_TEAM if why else ""


def _others(
    session: Session,
    viewer: Viewer,
    claim: Claim,
    roles: Collection[Role],
    barred: Collection[int] = (),
) -> list[str]:
    """Return the names of accounts with such a role there that nothing keeps from deciding."""
    household = session.scalar(select(Party.household_id).where(Party.id == claim.party_id))
    home = {claim.party_id, *([household] if household else [])}
    besides = {viewer.account_id, *barred, *([claim.made_by] if claim.made_by else [])}
    members = members_of(session, claim.party_id, days=[claim.happened_on])  # of a team
    at_home = select(Party.id).where(
        or_(Party.id.in_(home), Party.household_id.in_(home), Party.id.in_(members))
    )
    found = session.scalars(
        select(Account.display_name)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.ended_at.is_(None),
            literal(claim.grid_path).startswith(RoleGrant.grid_path),
            Account.disabled_at.is_(None),
            Account.id.not_in(besides),
            or_(Account.party_id.is_(None), Account.party_id.not_in(at_home)),
        )
        .distinct()
        .order_by(Account.display_name)
        .limit(NAMED_MAX)
    )
    return list(found)
