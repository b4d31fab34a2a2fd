"""What a person chose: channels by topic, the own addresses, quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from intranet import audit, sealing
from intranet.errors import InputError
from intranet.notices.models import NoticeAddress, NoticeChoice, NoticeQuiet, Topic
from intranet.notices.operations import addresses, quiet
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of one channel; an empty address leaves the recorded one as it is."""

    topics: frozenset[Topic]
    address: str = field(default="", repr=False)
    remove: bool = False


class AddressError(InputError):
    """An address cannot be taken; ``channel`` says whose."""

    def __init__(self, error: InputError, channel: str) -> None:
        super().__init__(error.key, field=f"{channel}-address", **error.params)
        self.channel = channel


def choose(
    session: Session,
    *,
    actor: Viewer,
    wishes: Mapping[str, Wish],
    from_minute: int,
    to_minute: int,
    at: datetime,
    address: str,
) -> None:
    """Store what the actor wants for himself; a channel without an address brings nothing.

    ``wishes`` are by channel; what is recorded of channels not among them stays. Raises
    AddressError, before anything is changed, for an address its channel cannot reach.
    """
    cleaned = {name: _cleaned(name, wish) for name, wish in wishes.items()}
    # Two saves of one person take turns: both might add the same address.
    session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    known = _addresses(session, actor.account_id)
    for name, wish in wishes.items():
        if wish.remove and name in known:
            session.delete(known.pop(name))
        if cleaned[name]:
            if name not in known:
                known[name] = NoticeAddress(account_id=actor.account_id, channel=name)
                session.add(known[name])
            _store_address(known[name], cleaned[name], at)
    session.flush()
    session.execute(
        delete(NoticeChoice).where(
            NoticeChoice.account_id == actor.account_id, NoticeChoice.channel.in_(wishes)
        )
    )
    session.add_all(
        NoticeChoice(account_id=actor.account_id, channel=name, topic=topic)
        for name, wish in sorted(wishes.items())
        for topic in sorted(wish.topics)
        if name in known
    )
    _store_quiet(session, actor.account_id, from_minute, to_minute)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="notices:settings:change",
        at=at,
        object_kind="account",
        object_id=actor.account_id,
        address=address,
        username=actor.username,
        channels=sorted(known),
    )


def _cleaned(name: str, wish: Wish) -> str:
    if not wish.address.strip() or wish.remove:
        return ""
    try:
        return addresses.clean(name, wish.address)
    except InputError as error:
        raise AddressError(error, name) from None


def _addresses(session: Session, account_id: int) -> dict[str, NoticeAddress]:
    found = session.scalars(select(NoticeAddress).where(NoticeAddress.account_id == account_id))
    return {one.channel: one for one in found}


def _store_address(row: NoticeAddress, address: str, at: datetime) -> None:
    row.sealed = sealing.seal(address)
    row.masked = addresses.masked(row.channel, address)
    row.entered_at = at


def _store_quiet(session: Session, account_id: int, from_minute: int, to_minute: int) -> None:
    own = session.get(NoticeQuiet, account_id)
    if own is None:
        if (from_minute, to_minute) == (quiet.FROM_MINUTE, quiet.TO_MINUTE):
            return  # the house's own; should they change, they change for this person too
        own = NoticeQuiet(account_id=account_id)
        session.add(own)
    own.from_minute, own.to_minute = from_minute, to_minute
