"""Where a channel leads: what may be typed, what is kept of it, and what a page shows.

Kept is an apprise URL. The three robots lie at fixed addresses and only the key is taken from
what was typed. Of other services those with an address of their own are taken as they are, and
those that go wherever the URL says only where the operator has listed the host.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, urlsplit

from sqlalchemy import select

from intranet import sealing
from intranet.errors import InputError
from intranet.jobs.models import Outlet, OutletKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BATCH = 500
LENGTH_MAX = 500
KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
SIGNING = re.compile(r"SEC[A-Za-z0-9]{16,128}")
# Services that speak to an address of their own, whatever the URL says.
FIXED = frozenset({"schan", "pushplus", "wxpusher", "spugpush", "lark", "tgram"})
# Services that speak to the host in the URL.
HOSTED = frozenset(
    f"{one}{secure}"
    for one in ("json", "xml", "form", "gotify", "mmost", "rocket")
    for secure in ("", "s")
)
VISIBLE = re.compile(r"[!-~]+")


def address_of(
    kind: OutletKind, typed: str, signing: str, hosts: Collection[str]
) -> tuple[str, str]:
    """Return the apprise URL of a channel and what a page shows of it.

    Raises InputError (``address`` or ``signing``), which never quotes what was typed.
    """
    typed, signing = typed.strip(), signing.strip()
    if signing and kind is not OutletKind.DINGTALK:
        raise InputError("Only DingTalk's robots have a signing key here", "signing")
    if len(typed) > LENGTH_MAX or not VISIBLE.fullmatch(typed):
        raise InputError("Paste the whole address as the group shows it", "address")
    if kind is OutletKind.WECOM:
        key = _key(typed, "qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key")
        return f"wecombot://{key}/", _masked("qyapi.weixin.qq.com", key)
    if kind is OutletKind.DINGTALK:
        key = _key(typed, "oapi.dingtalk.com", "/robot/send", "access_token")
        if signing and not SIGNING.fullmatch(signing):
            raise InputError("The signing key begins with SEC", "signing")
        before = f"{signing}@" if signing else ""
        return f"dingtalk://{before}{key}/", _masked("oapi.dingtalk.com", key)
    if kind is OutletKind.FEISHU:
        key = _key(typed, "open.feishu.cn", "/open-apis/bot/v2/hook/", "")
        return f"feishu://{key}/", _masked("open.feishu.cn", key)
    return typed, _other(typed, hosts)


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether the house may speak to a channel; the operator's list may have become shorter."""
    parts = _parts(url)
    if parts is None:
        return False
    scheme = parts.scheme.lower()
    if scheme in {"wecombot", "dingtalk", "feishu"} | FIXED:
        return True
    return scheme in HOSTED and _is_listed(parts, hosts)


def may_speak_to(url: str, hosts: Collection[str], spoken: str) -> bool:
    """Whether a host and port, as the sender read them in the URL, are ones it may speak to.

    Services with an address of their own have their key where others have the host.
    """
    is_hosted = url.partition(":")[0].lower() in HOSTED
    return not is_hosted or spoken.lower() in hosts or spoken.lower().partition(":")[0] in hosts


def renew_outlet_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH addresses behind an id anew; return how many, and the last one's id."""
    batch = session.scalars(
        select(Outlet).where(Outlet.id > after).order_by(Outlet.id).limit(BATCH)
    ).all()
    for one in batch:
        one.sealed = sealing.renew(one.sealed) if one.sealed else None
    session.flush()
    return len(batch), batch[-1].id if batch else after


def _other(url: str, hosts: Collection[str]) -> str:
    parts = _parts(url)
    scheme = parts.scheme.lower() if parts else ""
    if parts is None or not parts.netloc or scheme not in FIXED | HOSTED:
        known = ", ".join(sorted(FIXED | HOSTED))
        raise InputError("An address of one of these: %(known)s", "address", known=known)
    if scheme in HOSTED and not _is_listed(parts, hosts):
        raise InputError(
            "The house may not speak to this host; the operator lists those it may", "address"
        )
    return f"{scheme}://{parts.hostname}/***" if scheme in HOSTED else f"{scheme}://***"


def _is_listed(parts: SplitResult, hosts: Collection[str]) -> bool:
    return parts.hostname in hosts or f"{parts.hostname}:{parts.port}" in hosts


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_well = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts if is_well else None


def _key(typed: str, host: str, path: str, name: str) -> str:
    """Return the key in the address a group shows for its robot."""
    parts = _parts(typed)
    found = ""
    if parts is not None and (parts.scheme, parts.netloc.lower()) == ("https", host):
        if name and parts.path.rstrip("/") == path:
            found = parse_qs(parts.query).get(name, [""])[0]
        elif not name and parts.path.startswith(path):
            found = parts.path.removeprefix(path).strip("/")
    if not KEY.fullmatch(found):
        raise InputError("Paste the whole address as the group shows it", "address")
    return found


def _masked(host: str, key: str) -> str:
    return f"{host} ****{key[-4:]}"
