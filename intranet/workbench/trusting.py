"""What the page about HTTPS shows: whether it runs, where, and by what its root is known."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from intranet.https import front, root
from intranet.https.names import address_of, network_addresses

if TYPE_CHECKING:
    from cryptography import x509

    from intranet.config import Settings

# The page opens at the steps of whoever asks; WeChat says what it is beside what it runs on.
DEVICES = (
    ("wechat", "MicroMessenger"),
    ("iphone", "iPhone|iPad"),
    ("android", "Android|HarmonyOS"),
    ("windows", "Windows"),
)


PIECE = 24  # eight pairs of digits with their colons


@dataclass(frozen=True, slots=True)
class Facts:
    """``addresses`` are URLs of the page; fingerprints, in pieces, are empty without a root."""

    is_running: bool
    addresses: list[str]
    label: str
    sha256: list[str]
    sha1: list[str]
    device: str


def facts(settings: Settings, host: str, browser: str) -> Facts:
    """Return what is so now; ``host`` is the one of the address the page was asked at."""
    made = root.read(settings.data_dir)
    return Facts(
        is_running=made is not None and front.is_running(settings),
        addresses=[
            address_of(one, settings.https_port) + front.PAGE for one in _hosts(settings, host)
        ]
        if settings.https_port
        else [],
        label=root.common_name(made) if made else "",
        sha256=_lines(made, hashes.SHA256()) if made else [],
        # What Windows shows when it asks; it guards nothing else.
        sha1=_lines(made, hashes.SHA1()) if made else [],  # noqa: S303
        device=next((name for name, words in DEVICES if re.search(words, browser)), ""),
    )


def _lines(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> list[str]:
    """Return the fingerprint in pieces that fit a phone and can be read out one by one."""
    digits = root.fingerprint(certificate, algorithm)
    return [digits[at : at + PIECE] for at in range(0, len(digits), PIECE)]


def _hosts(settings: Settings, host: str) -> list[str]:
    """Return where others reach the house: as the visitor does, unless that is this machine."""
    name = re.sub(r":\d+\Z", "", host).strip("[]")
    if not _is_loopback(name):
        return [name]
    return [*settings.https_names, *network_addresses()][:3] or ["localhost"]


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
