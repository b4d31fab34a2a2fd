"""Telling people: a notice each, and a delivery for each channel they chose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from intranet import background
from intranet.db import UtcDateTime
from intranet.i18n import N_
from intranet.notices.models import (
    DeliveryState,
    Notice,
    NoticeAddress,
    NoticeChoice,
    NoticeDelivery,
    NoticeQuiet,
    Topic,
    Trouble,
)
from intranet.notices.operations import quiet
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

KEY_LENGTH_MAX = 200
# A path of our own: no scheme, no host, nothing a browser would take for either.
OWN_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f]*\Z")
SEND_JOB = "notices.prompt"


def tell(
    session: Session,
    *,
    to: Iterable[int],
    key: str,
    topic: Topic,
    words: str,
    params: Mapping[str, str | int],
    url: str,
    urgent: bool,
    at: datetime,
    grid_path: str,
) -> int:
    """Tell each of these accounts once, in the caller's transaction; return how many were told.

    Two statements however many they are. ``key`` names what happened: an account that has a
    notice of this key already is passed over, and so are closed accounts and devices. ``words``
    is a message key marked with ``N_``; ``params`` fill it and hold no personal data, for they
    leave the house. ``url`` is a path of this house.

    A delivery is due at once, or when the person's quiet hours end unless ``urgent``. Raises
    ValueError for what only a mistake in a program can be.
    """
    _check(key, words, params, url)
    row = {
        "key": key,
        "topic": topic,
        "words": words,
        "params": json.dumps(dict(params), ensure_ascii=False, sort_keys=True),
        "url": url,
        "urgent": urgent,
        "grid_path": grid_path,
        "at": at,
    }
    told = _insert_notices(session, sorted(set(to)), row)
    if told:
        leaving = _insert_deliveries(session, told, topic=topic, urgent=urgent, at=at)
        if leaving:
            background.ask_after_commit(session, SEND_JOB)
    return len(told)


def _check(key: str, words: str, params: Mapping[str, str | int], url: str) -> None:
    """Find a program's mistake where it is made, not on everybody's page."""
    message = ""
    if not OWN_PATH.match(url):
        message = "a notice leads to a path of this house"
    elif not 0 < len(key) <= KEY_LENGTH_MAX:
        message = "a notice needs a key of at most 200 characters"
    else:
        try:
            found = words % dict(params) if params or "%(" in words else words
        except (KeyError, TypeError, ValueError):
            found = ""
        message = "" if found else "the words of a notice need other parameters"
    if message:
        raise ValueError(message)


def tell_test(session: Session, *, actor: Viewer, at: datetime) -> bool:
    """Tell the actor, on every channel with an address; False when that was done this minute."""
    return bool(
        tell(
            session,
            to=[actor.account_id],
            key=f"test:{at:%Y%m%d%H%M}",
            topic=Topic.TEST,
            words=N_("This is a test you asked for. Notices reach you this way."),
            params={},
            url="/me/notices",
            urgent=True,
            at=at,
            grid_path=actor.grants[0].path,
        )
    )


def _insert_notices(session: Session, accounts: list[int], row: dict[str, Any]) -> list[int]:
    table: Any = Notice.__table__
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    people = select(
        Account.id, *(literal(value, table.c[name].type) for name, value in row.items())
    ).where(
        Account.id.in_(_listed(session, accounts)),
        Account.disabled_at.is_(None),
        Account.is_device.is_(False),
    )
    statement = (
        dialect.insert(table)
        .from_select(["account_id", *row], people.order_by(Account.id))
        .on_conflict_do_nothing(index_elements=["account_id", "key"])
        .returning(table.c.id)
    )
    return [int(number) for number in session.execute(statement).scalars()]


def _insert_deliveries(
    session: Session, told: list[int], *, topic: Topic, urgent: bool, at: datetime
) -> int:
    now = literal(at, UtcDateTime())
    due = now if urgent else quiet.due_in_database(session, at, *quiet_minutes())
    columns = ["notice_id", "channel", "state", "attempts", "due_at", "told_at", "trouble"]
    wanted = (
        select(
            Notice.id,
            NoticeAddress.channel,
            literal(DeliveryState.PENDING, NoticeDelivery.state.type),
            literal(0),
            due,
            now,
            literal(Trouble.NONE, NoticeDelivery.trouble.type),
        )
        .join(NoticeAddress, NoticeAddress.account_id == Notice.account_id)
        .outerjoin(NoticeQuiet, NoticeQuiet.account_id == Notice.account_id)
        .where(Notice.id.in_(_listed(session, told)))
        .order_by(Notice.id, NoticeAddress.channel)
    )
    if topic is not Topic.TEST:  # a test goes wherever the person has an address
        wanted = wanted.join(
            NoticeChoice,
            and_(
                NoticeChoice.account_id == Notice.account_id,
                NoticeChoice.channel == NoticeAddress.channel,
                NoticeChoice.topic == topic,
            ),
        )
    done: Any = session.execute(insert(NoticeDelivery).from_select(columns, wanted))
    return int(done.rowcount)


def quiet_minutes() -> tuple[Any, Any]:
    """Return the person's quiet hours as columns, the house's where he has set none."""
    return (
        func.coalesce(NoticeQuiet.from_minute, quiet.FROM_MINUTE),
        func.coalesce(NoticeQuiet.to_minute, quiet.TO_MINUTE),
    )


def _listed(session: Session, numbers: list[int]) -> Any:
    """Return the numbers as a query: one parameter, however many they are."""
    if session.get_bind().dialect.name == "postgresql":
        return select(func.unnest(literal(numbers, postgresql.ARRAY(Integer))))
    each = func.json_each(json.dumps(numbers)).table_valued("value")
    return select(each.c.value)
