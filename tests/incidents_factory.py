"""Plain functions that put matters, units and incidents into the database."""

from __future__ import annotations

import secrets

from factories import AT, create_account, viewer_of
from sqlalchemy import select

from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import (
    AttachmentKind,
    Category,
    IncidentEvent,
    Source,
    TimeLimit,
    Unit,
    UnitMember,
    Urgency,
)
from intranet.incidents.operations import Report, Stored


def create_category(name="飞线充电", *, urgency=Urgency.URGENT, needs_photo=False, **fields):
    """Insert a matter below a class of its own."""
    stem = secrets.token_hex(3)
    parent = Category(code=f"p{stem}", name="安全隐患", opened_on=AT.date(), urgency=urgency)
    db.session.add(parent)
    db.session.flush()
    category = Category(
        parent_id=parent.id,
        code=f"c{stem}",
        name=name,
        opened_on=AT.date(),
        urgency=urgency,
        needs_photo=needs_photo,
        **fields,
    )
    db.session.add(category)
    db.session.commit()
    return category


def create_unit(grid, name="城管办", members=()):
    """Insert a unit with the accounts that act for it."""
    unit = Unit(grid_path=grid.path, name=name)
    db.session.add(unit)
    db.session.flush()
    db.session.add_all(UnitMember(unit_id=unit.id, account_id=one.id) for one in members)
    db.session.commit()
    return unit


def create_incident(grid, category, *, reporter=None, at=AT, as_draft=False, **content):
    """Have somebody report something; returns the incident, committed."""
    reporter = reporter or create_account("micro_member", grid.path)
    incident = operations.report(
        db.session(),
        actor=viewer_of(reporter),
        at=at,
        content=Report(grid=grid, category=category, source=Source.PATROL, **content),
        as_draft=as_draft,
    )
    db.session.commit()
    return incident


def add_photo(incident, actor, *, at, kind=AttachmentKind.RESULT):
    """Attach a picture that lies in the store, as far as the database knows."""
    operations.add_files(
        db.session(),
        actor=actor,
        at=at,
        incident=incident,
        kind=kind,
        files=[Stored("k" * 32, "image/jpeg", width=4, height=3)],
    )
    db.session.commit()


def history(incident):
    """Return the events of an incident, oldest first."""
    return db.session.scalars(
        select(IncidentEvent)
        .where(IncidentEvent.incident_id == incident.id)
        .order_by(IncidentEvent.id)
    ).all()


def last_id(path):
    """Return the number of the grid a path leads to: the path changes when the grid moves."""
    return int(path.split(".")[-2])


def assert_replays(incident):
    """See that the row is what its history makes of it, all of it that a history tells."""
    events = history(incident)
    assert events, "no incident without a history"
    standing = operations.replay(events)
    assert standing.state is incident.state
    assert standing.previous_state is incident.previous_state
    assert (standing.round, standing.extension_minutes, standing.merged_into) == (
        incident.round,
        incident.extension_minutes,
        incident.merged_into_id,
    )
    assert (standing.category_id, standing.urgency, standing.desk_id) == (
        incident.category_id,
        incident.urgency.value,
        last_id(incident.desk_path),
    )
    assert standing.grid_id == last_id(incident.grid_path)
    held = {(one.kind, one.id) for one in operations.assignees(db.session(), incident)}
    assert held == standing.assignees
    assert incident.latest_event_id == events[-1].id
    assert incident.changed_at == events[-1].at


def change_limit(urgency, stage, minutes, warn, *, in_days=False, at=AT):
    """Change a limit of the house, and have the clocks counted anew by whoever comes to it."""
    found = db.session.scalar(
        select(TimeLimit).where(
            TimeLimit.category_id.is_(None), TimeLimit.urgency == urgency, TimeLimit.stage == stage
        )
    )
    limit = found or TimeLimit(urgency=urgency, stage=stage)
    limit.minutes, limit.warn_minutes, limit.in_working_days = minutes, warn, in_days
    db.session.add(limit)
    db.session.flush()
    operations.ask_recount(db.session(), at=at)
    db.session.commit()
