"""The room's blueprint, how a page finds its incident, and the words all its pages use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from intranet.access import Permission, Viewer, require
from intranet.assets import asset
from intranet.db import db
from intranet.incidents import forms, queries
from intranet.incidents.models import Stage, State, Verb, numbered
from intranet.incidents.queries import Case, Light, Tab
from intranet.incidents.views.doors import doors

bp = Blueprint("incidents", __name__)
ENTER = Permission.INCIDENTS_INCIDENT_REPORT
VIEW = Permission.INCIDENTS_INCIDENT_VIEW


def case_for(permission: Permission, number: str) -> tuple[Viewer, Case]:
    """Return the viewer and the incident.

    404 where the viewer may not see it, 403 where they may not do ``permission`` to it.
    """
    viewer = require(ENTER)
    case = queries.case_or_404(db.session(), viewer, number)
    require(permission, case)
    return viewer, case


def category_choices() -> list[tuple[str, str]]:
    """Return the open matters as choices, each with its class before it."""
    listed = queries.categories(db.session())
    names = {one.id: one.name for one in listed}
    return [
        (str(one.id), f"{names.get(one.parent_id, '')} › {one.name}")
        for one in listed
        if one.parent_id is not None
    ]


bp.add_app_template_filter(numbered, "numbered")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "state_labels": forms.STATE_LABELS,
        "verb_labels": forms.VERB_LABELS,
        "stage_labels": forms.STAGE_LABELS,
        "urgency_labels": forms.URGENCY_LABELS,
        "source_labels": forms.SOURCE_LABELS,
        "light_labels": forms.LIGHT_LABELS,
        "tab_labels": forms.TAB_LABELS,
        "card_labels": forms.CARD_LABELS,
        "request_labels": forms.REQUEST_LABELS,
        "party_role_labels": forms.PARTY_ROLE_LABELS,
        "satisfaction_labels": forms.SATISFACTION_LABELS,
        "attachment_labels": forms.ATTACHMENT_LABELS,
        "phrases": forms.PHRASES,
        "State": State,
        "Stage": Stage,
        "Verb": Verb,
        "Light": Light,
        "Tab": Tab,
        "sprite": asset("sprite.svg"),
        "doors": doors,
    }
