"""Encryption at rest of the few fields a stolen database must not show.

Fernet (AES-128-CBC with HMAC-SHA256, ``cryptography``); keys one a line in ``field_keys`` beside
the data, newest first, readable by the service only. A back-up of the database without that file
opens nothing; docs/operating.md says so where back-ups are explained.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

if TYPE_CHECKING:
    from pathlib import Path

    from intranet.config import Settings

# Which rooms keep sealed fields of people: module:function(session, after) sealing the next batch
# behind an id anew and returning how many, and the last one's id.
HOLDERS = (
    "intranet.register.operations:renew_seals",
    "intranet.notices.operations:renew_seals",
    "intranet.incidents.operations:renew_seals",
    "intranet.points.operations:renew_seals",
    "intranet.jobs.operations:renew_seals",
    "intranet.jobs.operations:renew_outlet_seals",
)


@dataclass(slots=True)
class _Ring:
    """The keys in use, and what file they were read from, and when that was written."""

    path: Path
    written_ns: int
    sealer: MultiFernet


_rings: list[_Ring] = []


class SealBrokenError(RuntimeError):
    """A sealed field does not open: the key file is not the one it was sealed with."""


def configure(settings: Settings) -> None:
    """Load the keys of this house, making the first one when there is none."""
    path = settings.data_dir / "field_keys"
    if not path.exists():
        _write_first_key(path)
    _rings[:] = [_read(path)]


def _read(path: Path) -> _Ring:
    written_ns = path.stat().st_mtime_ns  # before reading: a change in between is seen next time
    keys = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
    return _Ring(path, written_ns, MultiFernet([Fernet(key) for key in keys if key]))


def _sealer() -> MultiFernet:
    """Return the keys as the file has them now: another process may have put a new one first."""
    ring = _rings[0]
    with contextlib.suppress(OSError):
        if ring.path.stat().st_mtime_ns != ring.written_ns:
            ring = _rings[0] = _read(ring.path)
    return ring.sealer


def _write_first_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(Fernet.generate_key() + b"\n")
    with contextlib.suppress(FileExistsError):
        # Two processes starting at once must agree: link(2) lets only one win.
        os.link(fresh, path)
    fresh.unlink()


def add_key(settings: Settings) -> None:
    """Put a new key first; what was sealed before still opens, and ``renew`` re-seals it."""
    path = settings.data_dir / "field_keys"
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(Fernet.generate_key() + b"\n" + path.read_bytes())
    fresh.replace(path)
    configure(settings)


def seal(text: str) -> str:
    """Return the text encrypted, as ASCII."""
    return _sealer().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Return the text; raise SealBrokenError when no key of this house opens it."""
    try:
        return _sealer().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        message = "a sealed field does not open with this house's keys"
        raise SealBrokenError(message) from None


def renew(sealed: str) -> str:
    """Return the same text sealed with the newest key."""
    return _sealer().rotate(sealed.encode("ascii")).decode("ascii")
