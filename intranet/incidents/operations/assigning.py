"""Who has an incident to handle: accounts and units, one in the lead, others beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select, update

from intranet.db import within
from intranet.errors import InputError
from intranet.grids.queries import community_path
from intranet.incidents.models import Assignment, Unit
from intranet.incidents.operations.history import Act
from intranet.incidents.operations.holding import Assignee, assignees
from intranet.people.models import Account, RoleGrant

ASSIGNEES_MAX = 12


def assign(act: Act, wanted: Sequence[Assignee]) -> list[Assignee]:
    """Give the incident to these, the first of them in the lead, instead of whoever had it.

    Raises InputError (field ``assignees``) for nobody, too many, or somebody who is gone.
    """
    chosen = list(dict.fromkeys(wanted))
    if not chosen:
        raise InputError("Choose who is to handle it", "assignees")
    _check(act, chosen)
    take_off(act)
    for number, one in enumerate(chosen):
        _add(act, one, is_lead=number == 0)
    act.session.flush()
    return chosen


def call(act: Act, wanted: Sequence[Assignee]) -> list[Assignee]:
    """Have these co-handle it beside whoever has it; return all who have it then."""
    have = assignees(act.session, act.incident)
    fresh = [one for one in dict.fromkeys(wanted) if one not in have]
    if not fresh:
        raise InputError("Choose somebody who does not have it yet", "assignees")
    if len(have) + len(fresh) > ASSIGNEES_MAX:
        raise InputError("At most %(most)d at once", "assignees", most=ASSIGNEES_MAX)
    _check(act, fresh)
    for one in fresh:
        _add(act, one, is_lead=not have and one is fresh[0])
    act.session.flush()
    return have + fresh


def take_off(act: Act) -> None:
    """End all assignments of the incident."""
    act.session.execute(
        update(Assignment)
        .where(Assignment.incident_id == act.incident.id, Assignment.ended_at.is_(None))
        .values(ended_at=act.at)
    )


def as_details(chosen: Iterable[Assignee]) -> list[tuple[str, int]]:
    """Return assignees as an event keeps them."""
    return [(one.kind, one.id) for one in chosen]


def _add(act: Act, one: Assignee, *, is_lead: bool) -> None:
    act.session.add(
        Assignment(
            incident_id=act.incident.id,
            account_id=one.id if one.kind == "account" else None,
            unit_id=one.id if one.kind == "unit" else None,
            is_lead=is_lead,
            begun_at=act.at,
        )
    )


def _check(act: Act, chosen: Sequence[Assignee]) -> None:
    """Raise InputError unless all are there, and belong to the community or what is above it."""
    if len(chosen) > ASSIGNEES_MAX:
        raise InputError("At most %(most)d at once", "assignees", most=ASSIGNEES_MAX)
    session = act.session
    community = community_path(act.incident.grid_path)
    steps = community.split(".")[:-1]
    above = [".".join(steps[: n + 1]) + "." for n in range(len(steps))]
    accounts = {one.id for one in chosen if one.kind == "account"}
    units = {one.id for one in chosen if one.kind == "unit"}
    here = set(
        session.scalars(
            select(Account.id)
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .where(
                Account.id.in_(accounts),
                Account.disabled_at.is_(None),
                Account.is_device.is_(False),
                RoleGrant.ended_at.is_(None),
                or_(RoleGrant.grid_path.in_(above), within(RoleGrant.grid_path, community)),
            )
        )
    )
    open_units = set(
        session.scalars(
            select(Unit.id).where(
                Unit.id.in_(units),
                Unit.retired_at.is_(None),
                or_(Unit.grid_path.in_(above), within(Unit.grid_path, community)),
            )
        )
    )
    if accounts - here or units - open_units:
        raise InputError("Somebody chosen is no longer there; choose again", "assignees")
