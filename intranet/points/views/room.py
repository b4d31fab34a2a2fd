"""The room's blueprint, and what all its pages know."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from intranet.points import forms, queries
from intranet.points.models import ClaimState, Sign
from intranet.points.views.doors import doors
from intranet.register.forms import KIND_LABELS

bp = Blueprint("points", __name__)
# A light for each state of a claim: what waits for somebody is yellow, what went wrong red.
STATE_COLOURS = {
    ClaimState.SUBMITTED: "yellow",
    ClaimState.PUBLICITY: "yellow",
    ClaimState.DISPUTED: "red",
    ClaimState.POSTED: "green",
}


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "doors": doors,
        "known_pages": current_app.view_functions,
        "dimension_labels": forms.DIMENSION_LABELS,
        "claim_state_labels": forms.CLAIM_STATE_LABELS,
        "claim_state_colours": STATE_COLOURS,
        "claim_verb_labels": forms.CLAIM_VERB_LABELS,
        "source_labels": forms.SOURCE_LABELS,
        "evidence_labels": forms.EVIDENCE_LABELS,
        "level_labels": forms.LEVEL_LABELS,
        "occasion_labels": forms.OCCASION_LABELS,
        "window_labels": forms.WINDOW_LABELS,
        "sign_labels": forms.SIGN_LABELS,
        "kind_labels": KIND_LABELS,
        "HIGHER": queries.HIGHER,
        "ClaimState": ClaimState,
        "Sign": Sign,
    }
