"""What people type about incidents, and the words for what the data name."""

from intranet.incidents.forms.callbacks import (
    CALL_PHRASES,
    PILE_LABELS,
    CallFilterForm,
    CallForm,
    Outcome,
)
from intranet.incidents.forms.figures import (
    COLUMNS,
    FIGURE_WORDS,
    SPAN_LABELS,
    STEP_WORDS,
    FiguresForm,
    Span,
)
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
from intranet.incidents.forms.report import ReportForm

__all__ = [
    "ATTACHMENT_LABELS",
    "CALL_PHRASES",
    "CARD_LABELS",
    "COLUMNS",
    "FIGURE_WORDS",
    "LIGHT_LABELS",
    "PHRASES",
    "PILE_LABELS",
    "REQUEST_LABELS",
    "SATISFACTION_LABELS",
    "SOURCE_LABELS",
    "SPAN_LABELS",
    "STAGE_LABELS",
    "STATE_LABELS",
    "STEP_WORDS",
    "TAB_LABELS",
    "URGENCY_LABELS",
    "VERB_LABELS",
    "CallFilterForm",
    "CallForm",
    "FiguresForm",
    "ListFilterForm",
    "MoveForm",
    "Outcome",
    "ReportForm",
    "Span",
    "options",
    "read_assignees",
]
