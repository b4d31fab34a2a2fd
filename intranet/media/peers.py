"""Whom a child talks to, read from the kernel.

ffmpeg follows a camera's RTSP redirect (302 and a Location) wherever it leads, and no option of
its own forbids that. So the worker looks at the child's sockets before it takes a picture.
"""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def remote_hosts(pid: int) -> set[Address]:
    """Return the far ends of the process's TCP connections; empty where that cannot be read."""
    try:
        sockets = _sockets(pid)
        return {
            address
            for table in ("tcp", "tcp6")
            for address in _far_ends(Path(f"/proc/{pid}/net/{table}"), sockets)
        }
    except OSError:
        return set()


def strays(pid: int, host: str) -> bool:
    """Whether the process talks to anybody but the host, an address as ``pinned`` gives it."""
    only = _plain(ipaddress.ip_address(host))
    return any(address != only for address in remote_hosts(pid))


def _sockets(pid: int) -> set[str]:
    links = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except FileNotFoundError:
            continue  # closed meanwhile
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def _far_ends(table: Path, sockets: set[str]) -> list[Address]:
    found = []
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        host, _colon, port = fields[2].partition(":")
        if fields[9] in sockets and int(port, 16):
            found.append(_address(host))
    return found


def _address(text: str) -> Address:
    """Read the kernel's hexadecimal: words of four bytes, each in the machine's own order."""
    words = [int(text[i : i + 8], 16) for i in range(0, len(text), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return _plain(ipaddress.ip_address(packed))


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
