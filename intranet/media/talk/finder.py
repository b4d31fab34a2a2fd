"""Which way leads to a loudspeaker: the makers' ways in the order of how common they are."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from intranet.media import networks
from intranet.media.door import TalkDriver, TalkTrouble, Trouble
from intranet.media.networks import Network
from intranet.media.talk.backchannel import Backchannel
from intranet.media.talk.dahua import Dahua
from intranet.media.talk.isapi import Isapi
from intranet.media.talk.speaker import Loudspeaker
from intranet.media.talk.trouble import TalkError

REFUSALS = {
    Trouble.OUTSIDE_NETWORKS: TalkTrouble.OUTSIDE_NETWORKS,
    Trouble.BAD_ADDRESS: TalkTrouble.BAD_ADDRESS,
    Trouble.UNREACHABLE: TalkTrouble.UNREACHABLE,
}
# After these another way is no better, and more tries with a wrong password lock cameras up.
FINAL = frozenset(
    {
        TalkTrouble.WRONG_PASSWORD,
        TalkTrouble.OUTSIDE_NETWORKS,
        TalkTrouble.UNREACHABLE,
        TalkTrouble.BUSY,
        TalkTrouble.TIMED_OUT,
        # Nothing that another way would change.
        TalkTrouble.NO_SOUND,
        TalkTrouble.BAD_SOUND,
        TalkTrouble.TOO_LATE,
        TalkTrouble.STOPPED,
    }
)


def ways(
    url: str, driver: TalkDriver | None, allowed: tuple[Network, ...]
) -> Iterator[tuple[TalkDriver, Loudspeaker]]:
    """Return the loudspeakers to try, in order. Raises TalkError for an address not allowed."""
    for one in [driver] if driver else list(TalkDriver):
        try:
            yield one, _loudspeaker(one, url, allowed)
        except networks.AddressRefusedError as error:
            raise TalkError(REFUSALS.get(error.trouble, TalkTrouble.BAD_ADDRESS)) from None


def _loudspeaker(driver: TalkDriver, url: str, allowed: tuple[Network, ...]) -> Loudspeaker:
    is_http = url.lower().startswith("http://")
    if driver is TalkDriver.BACKCHANNEL:
        # Of an HTTP address there is no RTSP side to be guessed but the usual one.
        plain = _as(url, "rtsp", 554) if is_http else _with_backchannel(url)
        return Backchannel(networks.pinned(plain, allowed))
    web = url if is_http else _as(url, "http", 80)
    pinned = networks.pinned(web, allowed, networks.HTTP)
    return Isapi(pinned) if driver is TalkDriver.ISAPI else Dahua(pinned)


def _as(url: str, scheme: str, port: int) -> str:
    """Return the address of the same device, user and password, by another protocol."""
    parts = urlsplit(url)
    userinfo, at, _rest = parts.netloc.rpartition("@")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return urlunsplit((scheme, f"{userinfo}{at}{host}:{port}", "/", "", ""))


def _with_backchannel(url: str) -> str:
    """Return the address with what Dahua's cameras want in it before they show the track."""
    parts = urlsplit(url)
    if "realmonitor" not in parts.path or "proto=" in parts.query.lower():
        return url
    query = "&".join(filter(None, [parts.query, "unicast=true", "proto=Onvif"]))
    return urlunsplit(parts._replace(query=query))
