"""The only file that touches apprise: one message to one address, within a time.

Apprise's own log is switched off: at warning level it names addresses and hosts, at debug level
URLs with their passwords. What we log says which channel and what kind of trouble, no more.
"""

from __future__ import annotations

import functools
import logging
import threading
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

from intranet.notices.models import Trouble

if TYPE_CHECKING:
    from intranet.config import NoticeChannel

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
# A gateway that sends a byte now and then outlives both of the above.
WHOLE_SECONDS = 30.0
HANGING_MAX = 4
SENDER = "Weiwang"  # in headers, where Chinese has no place
NUMBER_HEADER = "Idempotency-Key"
log = structlog.get_logger(__name__)
_loading = threading.Lock()
_hanging: dict[str, list[threading.Thread]] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out, and whose it is; none of it belongs in a log."""

    address: str = field(repr=False)
    number: str
    title: str = field(repr=False)
    body: str = field(repr=False)


def send(channel: NoticeChannel, message: Message) -> Trouble:
    """Send and return what went wrong; never raises, and never takes longer than WHOLE_SECONDS.

    NO_ANSWER leaves a thread behind that still waits; a channel with HANGING_MAX of them answers
    NO_ANSWER at once until one ends.
    """
    hanging = _hanging[channel.name] = [
        one for one in _hanging.get(channel.name, []) if one.is_alive()
    ]
    if len(hanging) >= HANGING_MAX:
        return Trouble.NO_ANSWER
    _apprise()  # not on the message's time
    ended: list[Trouble] = []
    thread = threading.Thread(target=lambda: ended.append(_try(channel, message)), daemon=True)
    thread.start()
    thread.join(WHOLE_SECONDS)
    if not ended:
        hanging.append(thread)
        return Trouble.NO_ANSWER
    return ended[0]


def _try(channel: NoticeChannel, message: Message) -> Trouble:
    try:
        service = open_service(channel, message)
        if service is None:
            return Trouble.UNUSABLE
        accepted = service.notify(body=message.body, title=message.title, body_format="text")
    except Exception as error:  # noqa: BLE001 — the top of a thread; its text may name an address
        log.warning("notice_gateway_failed", channel=channel.name, kind=type(error).__name__)
        return Trouble.REFUSED
    return Trouble.NONE if accepted else Trouble.REFUSED


def open_service(channel: NoticeChannel, message: Message) -> Any:
    """Return apprise's service for this address; None when the channel's URL is none.

    The number goes where the URL says ``{number}``, and as a header wherever one can be set
    (apprise's json, xml, form and mailto).
    """
    apprise = _apprise()
    url = channel.template.replace("{address}", quote(message.address, safe=""))
    url = url.replace("{number}", message.number)
    asset = apprise.AppriseAsset(
        app_id=SENDER, app_desc=SENDER, app_url="", http_redirects=False, plugin_paths=None
    )
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        return None
    service.socket_connect_timeout = CONNECT_SECONDS
    service.socket_read_timeout = READ_SECONDS
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers.setdefault(NUMBER_HEADER, message.number)
    return service


def _apprise() -> Any:
    with _loading:
        return _load()


@functools.cache
def _load() -> Any:
    """Load all its services, once: they are 130 modules, some of which warn of Python's future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1")
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 10)
        logger.propagate = False
    return apprise
