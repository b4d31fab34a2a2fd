"""Channels are entered, led elsewhere, switched off and on, and tried."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
    sealed: str | None = None
    masked = ""
    if kind is not OutletKind.BY_HAND:
        sealed, masked = _sealed(kind, typed, signing, hosts)
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
    with _name_alone(session, grid_path, name):
        session.add(outlet)
    act.record(session, "jobs:outlet:add", "job_outlet", outlet.id, grid_path, name=name)
    return outlet


def change_outlet(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    outlet: Outlet,
    version: int,
    name: str,
    typed: str = "",
    signing: str = "",
    hosts: Collection[str] = (),
    address: str = "",
) -> None:
    """Call a channel otherwise, or lead it to another robot; without an address the kept one stays.

    What waits goes to the new address. A signing key belongs to the address it is typed with.
    Raises InputError beside the field, DomainError where somebody was quicker.
    """
    act = Act(actor, at, address)
    if not name:
        raise InputError("Please fill this in", "name")
    take_outlet(session, outlet)
    if outlet.version != version:
        raise changed_meanwhile()
    is_led_elsewhere = bool(typed.strip())
    if outlet.kind is OutletKind.BY_HAND and (is_led_elsewhere or signing.strip()):
        raise InputError("What is published by hand has no address", "address")
    if signing.strip() and not is_led_elsewhere:
        raise InputError("Paste the address along with its signing key", "address")
    before = outlet.name
    if not is_led_elsewhere and name == before:
        return
    with _name_alone(session, outlet.grid_path, name):
        outlet.name = name
        if is_led_elsewhere:
            outlet.sealed, outlet.masked = _sealed(outlet.kind, typed, signing, hosts)
    done = {"before": before} if name != before else {}
    verb = "lead" if is_led_elsewhere else "rename"
    path = outlet.grid_path
    act.record(session, f"jobs:outlet:{verb}", "job_outlet", outlet.id, path, name=name, **done)


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


@contextmanager
def _name_alone(session: Session, grid_path: str, name: str) -> Iterator[None]:
    """Write a channel; raise InputError (``name``) where its community has one of that name.

    The database is asked and nobody else: of two at once it refuses one.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        asked = select(Outlet.id).where(Outlet.grid_path == grid_path, Outlet.name == name)
        if session.scalar(asked) is None:
            raise
        raise InputError("There is a channel of this name already", "name") from None


def _sealed(kind: OutletKind, typed: str, signing: str, hosts: Collection[str]) -> tuple[str, str]:
    """Return an address as it is kept, and what a page shows of it."""
    url, masked = address_of(kind, typed, signing, hosts)
    return sealing.seal(url), masked
