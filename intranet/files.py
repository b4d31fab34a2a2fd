"""Files people sent: each written once under a name nobody can guess, and never changed.

A key is ``<32 hex of salt><32 hex of hash>.<suffix>``, with ``.sealed`` behind it where the file
is encrypted. The hash is SHA-256 over salt and content, so a copy can be checked without the
database; the salt is random, so nobody who has a picture can find out whether the house has it too.

A file is whole or it is not there: it is written under another name in ``.new``, flushed to the
disk, renamed, and its folder flushed. A file whose row was never committed is swept a day later.
Two levels of 256 folders hold a million files at fifteen a folder.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import math
import os
import re
import secrets
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intranet import sealing
from intranet.errors import DomainError
from intranet.i18n import N_

if TYPE_CHECKING:
    from intranet.config import Settings

KEY_LENGTH_MAX = 32 + 32 + 1 + 5 + len(".sealed")
KEY = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})\.[a-z0-9]{1,5}(\.sealed)?", re.ASCII)
SUFFIX = re.compile(r"[a-z0-9]{1,5}", re.ASCII)
FOLDERS = 256
NEW = ".new"
CURSOR = ".swept"
SWEEP_AGE = timedelta(days=1)
SWEEP_FILES_MAX = 20_000
BATCH = 500
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# A sealed file: this mark, the length and text of the sealed content key, a nonce, the content.
MAGIC = b"WWS1"
NONCE_BYTES = 12

_directory: list[Path] = []


class NoSpaceError(DomainError):
    """The disk holds no more; nothing was written."""

    status = 503


def configure(settings: Settings) -> None:
    """Keep this house's files in its folder, made when it is missing, for its user alone."""
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    (settings.files_dir / NEW).mkdir(mode=0o700, exist_ok=True)
    _directory[:] = [settings.files_dir]


def put(data: bytes, suffix: str, *, sealed: bool = False) -> str:
    """Write a file and return its key; on return it survives a loss of power.

    ``suffix`` is of 1–5 small letters and digits, without a dot; ``sealed`` encrypts the content.
    Raises NoSpaceError when the disk is full.
    """
    if not SUFFIX.fullmatch(suffix):
        message = f"{suffix!r} is no suffix"
        raise ValueError(message)
    salt = secrets.token_bytes(16)
    head, body = _encrypted(data, salt) if sealed else (b"", data)
    key = f"{salt.hex()}{_digest(salt, body)}.{suffix}{'.sealed' if sealed else ''}"
    final = path(key)
    with _space_needed():
        for folder in (final.parent.parent, final.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
            # Even if it was there: another process may have made it and not yet come this far.
            _flush(folder.parent)
        _write(final, head, body)
    return key


def path(key: str) -> Path:
    """Return where the file of this key lies; raise ValueError for what is no key."""
    if not KEY.fullmatch(key):
        message = "this is no key of a file"
        raise ValueError(message)
    return _directory[0] / key[:2] / key[2:4] / key


def is_sealed(key: str) -> bool:
    """Say whether the file of this key is encrypted."""
    return key.endswith(".sealed")


def content(key: str) -> bytes:
    """Return what was put, unsealed if need be; raise FileNotFoundError when it is gone.

    Raises SealBrokenError where no key of this house opens a sealed file, or it was changed.
    """
    return open_sealed(key) if is_sealed(key) else path(key).read_bytes()


def open_sealed(key: str) -> bytes:
    """Return the content of a sealed file."""
    wrapped, body = _parts(path(key).read_bytes())
    content_key = base64.urlsafe_b64decode(sealing.unseal(wrapped))
    try:
        return AESGCM(content_key).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], bytes.fromhex(key[:32])
        )
    except (InvalidTag, ValueError):  # ValueError: cut off within the nonce
        message = "a sealed file was changed since it was written"
        raise sealing.SealBrokenError(message) from None


def delete(key: str) -> None:
    """Delete a file that no row names any more; one that is gone already is well gone."""
    path(key).unlink(missing_ok=True)


def is_whole(key: str) -> bool:
    """Say whether the file is there and is what was written, without opening a seal."""
    try:
        data = path(key).read_bytes()
        body = _parts(data)[1] if is_sealed(key) else data
    except (FileNotFoundError, sealing.SealBrokenError):
        return False
    return _digest(bytes.fromhex(key[:32]), body) == key[32:64]


def renew_seals() -> int:
    """Seal the content key of every sealed file with the newest key; return how many.

    Names and contents stay: only the head of a file is written anew, into a file of its own that
    takes the place of the old one.
    """
    renewed = 0
    for number in range(FOLDERS):
        for entry in _entries(number):
            if KEY.fullmatch(entry.name) and is_sealed(entry.name):
                wrapped, body = _parts(Path(entry.path).read_bytes())
                written = entry.stat()
                with _space_needed():
                    _write(Path(entry.path), _head(sealing.renew(wrapped)), body, written)
                renewed += 1
    return renewed


