"""What the background worker does with notices: it sends them, and forgets the old ones."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from flask_babel import force_locale

from intranet import clock
from intranet.db import db, reading
from intranet.i18n import DEFAULT_LOCALE, LOCALES
from intranet.notices import gateway, operations
from intranet.notices.models import DeliveryState, Trouble
from intranet.notices.queries import outward_words

if TYPE_CHECKING:
    from flask import Flask

    from intranet.config import NoticeChannel

# One run of one channel ends after so many messages, so much time, or so many failures in a row:
# a gateway that is down is tried a few times a minute, not with everything there is.
RUN_MESSAGES = 5000
RUN_SECONDS = 50.0
FAILURES_MAX = 3
PURGE_BATCHES = 50
log = structlog.get_logger(__name__)
_senders: dict[str, threading.Thread] = {}
_starting = threading.Lock()


def send() -> list[threading.Thread]:
    """Set a sender of its own to work for each channel, unless it still is; wait for none.

    So a slow gateway keeps neither another channel waiting nor a thread of the queue.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    channels = app.config["SETTINGS"].notice_channels
    _give_up_unknown([channel.name for channel in channels])
    started = []
    with _starting:
        for channel in channels:
            at_work = _senders.get(channel.name)
            if at_work is None or not at_work.is_alive():
                sender = threading.Thread(target=_run, args=(app, channel), daemon=True)
                _senders[channel.name] = sender
                sender.start()
                started.append(sender)
    return started


def send_channel(channel: NoticeChannel) -> int:
    """Send what is due on one channel, the oldest first, one after the other; say how many."""
    ends, failures, sent = clock.monotonic() + RUN_SECONDS, 0, 0
    for _turn in range(RUN_MESSAGES):
        if failures >= FAILURES_MAX or clock.monotonic() > ends or not _is_any_due(channel):
            break
        claim = operations.claim(db.session(), channel=channel.name, at=clock.now())
        db.session.commit()
        if claim is None:
            break
        if claim.fate is operations.Fate.ASIDE:
            continue
        trouble = _send_claimed(channel, claim)
        failures = failures + 1 if trouble else 0
        sent += not trouble
    return sent


def purge() -> None:
    """Forget notices read long ago and deliveries of last month, a batch a transaction."""
    for _batch in range(PURGE_BATCHES):
        gone = operations.purge(db.session(), at=clock.now())
        db.session.commit()
        if not gone:
            break


def _run(app: Flask, channel: NoticeChannel) -> None:
    try:
        with app.app_context():
            sent = send_channel(channel)
    except Exception as error:  # noqa: BLE001 — the top of a thread; the clock starts another
        log.error("notice_sender_failed", channel=channel.name, kind=type(error).__name__)  # noqa: TRY400 — an address must not be logged
    else:
        if sent:
            log.info("notices_sent", channel=channel.name, count=sent)


def _send_claimed(channel: NoticeChannel, claim: operations.Claim) -> Trouble:
    """Send outside any transaction, then write down how it went."""
    community = current_app.config["SETTINGS"].community_name
    with force_locale(claim.locale if claim.locale in LOCALES else DEFAULT_LOCALE):
        title, body = outward_words(claim.topic, claim.words, claim.params, community)
    message = gateway.Message(claim.address, claim.number, title, body)
    trouble = gateway.send(channel, message)
    state = operations.finish(
        db.session(),
        delivery_id=claim.delivery_id,
        attempt=claim.attempt,
        trouble=trouble,
        at=clock.now(),
    )
    db.session.commit()
    if trouble:
        given_up = state is DeliveryState.GIVEN_UP
        log.warning(
            "notice_given_up" if given_up else "notice_not_sent",
            channel=channel.name,
            delivery=claim.delivery_id,
            attempt=claim.attempt,
            trouble=trouble.value,
        )
    return trouble


def _is_any_due(channel: NoticeChannel) -> bool:
    with reading():
        due = operations.is_any_due(db.session(), channel=channel.name, at=clock.now())
        db.session.rollback()  # what follows writes, and needs a transaction of its own kind
    return due


def _give_up_unknown(channels: list[str]) -> None:
    with reading():
        unknown = operations.is_any_unknown(db.session(), channels=channels)
        db.session.rollback()
    if unknown:
        operations.give_up_unknown(db.session(), channels=channels, at=clock.now())
        db.session.commit()
