"""Digest login for RTSP (RFC 2617, MD5), as most cameras ask for it: without ``qop``."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from enum import StrEnum

NONCE_SECONDS = 60
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class Verdict(StrEnum):
    """What an Authorization header is worth."""

    GOOD = "good"
    STALE = "stale"  # right password, old nonce: the client may answer a new one by itself
    WRONG = "wrong"


class Doorkeeper:
    """Hands out nonces and checks the answers; it remembers nothing but a secret of its own."""

    def __init__(self, realm: str) -> None:
        self.realm = realm
        self.secret = secrets.token_bytes(16)

    def nonce(self, at: int) -> str:
        """Return the nonce of a Unix second."""
        seal = hmac.new(self.secret, str(at).encode(), hashlib.sha256).hexdigest()[:24]
        return f"{at:x}-{seal}"

    def challenge(self, *, stale: bool = False) -> str:
        """Return a WWW-Authenticate header's value."""
        more = ", stale=TRUE" if stale else ""
        nonce = self.nonce(int(time.time()))
        return f'Digest realm="{self.realm}", nonce="{nonce}", algorithm="MD5"{more}'

    def check(self, header: str, method: str, user: str, password: str) -> Verdict:
        """Judge an Authorization header; an answer with ``qop=auth`` is understood too."""
        fields = {name: quoted or bare for name, quoted, bare in _FIELD.findall(header)}
        told = {name: fields.get(name, "") for name in ("nonce", "uri", "nc", "cnonce", "qop")}
        if not header.startswith("Digest ") or fields.get("username") != user:
            return Verdict.WRONG
        first = _md5(f"{user}:{self.realm}:{password}")
        second = _md5(f"{method}:{told['uri']}")
        middle = [told["nonce"]]
        if told["qop"]:
            middle += [told["nc"], told["cnonce"], told["qop"]]
        expected = _md5(":".join((first, *middle, second)))
        if not hmac.compare_digest(expected, fields.get("response", "")):
            return Verdict.WRONG
        return Verdict.GOOD if self._fresh(told["nonce"]) else Verdict.STALE

    def _fresh(self, nonce: str) -> bool:
        moment = nonce.partition("-")[0]
        if not re.fullmatch("[0-9a-f]{1,12}", moment):
            return False
        at = int(moment, 16)
        return hmac.compare_digest(nonce, self.nonce(at)) and (
            0 <= time.time() - at <= NONCE_SECONDS
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
