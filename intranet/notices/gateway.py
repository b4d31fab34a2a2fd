"""The only file that touches apprise: one message to one address, within a time.

Apprise's own log is switched off: at warning level it names addresses and hosts, at debug level
URLs with their passwords. What we log says which channel and what kind of trouble, no more.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
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
ANSWER_BYTES_MAX = 65_536
# How apprise's services ask: most by post, those of json, xml and form by request.
ASKING = frozenset({"request", "get", "post", "put", "patch", "delete", "head"})
NO_BEGINS = 300
ROBOTS = frozenset({"wecombot", "dingtalk", "feishu", "lark"})  # they say no with HTTP 200
Answer = TypeVar("Answer")
_loading = threading.Lock()
_said = threading.local()
_hanging: dict[str, list[threading.Thread]] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out, and whose it is; none of it belongs in a log."""

    address: str = field(repr=False)
    number: str
    title: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the robot of a group answered: its HTTP status, 0 for none, and a number of its own."""

    trouble: Trouble
    status: int = 0
    code: str = ""
    is_barred: bool = False  # the house may not speak to that host


def send(channel: NoticeChannel, message: Message) -> Trouble:
    """Send and return what went wrong; never raises, and never takes longer than WHOLE_SECONDS.

    NO_ANSWER leaves a thread behind that still waits; a channel with HANGING_MAX of them answers
    NO_ANSWER at once until one ends.
    """
    return _in_time(channel.name, lambda: _try(channel, message), Trouble.NO_ANSWER)


def tell_group(name: str, url: str, words: str, is_allowed: Callable[[str], bool]) -> Heard:
    """Send a text to a group's robot and return what it answered; as ``send``, it never raises.

    ``name`` says in logs which channel it is; ``is_allowed`` is asked with the host and port that
    apprise would speak to, where the URL names one.
    """
    return _in_time(name, lambda: _tell(name, url, words, is_allowed), Heard(Trouble.NO_ANSWER))


def _in_time(name: str, act: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Do it in a thread of its own; what takes longer than WHOLE_SECONDS is left behind."""
    hanging = _hanging[name] = [one for one in _hanging.get(name, []) if one.is_alive()]
    if len(hanging) >= HANGING_MAX:
        return otherwise
    _apprise()  # not on the message's time
    ended: list[Answer] = []
    thread = threading.Thread(target=lambda: ended.append(act()), daemon=True)
    thread.start()
    thread.join(WHOLE_SECONDS)
    if not ended:
        hanging.append(thread)
        return otherwise
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


def _tell(name: str, url: str, words: str, is_allowed: Callable[[str], bool]) -> Heard:
    try:
        service = _service(url)
        if service is None:
            return Heard(Trouble.UNUSABLE)
        # A URL may ask for both to be otherwise; whoever typed it is not the operator.
        service.redirects, service.verify_certificate = False, True
        host = getattr(service, "host", None)
        if host and not is_allowed(f"{host}:{service.port}" if service.port else host):
            return Heard(Trouble.UNUSABLE, is_barred=True)
        listen = _listen(service)
        title = "" if _is_robot(service) else words.partition("\n")[0]
        accepted = service.notify(body=words, title=title, body_format="text")
    except Exception as error:  # noqa: BLE001 — the top of a thread; its text may name an address
        log.warning("notice_gateway_failed", channel=name, kind=type(error).__name__)
        return Heard(Trouble.REFUSED)
    return listen(accepted)


def _listen(service: Any) -> Callable[[bool], Heard]:
    """Have the answers to this thread kept, and return how to tell what they were.

    Apprise takes HTTP 200 for a yes, and robots say no with it. Its services call ``requests`` by
    a name of their module; what stands there for it now does the same, and keeps the answer.
    """
    module = sys.modules[type(service).__module__]
    if isinstance(getattr(module, "requests", None), ModuleType):
        module.requests = _Ear()  # type: ignore[attr-defined]
    _said.answer = None

    def heard(accepted: bool) -> Heard:
        answer = _said.answer
        status = 0 if answer is None else int(answer.status_code)
        code = "" if answer is None else _code(answer)
        is_well = accepted and (code in {"", "0"} or not _is_robot(service))
        return Heard(Trouble.NONE if is_well else Trouble.REFUSED, status, code)

    return heard


def _is_robot(service: Any) -> bool:
    return service.secure_protocol in ROBOTS


class _Ear:
    """Stands for ``requests`` in a module of apprise's."""

    def __getattr__(self, name: str) -> Any:
        import requests

        found = getattr(requests, name)
        return functools.partial(_hear, found) if name in ASKING else found


def _hear(ask: Callable[..., Any], *what: Any, **how: Any) -> Any:
    """Ask as ever, and keep the answer; of several the first no, which decides."""
    before = getattr(_said, "answer", None)
    said_no = before is not None and before.status_code >= NO_BEGINS
    if not said_no:
        _said.answer = None  # whoever does not answer now has said nothing
    answer = ask(*what, **how)
    if not said_no:
        _said.answer = answer
    return answer


def _code(answer: Any) -> str:
    """Return the number with which WeCom, DingTalk (``errcode``) and Feishu (``code``) answer."""
    try:
        said = answer.json() if len(answer.content) <= ANSWER_BYTES_MAX else None
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    found = said.get("errcode", said.get("code", said.get("StatusCode", "")))
    return str(found)[:20] if isinstance(found, int | str) else ""


def open_service(channel: NoticeChannel, message: Message) -> Any:
    """Return apprise's service for this address; None when the channel's URL is none.

    The number goes where the URL says ``{number}``, and as a header wherever one can be set
    (apprise's json, xml, form and mailto).
    """
    url = channel.template.replace("{address}", quote(message.address, safe=""))
    service = _service(url.replace("{number}", message.number))
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers.setdefault(NUMBER_HEADER, message.number)
    return service


def _service(url: str) -> Any:
    """Return apprise's service for a URL, which follows no redirects and does not wait for long."""
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id=SENDER, app_desc=SENDER, app_url="", http_redirects=False, plugin_paths=None
    )
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        return None
    service.socket_connect_timeout = CONNECT_SECONDS
    service.socket_read_timeout = READ_SECONDS
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

        for name in ("apprise", "urllib3", "requests"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.CRITICAL + 10)
            logger.propagate = False
        apprise.Apprise.instantiate("json://127.0.0.1")
    return apprise
