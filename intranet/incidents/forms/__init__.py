"""What people type about incidents, and the words for what the data name."""

from intranet.incidents.forms.labels import (
    ATTACHMENT_LABELS,
    CARD_LABELS,
    LIGHT_LABELS,
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
from intranet.incidents.forms.moves import MoveForm, read_assignees
from intranet.incidents.forms.open311 import (
    DATATYPE_LABELS,
    ClientForm,
    QuestionForm,
    ReleaseForm,
)
from intranet.incidents.forms.report import ReportForm

__all__ = [
    "ATTACHMENT_LABELS",
    "CARD_LABELS",
    "DATATYPE_LABELS",
    "LIGHT_LABELS",
    "PHRASES",
    "REQUEST_LABELS",
    "SATISFACTION_LABELS",
    "SOURCE_LABELS",
    "STAGE_LABELS",
    "STATE_LABELS",
    "TAB_LABELS",
    "URGENCY_LABELS",
    "VERB_LABELS",
    "ClientForm",
    "ListFilterForm",
    "MoveForm",
    "QuestionForm",
    "ReleaseForm",
    "ReportForm",
    "options",
    "read_assignees",
]
