"""Hashing (argon2id, OWASP's 19 MiB / 2 passes / 1 lane) and what counts as a password."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intranet.errors import InputError

LENGTH_MIN = 10
LENGTH_MAX = 200
# What people type when a rule asks for ten characters.
BANNED = frozenset(
    {
        "1234567890",
        "0123456789",
        "0987654321",
        "12345678910",
        "1111111111",
        "0000000000",
        "8888888888",
        "6666666666",
        "password123",
        "password12",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "abcdefghij",
        "woaini1314",
        "woaini5201314",
        "5201314520",
        "administrator",
    }
)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return the argon2id hash; about 30 ms, so never inside a write transaction."""
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Check a password; an unknown account costs the same work as a known one."""
    try:
        usable = stored is not None and stored.startswith("$argon2")
        return _hasher.verify(stored if stored and usable else _nobody(), password) and usable
    except (VerificationError, InvalidHashError):
        return False


def stronger(stored: str, password: str) -> str | None:
    """Return a new hash of a verified password when the stored one has older parameters."""
    return hash_password(password) if _hasher.check_needs_rehash(stored) else None


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def check_new(password: str, username: str) -> None:
    """Raise InputError when a password is too easy to guess."""
    if len(password) < LENGTH_MIN:
        raise InputError(
            "The password needs at least %(count)s characters.", field="password", count=LENGTH_MIN
        )
    if len(password) > LENGTH_MAX:
        raise InputError(
            "The password may have at most %(count)s characters.",
            field="password",
            count=LENGTH_MAX,
        )
    folded = password.casefold()
    if folded in BANNED or len(set(folded)) < 4:
        raise InputError("This password is among the first anybody would try.", field="password")
    if username.casefold() in folded and len(folded) < len(username) + 8:
        raise InputError("The password must not be built from the user name.", field="password")


def one_time() -> str:
    """Return a password to be read aloud once: no 0/O, 1/l."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))
