"""What pages and the worker read of notices; a person finds only his own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import abort
from sqlalchemy import Table, bindparam, func, select

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import Question, db
from intranet.i18n import _, _l
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

PAGE = 30
UNREAD_SHOWN_MAX = 99
ID_MAX = 2**31 - 1
TOPIC_LABELS = {
    Topic.INCIDENT_NEW: _l("New incident"),
    Topic.INCIDENT_ASSIGNED: _l("Incident given to you"),
    Topic.INCIDENT_PROGRESS: _l("Progress of what you reported"),
    Topic.INCIDENT_DUE: _l("Incident near due or overdue"),
    Topic.INCIDENT_ORDER: _l("Reminders and supervision"),
    Topic.MISUSE: _l("Reports about loudspeakers"),
    Topic.POINTS: _l("Points: what became of them"),
    Topic.JOBS: _l("Jobs: posts, referrals and follow-ups"),
    Topic.ACCOUNT: _l("Your account"),
    Topic.TEST: _l("Test"),
}
CHANNEL_LABELS = {
    "mail": _l("E-mail"),
    "sms": _l("Text message"),
    "wecom": _l("WeCom"),
    "dingtalk": _l("DingTalk"),
}
STATE_LABELS = {
    DeliveryState.PENDING: _l("waiting"),
    DeliveryState.SENDING: _l("being sent"),
    DeliveryState.SENT: _l("sent"),
    DeliveryState.GIVEN_UP: _l("given up"),
    DeliveryState.SKIPPED: _l("not needed"),
}
TROUBLE_LABELS = {
    Trouble.NONE: "",
    Trouble.REFUSED: _l("The gateway refused it or could not be reached"),
    Trouble.NO_ANSWER: _l("The gateway did not answer in time"),
    Trouble.UNUSABLE: _l("The channel's setting cannot be used"),
    Trouble.NOT_CONFIGURED: _l("This channel is not set up any more"),
    Trouble.INTERRUPTED: _l("Interrupted at every attempt"),
    Trouble.UNSEALABLE: _l("The address cannot be opened with the keys of this house"),
    Trouble.READ: _l("Read in the app meanwhile"),
    Trouble.NO_ADDRESS: _l("No address any more"),
    Trouble.NOT_CHOSEN: _l("Not wanted on this channel any more"),
    Trouble.CLOSED: _l("The account is closed"),
}


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Notices, newest first, and the id before which the next page begins; 0: none."""

    notices: Sequence[Notice]
    before: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose; addresses masked, by channel."""

    addresses: Mapping[str, str]
    chosen: frozenset[tuple[str, Topic]]
    from_minute: int
    to_minute: int


# On every page: built once, counted up to what the bell shows.
_notices = cast("Table", Notice.__table__)
_UNREAD = Question(
    select(func.count()).select_from(
        select(_notices.c.id)
        .where(_notices.c.account_id == bindparam("account_id"), _notices.c.read_at.is_(None))
        .limit(UNREAD_SHOWN_MAX + 1)
        .subquery()
    )
)


def unread_count(account_id: int) -> int:
    """Return how many notices the account has not read, at most UNREAD_SHOWN_MAX + 1."""
    return int(_UNREAD.ask(db.session, account_id=account_id)[0][0])


def notices_page(
    session: Session, viewer: Viewer, *, unread: bool = False, before: int = 0
) -> NoticePage:
    """Return one page of the viewer's own notices; one query."""
    rows = session.scalars(notices_query(viewer, unread=unread, before=before)).all()
    return NoticePage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else 0)


def notices_query(viewer: Viewer, *, unread: bool = False, before: int = 0) -> Any:
    """Select one notice more than a page, newest first."""
    wanted = select(Notice).where(Notice.account_id == viewer.account_id)
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    if before:
        wanted = wanted.where(Notice.id < min(before, ID_MAX))
    return wanted.order_by(Notice.id.desc()).limit(PAGE + 1)


def notice_or_404(session: Session, viewer: Viewer, notice_id: int) -> Notice:
    """Return one of the viewer's own notices; anybody else's is not found."""
    own = Notice.account_id == viewer.account_id
    return session.scalar(select(Notice).where(Notice.id == notice_id, own)) or abort(404)


def said(notice: Notice) -> str:
    """Return the notice's words in the language of the page."""
    return str(_(notice.words, **json.loads(notice.params)))


def outward_words(
    topic: Topic, words: str, params: Mapping[str, str | int], community: str
) -> tuple[str, str]:
    """Return title and body in the language at hand, for a message that leaves the house."""
    return f"{community} · {TOPIC_LABELS[topic]}", _(words, **params)


def channel_label(name: str) -> str:
    """Return what people call a channel; one of the house's own naming is called that."""
    return str(CHANNEL_LABELS.get(name, name))


def settings_of(session: Session, viewer: Viewer) -> Settings:
    """Return what the viewer chose; three queries."""
    addresses = session.execute(
        select(NoticeAddress.channel, NoticeAddress.masked).where(
            NoticeAddress.account_id == viewer.account_id
        )
    ).all()
    chosen = session.execute(
        select(NoticeChoice.channel, NoticeChoice.topic).where(
            NoticeChoice.account_id == viewer.account_id
        )
    ).all()
    own = session.get(NoticeQuiet, viewer.account_id)
    return Settings(
        {row[0]: row[1] for row in addresses},
        frozenset((row[0], row[1]) for row in chosen),
        own.from_minute if own else quiet.FROM_MINUTE,
        own.to_minute if own else quiet.TO_MINUTE,
    )


def last_test(session: Session, viewer: Viewer) -> Sequence[NoticeDelivery]:
    """Return how far the viewer's newest test has come, channel by channel."""
    newest = (
        select(Notice.id)
        .where(Notice.account_id == viewer.account_id, Notice.topic == Topic.TEST)
        .order_by(Notice.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return session.scalars(
        select(NoticeDelivery)
        .where(NoticeDelivery.notice_id == newest)
        .order_by(NoticeDelivery.channel)
    ).all()


def deliveries(
    session: Session, viewer: Viewer, *, states: Sequence[DeliveryState], before: int = 0
) -> Sequence[Any]:
    """Return (delivery, topic, user name, name shown), newest first, at most PAGE + 1."""
    wanted = (
        select(NoticeDelivery, Notice.topic, Account.username, Account.display_name)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .join(Account, Account.id == Notice.account_id)
        .where(NoticeDelivery.state.in_(states), _managed(viewer))
        .order_by(NoticeDelivery.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        wanted = wanted.where(NoticeDelivery.id < min(before, ID_MAX))
    return session.execute(wanted).all()


def delivery_counts(session: Session, viewer: Viewer) -> dict[DeliveryState, int]:
    """Count what waits, is being sent and was given up."""
    shown = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.GIVEN_UP)
    rows = session.execute(
        select(NoticeDelivery.state, func.count())
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(NoticeDelivery.state.in_(shown), _managed(viewer))
        .group_by(NoticeDelivery.state)
    ).all()
    return dict.fromkeys(shown, 0) | {row[0]: row[1] for row in rows}


def delivery_or_404(session: Session, viewer: Viewer, delivery_id: int) -> NoticeDelivery:
    """Return a delivery of a notice that was told in the viewer's part of the tree."""
    found = session.scalar(
        select(NoticeDelivery)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(NoticeDelivery.id == delivery_id, _managed(viewer))
    )
    return found or abort(404)


def _managed(viewer: Viewer) -> Any:
    return scope_condition(Notice.grid_path, viewer, Permission.NOTICES_DELIVERY_MANAGE)
