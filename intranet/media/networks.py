"""Which addresses a camera may have: rtsp or rtsps, and only inside the allowed networks.

Whoever may type an address could otherwise aim this machine at anything. The name is resolved
here, every address it has must be allowed, and ffmpeg is given the address itself, so that a
second answer of the name server changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from intranet.media.door import Trouble

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
URL_MAX = 500
RTSP, HTTP = frozenset({"rtsp", "rtsps"}), frozenset({"http"})
PORTS = {"rtsp": 554, "rtsps": 322, "http": 80}
PORTS_DENIED = frozenset(
    {22, 25, 53, 80, 111, 135, 139, 389, 443, 445, 1433, 2049, 3306, 5432, 6379}
)


class AddressRefusedError(ValueError):
    """The address may not be used; ``trouble`` says why without repeating it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of a checked address that may be shown to those who manage cameras."""

    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return f"{self.host}:{self.port}{self.path}"


def parse(url: str, schemes: frozenset[str] = RTSP) -> Place:
    """Return host, port and path; raise AddressRefusedError when it is no such address."""
    if len(url) > URL_MAX or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise AddressRefusedError(Trouble.BAD_ADDRESS)
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise AddressRefusedError(Trouble.BAD_ADDRESS) from None
    usual = port == PORTS.get(parts.scheme)
    if parts.scheme not in schemes or not parts.hostname or (port in PORTS_DENIED and not usual):
        raise AddressRefusedError(Trouble.BAD_ADDRESS)
    query = f"?{parts.query}" if parts.query else ""
    return Place(parts.hostname, port, f"{parts.path}{query}")


def pinned(url: str, networks: tuple[Network, ...], schemes: frozenset[str] = RTSP) -> str:
    """Return the address with its host resolved and allowed.

    Raises AddressRefusedError: outside the networks, not resolvable, or no RTSP address.
    """
    place = parse(url, schemes)
    try:
        answers = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # 192.168..8.21 has an empty label: no host at all
        raise AddressRefusedError(Trouble.UNREACHABLE) from None
    addresses = [ipaddress.ip_address(answer[4][0]) for answer in answers]
    if not addresses or not all(is_allowed(address, networks) for address in addresses):
        raise AddressRefusedError(Trouble.OUTSIDE_NETWORKS)
    parts = urlsplit(url)
    userinfo, at, _host = parts.netloc.rpartition("@")
    first = addresses[0]
    host = f"[{first}]" if first.version == 6 else str(first)
    return urlunsplit(parts._replace(netloc=f"{userinfo}{at}{host}:{place.port}"))


def is_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[Network, ...]
) -> bool:
    """Whether an address lies in one of the networks; ::ffff:10.0.0.1 counts as 10.0.0.1."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks if network.version == address.version)
