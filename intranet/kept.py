"""Rendered pieces, kept in this process until something they show has changed.

What changed is read from the audit trail: every write leaves an entry there, named by its room,
in its own transaction, and entries are committed in the order of their ids (the chain's lock).
So one look at the end of one index tells whether a piece still holds, in whichever process the
write was made. A piece is never older than the reader's own transaction: a reader whose snapshot
is behind neither takes nor leaves any.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, current_app
from sqlalchemy import bindparam, select

from intranet.audit import AuditEntry

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

Piece = TypeVar("Piece")
PIECES_MAX = 64  # of some 70 kB
ENTRIES_MAX = 200  # read at once; after a longer pause everything is made anew
_trail: Any = AuditEntry.__table__
_SINCE = (
    select(_trail.c.id, _trail.c.hash, _trail.c.action)
    .where(_trail.c.id >= bindparam("last"))
    .order_by(_trail.c.id)
    .limit(ENTRIES_MAX)
)
_NEWEST = select(_trail.c.id, _trail.c.hash).order_by(_trail.c.id.desc()).limit(1)


class Keeper:
    """One process's pieces, and how far it has followed the trail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[int, str] = (0, "")  # id and hash of the newest entry known
        self._floor = 0  # rooms without an entry of their own since we look
        self._rooms: dict[str, int] = {}
        self._pieces: OrderedDict[Hashable, Any] = OrderedDict()

    def piece(
        self, session: Session, rooms: Sequence[str], key: Hashable, make: Callable[[], Piece]
    ) -> Piece:
        """Return what ``make`` returned for this key since the rooms' last change, or make it."""
        version = self._version(session.connection(), rooms)
        if version is None:
            return make()
        whole_key = (tuple(rooms), key, version)
        with self._lock:
            if whole_key in self._pieces:
                self._pieces.move_to_end(whole_key)
                return cast("Piece", self._pieces[whole_key])
        made = make()
        with self._lock:
            self._pieces[whole_key] = made
            while len(self._pieces) > PIECES_MAX:
                self._pieces.popitem(last=False)
        return made

    def _version(self, connection: Connection, rooms: Sequence[str]) -> int | None:
        """Return the rooms' newest entry in this snapshot; None when it cannot be told."""
        with self._lock:
            last = self._last
        if not last[0]:
            return self._start_anew(connection)
        entries = connection.execute(_SINCE, {"last": last[0]}).all()
        if not entries:
            return None  # our snapshot ends before what others have seen already
        # Another trail than the one we followed (a restored back-up), or too much at once.
        if (entries[0][0], entries[0][1]) != last or len(entries) == ENTRIES_MAX:
            return self._start_anew(connection)
        with self._lock:
            for number, _digest, action in entries[1:]:
                room = action.partition(":")[0]
                self._rooms[room] = max(number, self._rooms.get(room, 0))
            if entries[-1][0] > self._last[0]:
                self._last = (entries[-1][0], entries[-1][1])
            if self._last[0] > entries[-1][0]:
                return None  # another thread is ahead of this snapshot by now
            return max(self._rooms.get(room, self._floor) for room in rooms)

    def _start_anew(self, connection: Connection) -> int | None:
        newest = connection.execute(_NEWEST).one_or_none()
        with self._lock:
            self._pieces.clear()
            self._rooms.clear()
            self._last = (newest[0], newest[1]) if newest else (0, "")
            self._floor = self._last[0]
            return self._floor or None


def init_app(app: Flask) -> None:
    """Give the app its keeper."""
    app.extensions["kept"] = Keeper()


def piece(
    session: Session, rooms: Sequence[str], key: Hashable, make: Callable[[], Piece]
) -> Piece:
    """Return a piece of this app's keeper; the key holds whatever else the piece depends on."""
    keeper: Keeper = current_app.extensions["kept"]
    return keeper.piece(session, rooms, key, make)
