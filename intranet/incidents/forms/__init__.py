"""What people type about incidents, and the words for what the data name."""

from intranet.incidents.forms.callbacks import (
    CALL_PHRASES,
    PILE_LABELS,
    CallFilterForm,
    CallForm,
    Outcome,
)
from intranet.incidents.forms.catalogue import (
    ClassForm,
    CloseMatterForm,
    MatterForm,
    NewClassForm,
    NewMatterForm,
    form_of,
)
from intranet.incidents.forms.changes import CHANGE_ACTIONS, change_words
from intranet.incidents.forms.days import FREE, HOLIDAY_LABELS, WORKED, LegalDaysForm
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
from intranet.incidents.forms.limits import ORIGIN_LABELS, LimitsForm, limit_words
from intranet.incidents.forms.lists import ListFilterForm
from intranet.incidents.forms.moderation import ModerateForm, read_boxes
from intranet.incidents.forms.moves import MoveForm, lead_first, read_assignees
from intranet.incidents.forms.open311 import DATATYPE_LABELS, ClientForm, QuestionForm, ReleaseForm
from intranet.incidents.forms.report import ReportForm
from intranet.incidents.forms.units import NewUnitForm, UnitForm

__all__ = [
    "ATTACHMENT_LABELS",
    "CALL_PHRASES",
    "CARD_LABELS",
    "CHANGE_ACTIONS",
    "COLUMNS",
    "DATATYPE_LABELS",
    "FIGURE_WORDS",
    "FREE",
    "HOLIDAY_LABELS",
    "LIGHT_LABELS",
    "ORIGIN_LABELS",
    "PARTY_ROLE_LABELS",
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
    "WORKED",
    "CallFilterForm",
    "CallForm",
    "ClassForm",
    "ClientForm",
    "CloseMatterForm",
    "FiguresForm",
    "LegalDaysForm",
    "LimitsForm",
    "ListFilterForm",
    "MatterForm",
    "ModerateForm",
    "MoveForm",
    "NewClassForm",
    "NewMatterForm",
    "NewUnitForm",
    "Outcome",
    "QuestionForm",
    "ReleaseForm",
    "ReportForm",
    "Span",
    "UnitForm",
    "change_words",
    "form_of",
    "lead_first",
    "limit_words",
    "options",
    "read_assignees",
    "read_boxes",
]
