"""What people type about incidents, and the words for what the data name."""

from intranet.incidents.forms.labels import (
    ATTACHMENT_LABELS,
    CARD_LABELS,
    LIGHT_LABELS,
    PARTY_ROLE_LABELS,
    PHRASES,
    REQUEST_LABELS,
    SATISFACTION_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    STATE_LABELS,
    TAB_LABELS,
    URGENCY_LABELS,
    VERB_LABELS,
    options,
)
from intranet.incidents.forms.lists import ListFilterForm
from intranet.incidents.forms.moderation import ModerateForm, read_boxes
from intranet.incidents.forms.moves import MoveForm, lead_first, read_assignees
from intranet.incidents.forms.report import ReportForm

__all__ = [
    "ATTACHMENT_LABELS",
    "CARD_LABELS",
    "LIGHT_LABELS",
    "PARTY_ROLE_LABELS",
    "PHRASES",
    "REQUEST_LABELS",
    "SATISFACTION_LABELS",
    "SOURCE_LABELS",
    "STAGE_LABELS",
    "STATE_LABELS",
    "TAB_LABELS",
    "URGENCY_LABELS",
    "VERB_LABELS",
    "ListFilterForm",
    "ModerateForm",
    "MoveForm",
    "ReportForm",
    "lead_first",
    "options",
    "read_assignees",
    "read_boxes",
]
