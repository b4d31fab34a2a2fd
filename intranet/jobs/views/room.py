"""The room's blueprint, and what all its pages know."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, url_for

from intranet.jobs.forms import complaints, fairs, labels, saying, stations
from intranet.jobs.forms.fields import clock_words, yuan
from intranet.jobs.models import JobPost, PostState
from intranet.jobs.operations import CONSENT
from intranet.jobs.views.doors import doors

bp = Blueprint("jobs", __name__)


def page_for_all(post: JobPost) -> str:
    """Return the address at which everybody reads a post; empty while it is not seen."""
    is_seen = post.state in {PostState.PUBLISHED, PostState.FILLED}
    there = "jobs.post" in current_app.view_functions
    return url_for("jobs.post", post_id=post.id) if is_seen and there else ""


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "doors": doors,
        "company_state_labels": labels.COMPANY_STATE_LABELS,
        "employment_labels": labels.EMPLOYMENT_LABELS,
        "hours_said": saying.hours_said,
        "pay_said": saying.pay_said,
        "page_for_all": page_for_all,
        "pay_unit_labels": labels.PAY_UNIT_LABELS,
        "post_state_labels": labels.POST_STATE_LABELS,
        "post_verb_labels": labels.POST_VERB_LABELS,
        "shift_labels": labels.SHIFT_LABELS,
        "skill_kind_labels": labels.SKILL_KIND_LABELS,
        "channel_labels": labels.CHANNEL_LABELS,
        "consent_now": CONSENT,
        "consent_words": labels.CONSENT_WORDS,
        "wish_state_labels": labels.WISH_STATE_LABELS,
        "wish_verb_labels": labels.WISH_VERB_LABELS,
        "reached_labels": labels.REACHED_LABELS,
        "referral_state_labels": labels.REFERRAL_STATE_LABELS,
        "referral_verb_labels": labels.REFERRAL_VERB_LABELS,
        "end_reason_labels": labels.END_REASON_LABELS,
        "skip_reason_labels": labels.SKIP_REASON_LABELS,
        "stretch_said": saying.stretch_said,
        "yuan": yuan,
        "outcome_labels": complaints.OUTCOME_LABELS,
        "purpose_labels": stations.PURPOSE_LABELS,
        "wrong_labels": complaints.WRONG_LABELS,
        "fair_state_labels": fairs.FAIR_STATE_LABELS,
        "fair_verb_labels": fairs.FAIR_VERB_LABELS,
        "clock_words": clock_words,
    }
