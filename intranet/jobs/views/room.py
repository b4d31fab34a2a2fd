"""The room's blueprint, and what all its pages know."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from intranet.jobs.forms import labels

bp = Blueprint("jobs", __name__)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "company_state_labels": labels.COMPANY_STATE_LABELS,
        "employment_labels": labels.EMPLOYMENT_LABELS,
        "pay_unit_labels": labels.PAY_UNIT_LABELS,
        "post_state_labels": labels.POST_STATE_LABELS,
        "post_verb_labels": labels.POST_VERB_LABELS,
        "shift_labels": labels.SHIFT_LABELS,
        "skill_kind_labels": labels.SKILL_KIND_LABELS,
    }
