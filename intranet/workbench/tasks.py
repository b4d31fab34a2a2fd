"""What the background worker does for the house as a whole."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select, union_all

from intranet import audit, clock, files, once
from intranet.cameras.models import Camera
from intranet.clock import BEIJING
from intranet.db import Model, db, reading
from intranet.points import operations as points
from intranet.points.models import Occasion
from intranet.register.models import Party
from intranet.workbench.queries import CHECKED

ANCHORS = "audit-anchors.txt"
# A column whose name ends so names a file of the store, in whatever room: a test sees to it.
FILE_COLUMNS = ("file_key", "thumbnail_key", "sealed_key")
log = structlog.get_logger(__name__)


def purge_once() -> None:
    """Forget the keys of forms that nobody can still have open."""
    once.forget(db.session(), before=clock.now() - timedelta(days=2))
    db.session.commit()


def sweep_files() -> int:
    """Delete files whose row was never committed, a day after they were written; say how many."""
    with reading():
        gone = files.sweep(_known, at=clock.now())
        db.session.rollback()
    if gone:
        log.info("files_swept", count=gone)
    return gone


def file_columns() -> list[Any]:
    """Return every column, of any room, that names a file of the store."""
    return [
        column
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(FILE_COLUMNS)
    ]


def _known(keys: AbstractSet[str]) -> AbstractSet[str]:
    named = union_all(*(select(column).where(column.in_(keys)) for column in file_columns()))
    found = set(db.session.scalars(named))
    db.session.rollback()  # the next batch must see what was committed meanwhile
    return found


def verify_audit() -> None:
    """Walk the audit chain, say loudly where it breaks, and leave the result on the trail."""
    anchors = current_app.config["SETTINGS"].data_dir / ANCHORS
    with reading():
        broken = list(audit.verify(db.session(), audit.read_anchors(anchors)))
        db.session.rollback()  # what follows writes, and needs a transaction of its own kind
    if broken:
        log.error("audit_chain_broken", first=broken[0].entry_id, count=len(broken))
    else:
        log.info("audit_chain_holds")
    entry = audit.record(
        db.session(),
        actor=None,
        action=CHECKED,
        at=clock.now(),
        object_kind="audit",
        object_id=broken[0].entry_id if broken else "",
        broken=len(broken),
    )
    db.session.commit()
    if not broken:
        audit.leave_anchor(anchors, entry)


def offer_hosting() -> int:
    """Offer points to whoever hosted a camera through the month before; return how many.

    A camera counts that was there before the month began, is still there and is hosted. Whoever
    approves it sees how it was on line. Done again it offers nothing twice.
    """
    last = clock.today().replace(day=1) - timedelta(days=1)
    begin = datetime.combine(last.replace(day=1), time(), BEIJING)
    hosted = db.session.execute(
        select(Camera.code, Camera.name, Party)
        .join(Party, Party.id == Camera.host_party_id)
        .where(Camera.retired_at.is_(None), Camera.created_at <= begin)
        .order_by(Camera.id)
    ).all()
    done = 0
    for code, name, party in hosted:
        done += len(
            points.offer(
                db.session(),
                occasion=Occasion.CAMERA,
                party=party,
                event=f"cameras:{code}:{last:%Y-%m}",
                happened_on=last,
                at=clock.now(),
                words=name,
            )
        )
        db.session.commit()
    return done
