"""Submitting twice does it once: the page makes a key, the first submission claims it.

A creating form holds ``{{ once_field() }}``; its view calls ``once.submit(viewer, act)`` in place
of the operation. The same key with the same body gives the first answer again; with another body,
409.

The claim is the first statement of the transaction. A second submission waits for it (SQLite: the
write lock; PostgreSQL: the unique index) and then finds it; a first one that fails rolls its claim
back and leaves the key free for a corrected try.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from flask import Flask, request
from markupsafe import Markup
from sqlalchemy import ForeignKey, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from intranet import clock
from intranet.db import Model, db
from intranet.errors import DomainError, InputError

if TYPE_CHECKING:
    from intranet.access import Viewer

FIELD = "once"
KEY_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
HASH_CHUNK_BYTES = 65536


class SubmittedOnce(Model):
    """One submission that was taken, and which object it made."""

    __tablename__ = "submitted_once"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the submission made; ``repeated`` when an earlier one had made it already."""

    object_id: str
    repeated: bool


def init_app(app: Flask) -> None:
    """Give every template ``once_field()``."""
    app.jinja_env.globals["once_field"] = once_field


def new_key() -> str:
    """Return a key nobody can guess: 128 random bits."""
    return secrets.token_urlsafe(16)


def once_field() -> Markup:
    """Return the hidden input that a creating form carries; each rendering has a key of its own."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, new_key())


def submit(viewer: Viewer | None, act: Callable[[], object]) -> Answer:
    """Do ``act``, which returns the id of what it made, once for this request's key and body.

    Works in the request's session; the view commits. Raises InputError when the form brings no
    key, DomainError when the key was used for something else, and whatever ``act`` raises.
    """
    key = request.form.get(FIELD, "")
    if not KEY_SHAPE.match(key):
        raise InputError("This page is out of date; reload it and try again")
    return run(
        db.session(),
        key=key,
        account_id=viewer.account_id if viewer else None,
        endpoint=request.path,
        body_hash=hash_of_request(),
        at=clock.now(),
        act=act,
    )


def was_answered(viewer: Viewer | None) -> bool:
    """Whether this very request was taken before: what it did may have cost the right to do it."""
    first = db.session.execute(
        select(SubmittedOnce.account_id, SubmittedOnce.endpoint, SubmittedOnce.body_hash).where(
            SubmittedOnce.key == request.form.get(FIELD, "")
        )
    ).one_or_none()
    account_id = viewer.account_id if viewer else None
    return first is not None and tuple(first) == (account_id, request.path, hash_of_request())


def run(
    session: Session,
    *,
    key: str,
    account_id: int | None,
    endpoint: str,
    body_hash: str,
    at: datetime,
    act: Callable[[], object],
) -> Answer:
    """Claim the key and do ``act``, or return the answer of whoever claimed it first."""
    claim: dict[str, object] = {
        "key": key,
        "account_id": account_id,
        "endpoint": endpoint,
        "body_hash": body_hash,
        "object_id": "",
        "at": at,
    }
    if _claimed(session, claim):
        object_id = str(act())
        session.execute(
            update(SubmittedOnce).where(SubmittedOnce.key == key).values(object_id=object_id)
        )
        return Answer(object_id, repeated=False)
    first = session.execute(
        select(
            SubmittedOnce.account_id,
            SubmittedOnce.endpoint,
            SubmittedOnce.body_hash,
            SubmittedOnce.object_id,
        ).where(SubmittedOnce.key == key)
    ).one()
    if tuple(first[:3]) != (account_id, endpoint, body_hash):
        raise DomainError("This form was already sent with other content; reload the page")
    return Answer(first.object_id, repeated=True)


def forget(session: Session, *, before: datetime) -> int:
    """Delete the claims made before a moment; return how many. Pages do not live that long."""
    gone = session.execute(delete(SubmittedOnce).where(SubmittedOnce.at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _claimed(session: Session, claim: dict[str, object]) -> bool:
    """Insert the claim unless the key is taken; waits for a rival that has not committed yet."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(SubmittedOnce).values(claim).on_conflict_do_nothing()
    inserted = session.execute(statement.returning(SubmittedOnce.key)).first()
    return inserted is not None


def hash_of_request() -> str:
    """Return a digest of all that the request's form brings, its files included."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True))
    digest = hashlib.sha256()
    digest.update(json.dumps([f for f in fields if f[0] != FIELD], ensure_ascii=False).encode())
    # By name alone: several files of one name, as photos are, have no order but their own.
    for name, upload in sorted(request.files.items(multi=True), key=itemgetter(0)):
        digest.update(json.dumps([name, upload.filename]).encode())
        while chunk := upload.stream.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
        upload.stream.seek(0)
    return digest.hexdigest()
