"""HTTP digest as cameras use it for RTSP and HTTP alike: with and without qop, stale nonces.

RFC 7616, and RFC 2069 where a camera names no qop. Basic is answered only where nothing else is
offered.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.request import parse_http_list, parse_keqv_list

_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
PARAMETERS_MAX = 20


@dataclass(frozen=True, slots=True)
class Challenge:
    """One ``WWW-Authenticate``; algorithm is a name of ours, ``is_session`` its ``-sess``."""

    scheme: str
    realm: str = ""
    nonce: str = ""
    opaque: str = ""
    qop: bool = False
    algorithm: str = "MD5"
    is_session: bool = False
    stale: bool = False


def read_challenges(headers: Sequence[str]) -> list[Challenge]:
    """Return the challenges that can be answered, the strongest first; others are passed over."""
    found = [one for one in map(_read, headers) if one is not None]
    order = {"SHA-256": 0, "MD5": 1}
    return sorted(found, key=lambda one: (one.scheme != "digest", order[one.algorithm]))


def _read(header: str) -> Challenge | None:
    scheme, _space, rest = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return Challenge("basic")
    if scheme.lower() != "digest":
        return None
    items = [one for one in parse_http_list(rest) if one.partition("=")[2]][:PARAMETERS_MAX]
    values = {name.strip().lower(): value for name, value in parse_keqv_list(items).items()}
    algorithm, _dash, session = values.get("algorithm", "MD5").upper().partition("-SESS")
    if algorithm not in _HASHES or not values.get("nonce"):
        return None
    offered = {one.strip().lower() for one in values.get("qop", "").split(",")}
    if values.get("qop") and "auth" not in offered:
        return None  # auth-int alone would hash the body: none of ours has one
    return Challenge(
        "digest",
        realm=values.get("realm", ""),
        nonce=values["nonce"],
        opaque=values.get("opaque", ""),
        qop="auth" in offered,
        algorithm=algorithm,
        is_session=bool(_dash) and not session,
        stale=values.get("stale", "").lower() == "true",
    )


@dataclass
class Credentials:
    """User and password, and the challenge under way with its count of uses."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    challenge: Challenge | None = None
    uses: int = 0

    def take(self, headers: Sequence[str]) -> bool:
        """Take a fresh challenge; False when there is none, or it only says that we are wrong.

        The same question after an answer means that the password is wrong, unless the nonce had
        become stale. Some cameras do not say so, and only send another nonce: that is believed of
        one they had taken before, and of none that was refused at its first use.
        """
        found = read_challenges(headers)
        if not found:
            return False
        fresh, before = found[0], self.challenge
        is_wrong = before is not None and (self.uses == 1 or fresh.nonce == before.nonce)
        if is_wrong and self.uses and not fresh.stale:
            return False
        self.challenge, self.uses = fresh, 0
        return True

    def answer(self, method: str, uri: str) -> str:
        """Return the ``Authorization`` for a request, or "" while nobody has asked for one."""
        asked = self.challenge
        if asked is None:
            return ""
        self.uses += 1
        if asked.scheme == "basic":
            pair = f"{self.user}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode('ascii')}"
        return _digest(asked, self, method, uri)


def _digest(asked: Challenge, who: Credentials, method: str, uri: str) -> str:
    count, cnonce = f"{who.uses:08x}", secrets.token_hex(8)

    def hashed(*parts: str) -> str:
        return _HASHES[asked.algorithm](":".join(parts).encode())

    secret = hashed(who.user, asked.realm, who.password)
    if asked.is_session:
        secret = hashed(secret, asked.nonce, cnonce)
    act = hashed(method, uri)
    between = [count, cnonce, "auth"] if asked.qop else []
    values = {
        "username": who.user,
        "realm": asked.realm,
        "nonce": asked.nonce,
        "uri": uri,
        "response": hashed(secret, asked.nonce, *between, act),
    }
    if asked.opaque:
        values["opaque"] = asked.opaque
    if asked.qop or asked.is_session:
        values["cnonce"] = cnonce
    words = [f'{name}="{_quoted(value)}"' for name, value in values.items()]
    if asked.algorithm != "MD5" or asked.is_session:
        words.append(f"algorithm={asked.algorithm}{'-sess' if asked.is_session else ''}")
    if asked.qop:
        words += ["qop=auth", f"nc={count}"]
    return "Digest " + ", ".join(words)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
