"""Channels are entered, switched off and on, and tried."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from intranet import sealing
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import Outlet, OutletKind, Sending, Subject
from intranet.jobs.operations.deeds import changed_meanwhile
from intranet.jobs.operations.outlets.addresses import address_of
from intranet.jobs.operations.outlets.asking import Said, put

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer


def add_outlet(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid_path: str,
    kind: OutletKind,
    name: str,
    typed: str = "",
    signing: str = "",
    hosts: Collection[str] = (),
    address: str = "",
) -> Outlet:
    """Enter a channel of a community; ``hosts`` are those other services may lie at.

    Raises InputError beside the field. The trail names the channel and never its address.
    """
    act = Act(actor, at, address)
    if not name:
        raise InputError("Please fill this in", "name")
    sealed, masked = None, ""
    if kind is not OutletKind.BY_HAND:
        url, masked = address_of(kind, typed, signing, hosts)
        sealed = sealing.seal(url)
    elif typed.strip() or signing.strip():
        raise InputError("What is published by hand has no address", "address")
    outlet = Outlet(
        grid_path=grid_path,
        kind=kind,
        name=name,
        sealed=sealed,
        masked=masked,
        made_by=act.account_id,
        made_at=at,
    )
    try:
        with session.begin_nested():
            session.add(outlet)
    except IntegrityError:  # asked of the database alone: of two at once it refuses one
        if _is_taken(session, grid_path, name):
            raise InputError("There is a channel of this name already", "name") from None
        raise
    act.record(session, "jobs:outlet:add", "job_outlet", outlet.id, grid_path, name=name)
    return outlet


def switch_outlet(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    outlet: Outlet,
    version: int,
    is_on: bool,
    address: str = "",
) -> None:
    """Switch a channel off or on; what waits for one that is off is dropped at its turn."""
    act = Act(actor, at, address)
    take_outlet(session, outlet)
    if outlet.version != version or outlet.is_on is is_on:
        raise changed_meanwhile()
    outlet.is_on = is_on
    session.flush()
    verb = "on" if is_on else "off"
    path = outlet.grid_path
    act.record(session, f"jobs:outlet:{verb}", "job_outlet", outlet.id, path, name=outlet.name)


def try_outlet(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    outlet: Outlet,
    said: Said,
    address: str = "",
) -> Sending:
    """Have a trial message sent. Raises DomainError where the channel is off, or by hand."""
    act = Act(actor, at, address)
    take_outlet(session, outlet)
    if outlet.kind is OutletKind.BY_HAND:
        raise DomainError("What is published by hand cannot be tried")
    sending = put(session, act, outlet, said)
    act.record(session, "jobs:outlet:try", "job_outlet", outlet.id, outlet.grid_path)
    assert sending.subject is Subject.TRIAL
    return sending


def take_outlet(session: Session, outlet: Outlet) -> None:
    """Take a channel's row: who asks, switches and sends take turns here."""
    session.refresh(outlet, with_for_update=True)


def _is_taken(session: Session, grid_path: str, name: str) -> bool:
    asked = select(Outlet.id).where(Outlet.grid_path == grid_path, Outlet.name == name)
    return session.scalar(asked) is not None
