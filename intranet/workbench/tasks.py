"""What the background worker does for the house as a whole."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import current_app

from intranet import audit, clock, once
from intranet.db import db, reading
from intranet.workbench.queries import CHECKED

ANCHORS = "audit-anchors.txt"
log = structlog.get_logger(__name__)


def purge_once() -> None:
    """Forget the keys of forms that nobody can still have open."""
    once.forget(db.session(), before=clock.now() - timedelta(days=2))
    db.session.commit()


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
