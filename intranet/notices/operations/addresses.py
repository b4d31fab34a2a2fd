"""Where a channel reaches a person: what may be typed, how it is masked and kept."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from intranet import sealing
from intranet.errors import InputError
from intranet.notices.models import NoticeAddress

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LENGTH_MAX = 200
BATCH = 500
MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
MOBILE = re.compile(r"1[3-9][0-9]{9}")
IDENTITY = re.compile(r"[A-Za-z0-9._@-]{1,128}")
# A group robot's webhook is long; what tells it from others is one parameter.
ROBOTS = {
    "wecom": ("qyapi.weixin.qq.com", "key"),
    "dingtalk": ("oapi.dingtalk.com", "access_token"),
}


def clean(channel: str, text: str) -> str:
    """Return the address as it is kept; raise InputError when the channel cannot reach it.

    The signs it may hold are few: it becomes part of a URL.
    """
    text = unicodedata.normalize("NFKC", text).strip()  # full-width digits and @ are typed a lot
    if channel == "mail":
        if len(text) <= LENGTH_MAX and MAIL.fullmatch(text):
            return text
        raise InputError("Give an e-mail address such as name@example.cn.")
    if channel == "sms":
        number = re.sub(r"[\s()（）-]", "", text).removeprefix("+86")
        if MOBILE.fullmatch(number):
            return number
        raise InputError("Give a mobile number of 11 digits.")
    identity = _robot(channel, text)
    if IDENTITY.fullmatch(identity):
        return identity
    raise InputError("Give the user id, or the address of your own robot as it was given to you.")


def masked(channel: str, address: str) -> str:
    """Return what a page shows of an address."""
    if channel == "mail":
        name, _, host = address.partition("@")
        return f"{name[0]}***@{host}"
    if channel == "sms":
        return f"{address[:3]}****{address[-4:]}"
    return f"{address[:2]}***" if len(address) > 4 else "***"


def renew_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH addresses behind an id with the newest key; return how many, and the id.

    Interrupted, it may be begun again: the older keys still open.
    """
    batch = session.scalars(
        select(NoticeAddress)
        .where(NoticeAddress.id > after)
        .order_by(NoticeAddress.id)
        .limit(BATCH)
    ).all()
    for one in batch:
        one.sealed = sealing.renew(one.sealed)
    session.flush()
    return len(batch), batch[-1].id if batch else after


def _robot(channel: str, text: str) -> str:
    host, name = ROBOTS.get(channel, ("", ""))
    if not text.startswith("https://"):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    found = parse_qs(parts.query).get(name, [""])
    return found[0] if parts.hostname == host else ""