def sweep(
    known: Callable[[AbstractSet[str]], AbstractSet[str]],
    *,
    at: datetime,
    older_than: timedelta = SWEEP_AGE,
    files_max: int = SWEEP_FILES_MAX,
) -> int:
    """Delete what no row names and what was left half written; return how many files went.

    ``known`` returns those of the given keys, at most 500, that any row of any room names: what it
    leaves out is gone for good. Files younger than ``older_than`` stay: their row may be about to
    be committed. A run looks at the folders after those of the run before, and stops after
    ``files_max`` files, so that a run costs the same however many there are.
    """
    before = (at - older_than).timestamp()
    swept = _sweep_new(before)
    done, looked = _cursor(), 0
    for step in range(1, FOLDERS + 1):
        number = (done + step) % FOLDERS
        batch: list[os.DirEntry[str]] = []
        for entry in _entries(number):
            looked += 1
            if KEY.fullmatch(entry.name) and _written(entry) < before:
                batch.append(entry)
            if len(batch) == BATCH:
                swept += _delete_unknown(batch, known)
                batch = []
        swept += _delete_unknown(batch, known) if batch else 0
        (_directory[0] / CURSOR).write_text(f"{number}\n", encoding="ascii")
        if looked >= files_max:
            break
    return swept


def _digest(salt: bytes, body: bytes) -> str:
    return hashlib.sha256(salt + body).hexdigest()[:32]


def _encrypted(data: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Encrypt with a key of this file's own, and seal that key as the house seals its fields."""
    content_key, nonce = AESGCM.generate_key(bit_length=256), secrets.token_bytes(NONCE_BYTES)
    body = nonce + AESGCM(content_key).encrypt(nonce, data, salt)
    return _head(sealing.seal(base64.urlsafe_b64encode(content_key).decode("ascii"))), body


def _head(wrapped: str) -> bytes:
    return MAGIC + len(wrapped).to_bytes(2, "big") + wrapped.encode("ascii")


def _parts(data: bytes) -> tuple[str, bytes]:
    length = int.from_bytes(data[4:6], "big")
    wrapped = data[6 : 6 + length]
    if data[:4] != MAGIC or len(wrapped) < length or not wrapped.isascii():
        message = "this is no sealed file"
        raise sealing.SealBrokenError(message)
    return wrapped.decode("ascii"), data[6 + length :]


@contextlib.contextmanager
def _space_needed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            key = N_("The disk is full; nothing was saved. Please tell the administrator.")
            raise NoSpaceError(key) from None
        raise


def _write(final: Path, head: bytes, body: bytes, written: os.stat_result | None = None) -> None:
    fresh = _directory[0] / NEW / secrets.token_hex(16)
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(head)
            stream.write(body)
            stream.flush()
            os.fsync(handle)
        if written is not None:
            os.utime(fresh, ns=(written.st_atime_ns, written.st_mtime_ns))
        fresh.rename(final)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _flush(final.parent)


def _flush(folder: Path) -> None:
    """Put a folder's names on the disk; fsync(2) of a file does not."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(number: int) -> Iterator[os.DirEntry[str]]:
    """Yield the files of one first-level folder."""
    top = _directory[0] / f"{number:02x}"
    with contextlib.suppress(FileNotFoundError):
        for folder in sorted(top.iterdir()):
            with os.scandir(folder) as entries:
                yield from entries


def _cursor() -> int:
    """Return the folder the last run ended with."""
    try:
        return int((_directory[0] / CURSOR).read_text(encoding="ascii")) % FOLDERS
    except (FileNotFoundError, ValueError):
        return FOLDERS - 1


def _delete_unknown(
    batch: list[os.DirEntry[str]], known: Callable[[AbstractSet[str]], AbstractSet[str]]
) -> int:
    named = known({entry.name for entry in batch})
    gone = [entry for entry in batch if entry.name not in named]
    for entry in gone:
        Path(entry.path).unlink(missing_ok=True)
    return len(gone)


def _sweep_new(before: float) -> int:
    with os.scandir(_directory[0] / NEW) as entries:
        old = [entry for entry in entries if _written(entry) < before]
    for entry in old:
        Path(entry.path).unlink(missing_ok=True)
    return len(old)


def _written(entry: os.DirEntry[str]) -> float:
    """Return when a file was written, in seconds since 1970; one that went meanwhile is young."""
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:
        return math.inf
