"""The names and addresses under which people reach this machine."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from intranet.config import HOST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Asks an interface for its IPv4 address; netdevice(7), and <sys/sockio.h> of macOS.
SIOCGIFADDR = 0xC0206921 if sys.platform == "darwin" else 0x8915
# What containers and virtual machines talk over: nobody's phone is there.
INNER = ("docker", "br-", "veth", "virbr", "podman", "cni")


def host_names() -> list[str]:
    """Return what this machine calls itself, alone and as ``.local`` in its own network."""
    whole = socket.gethostname().strip(".").lower()
    short = whole.partition(".")[0]
    names = dict.fromkeys((whole, short, f"{short}.local"))
    names.pop("localhost", None)
    return [name for name in names if HOST_NAME.fullmatch(name)]


def network_addresses() -> list[str]:
    """Return the IPv4 addresses at which others in the network find this machine."""
    found = [
        str(address)
        for name, address in _interfaces()
        if not name.startswith(INNER) and not (address.is_loopback or address.is_link_local)
    ]
    return list(dict.fromkeys(found))


def _interfaces() -> Iterator[tuple[str, ipaddress.IPv4Address]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _number, name in socket.if_nameindex():
            asked = struct.pack("256s", name.encode()[:15])
            with suppress(OSError):  # it is down, or has none
                answer = fcntl.ioctl(probe, SIOCGIFADDR, asked)
                yield name, ipaddress.IPv4Address(answer[20:24])


def address_of(name: str, port: int | None) -> str:
    """Return the address of HTTPS at a name or number."""
    return f"https://{f'[{name}]' if ':' in name else name}:{port}"


def is_own(name: str, given: Iterable[str]) -> bool:
    """Say whether a name or address is this machine's; ``given`` are those of the settings."""
    name = name.strip().rstrip(".").lower()
    if name == "localhost" or name in given or name in host_names():
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # One spelling of each, one of the loopback's millions: each name is a certificate on the disk.
    if str(address) != name or getattr(address, "ipv4_mapped", None):
        return False
    if address.is_loopback:
        return name in {"127.0.0.1", "::1"}
    return not (address.is_unspecified or address.is_multicast) and _can_be_bound(address)


def _can_be_bound(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Only one's own address can be bound, also one that came with a new lease a minute ago."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
