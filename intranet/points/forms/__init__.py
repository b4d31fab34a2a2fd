"""What people type about points."""

from __future__ import annotations

from intranet.points.forms.claims import (
    AnswerForm,
    ClaimForm,
    GatheringForm,
    UndoingForm,
    WordsForm,
    day_or,
)
from intranet.points.forms.labels import (
    CLAIM_STATE_LABELS,
    CLAIM_VERB_LABELS,
    DIMENSION_LABELS,
    EVIDENCE_LABELS,
    LEVEL_LABELS,
    OCCASION_LABELS,
    SIGN_LABELS,
    SOURCE_LABELS,
    WINDOW_LABELS,
)
from intranet.points.forms.rules import MeetingForm, RuleForm

__all__ = [
    "CLAIM_STATE_LABELS",
    "CLAIM_VERB_LABELS",
    "DIMENSION_LABELS",
    "EVIDENCE_LABELS",
    "LEVEL_LABELS",
    "OCCASION_LABELS",
    "SIGN_LABELS",
    "SOURCE_LABELS",
    "WINDOW_LABELS",
    "AnswerForm",
    "ClaimForm",
    "GatheringForm",
    "MeetingForm",
    "RuleForm",
    "UndoingForm",
    "WordsForm",
    "day_or",
]
