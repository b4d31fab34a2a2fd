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
STOP_SECONDS = 4.0
log = structlog.get_logger(__name__)


class Senders:
    """One thread a channel at most, and whether it was asked again while at work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: dict[str, threading.Thread] = {}
        self._asked_again: set[str] = set()
        self.stopping = threading.Event()

    def ask(self, app: Flask, channel: NoticeChannel) -> threading.Thread | None:
        """Set a thread to work; None when one is at it, which then looks once more at its end."""
        with self._lock:
            if self.stopping.is_set():
                return None
            if channel.name in self._at_work:
                self._asked_again.add(channel.name)
                return None
            sender = threading.Thread(target=self._work, args=(app, channel), daemon=True)
            self._at_work[channel.name] = sender
            sender.start()
            return sender

    def stop(self, seconds: float) -> None:
        """Let each end the message it is at, if that takes no longer."""
        with self._lock:
            self.stopping.set()
            ends = clock.monotonic() + seconds
            left = list(self._at_work.values())
        for sender in left:
            sender.join(max(0.0, ends - clock.monotonic()))

    def _work(self, app: Flask, channel: NoticeChannel) -> None:
        goes_on = True
        while goes_on:  # as often as it was asked, and each run is bounded
            _run(app, channel)
            with self._lock:
                goes_on = channel.name in self._asked_again and not self.stopping.is_set()
                self._asked_again.discard(channel.name)
                if not goes_on:
                    del self._at_work[channel.name]


senders = Senders()


def send() -> list[threading.Thread]:
    """Set a sender of its own to work for each channel, unless it still is; wait for none.

    So a slow gateway keeps neither another channel waiting nor a thread of the queue.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    channels = app.config["SETTINGS"].notice_channels
    _give_up_unknown([channel.name for channel in channels])
    return [one for one in (senders.ask(app, channel) for channel in channels) if one is not None]


def stop() -> None:
    """End with the messages that are on their way: cut off, they would have to be repeated."""
    senders.stop(STOP_SECONDS)


def send_channel(channel: NoticeChannel) -> int:
    """Send what is due on one channel, the oldest first, one after the other; say how many."""
    ends, failures, sent = clock.monotonic() + RUN_SECONDS, 0, 0
    for _turn in range(RUN_MESSAGES):
        enough = failures >= FAILURES_MAX or clock.monotonic() > ends
        if enough or senders.stopping.is_set() or not _is_any_due(channel):
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
