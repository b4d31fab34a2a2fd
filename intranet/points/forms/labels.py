"""What the ledger's words are called on pages."""

from __future__ import annotations

from intranet.i18n import _l
from intranet.points.models import (
    ClaimSource,
    ClaimState,
    ClaimVerb,
    Dimension,
    Evidence,
    Level,
    Occasion,
    Sign,
    Window,
)

DIMENSION_LABELS = {
    Dimension.PARTICIPATION: _l("Participation"),
    Dimension.CONTRIBUTION: _l("Contribution"),
    Dimension.SUPERVISION: _l("Supervision by residents"),
}
CLAIM_STATE_LABELS = {
    ClaimState.SUBMITTED: _l("Waits for approval"),
    ClaimState.PUBLICITY: _l("Now in publicity"),
    ClaimState.DISPUTED: _l("Objected to"),
    ClaimState.POSTED: _l("Entered in the ledger"),
    ClaimState.REFUSED: _l("Not approved"),
    ClaimState.WITHDRAWN: _l("Withdrawn"),
    ClaimState.CORRECTED: _l("Corrected by another"),
    ClaimState.REVERSED: _l("Undone in the ledger"),
}
# What was done to a claim, in the words of its history.
CLAIM_VERB_LABELS = {
    None: _l("filed it"),
    ClaimVerb.APPROVE: _l("approved it"),
    ClaimVerb.REFUSE: _l("did not approve it"),
    ClaimVerb.WITHDRAW: _l("took it back"),
    ClaimVerb.OBJECT: _l("objected"),
    ClaimVerb.DISMISS: _l("found the objection without ground"),
    ClaimVerb.UPHOLD: _l("found the objection right: it does not count"),
    ClaimVerb.AMEND: _l("corrected it after an objection"),
    ClaimVerb.POST: _l("Publicity ended; it is in the ledger"),
    ClaimVerb.UNDO: _l("undid the approval"),
    ClaimVerb.REVERSE: _l("had it undone in the ledger"),
}
SOURCE_LABELS = {
    ClaimSource.OWN: _l("own report"),
    ClaimSource.MEMBER: _l("entered by a grid member"),
    ClaimSource.GATHERING: _l("entered for all who took part"),
    ClaimSource.OFFERED: _l("noted by the system"),
}
EVIDENCE_LABELS = {
    Evidence.NONE: _l("nothing more"),
    Evidence.WORDS: _l("a few words"),
    Evidence.PHOTO: _l("words and a photo"),
}
LEVEL_LABELS = {
    Level.GRID_MEMBER: _l("the grid member or the office"),
    Level.OFFICE: _l("the office"),
    Level.SECRETARY: _l("the secretary"),
}
OCCASION_LABELS = {
    Occasion.INCIDENT: _l("a hazard one reported was found true and put right"),
    Occasion.PATROL: _l("a patrol was walked to its end"),
    Occasion.CAMERA: _l("a street camera was hosted for a month"),
}
SIGN_LABELS = {Sign.EARN: _l("gives points"), Sign.DEDUCT: _l("takes points away")}
WINDOW_LABELS = {
    Window.DAY: _l("a day"),
    Window.WEEK: _l("a week"),
    Window.MONTH: _l("a month"),
    Window.YEAR: _l("a year"),
}
