"""The database keeps its promises on both engines."""

from __future__ import annotations

import pytest
from factories import AT, create_account, create_town
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from intranet import audit
from intranet.db import db


def test_audit_rows_can_be_neither_changed_nor_deleted(app):
    town = create_town()
    account = create_account("secretary", town.community.path)
    entry = audit.record(
        db.session,
        actor=None,
        action="test:do",
        at=AT,
        object_kind="account",
        object_id=account.id,
        note="中文",
    )
    entry_id = entry.id
    db.session.commit()

    for statement in ("UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()

    assert db.session.get(audit.AuditEntry, entry_id).reason == ""
    assert list(audit.verify(db.session)) == []


def test_a_get_that_writes_is_refused(app, client):
    from intranet.db import ReadsNeverWrite, reading
    from intranet.people.models import LoginAttempt

    with reading():
        db.session.add(LoginAttempt(username="x", address="y", at=AT, succeeded=False))
        with pytest.raises(ReadsNeverWrite):
            db.session.flush()
