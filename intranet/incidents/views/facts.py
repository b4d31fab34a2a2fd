"""What the pages of one incident show."""

from __future__ import annotations

from typing import Any

from intranet import clock
from intranet.access import Permission, Viewer, allowed
from intranet.db import db
from intranet.grids import queries as grids
from intranet.incidents import queries
from intranet.incidents.models import Incident
from intranet.incidents.queries import Case
from intranet.incidents.views import words
from intranet.incidents.views.room import VIEW
from intranet.people.forms import ROLE_LABELS
from intranet.register.forms import REASONS


def facts(viewer: Viewer, case: Case) -> dict[str, Any]:
    """Return what the pages of one incident show; a fixed number of queries."""
    session = db.session()
    now = clock.now()
    found = case.incident
    may_moderate = allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT, case)
    timeline = queries.timeline(session, found)
    names = queries.names(session, found, timeline)
    return {
        "case": case,
        "incident": found,
        "now": now,
        "light": queries.light_of(found.state, found.warn_at, found.due_at, now),
        "place": grids.labels({found.grid_path})[found.grid_path],
        "moves": queries.possible(viewer, case, at=now),
        "timeline": timeline,
        "sentences": [words.sentence(entry, names) for entry in timeline],
        "stops": words.stops(found, timeline),
        "asked_words": words.request_words(found, names),
        "minutes_words": words.minutes_words,
        "holders": queries.holders(session, found),
        "attachments": queries.attachments(session, found, hidden=may_moderate),
        "contacts": queries.contacts(session, found),
        "shown": {},
        "reasons": REASONS,
        "merged": queries.merged_here(session, found),
        "master": session.get(Incident, found.merged_into_id) if found.merged_into_id else None,
        "reporter": queries.reporter_name(session, found),
        "patrol": queries.patrol_of(session, viewer, found),
        "follows": queries.follows(session, viewer, found),
        "handlers": queries.handlers(session, [found]),
        "role_labels": ROLE_LABELS,
        "papers": words.papers_of(found, staff=allowed(viewer, VIEW)),
        "may_unmask": allowed(viewer, Permission.REGISTER_PERSONAL_UNMASK, case),
    }
