"""The words for what the data name, and the phrases a thumb is enough for."""

from __future__ import annotations

from typing import Any

from intranet.i18n import _l
from intranet.incidents.models import (
    AttachmentKind,
    Card,
    PartyRole,
    Request,
    Satisfaction,
    Source,
    Stage,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.queries import Light, Tab

STATE_LABELS = {
    State.DRAFT: _l("Draft"),
    State.REPORTED: _l("To be accepted"),
    State.RETURNED: _l("Returned for more"),
    State.ACCEPTED: _l("To be dispatched"),
    State.DISPATCHED: _l("To be handled"),
    State.TRANSFERRED: _l("Transferred"),
    State.HANDLING: _l("Being handled"),
    State.SUSPENDED: _l("Suspended"),
    State.HANDLED: _l("To be verified"),
    State.VERIFIED: _l("To be closed"),
    State.REOPENED: _l("Reopened"),
    State.CLOSED: _l("Case closed"),
    State.EVALUATED: _l("Evaluated"),
    State.DECLINED: _l("Declined"),
    State.MERGED: _l("Merged"),
    State.VOID: _l("Void"),
}
# What the button says, and what the timeline says was done.
VERB_LABELS = {
    Verb.SAVE_DRAFT: _l("Save as draft"),
    Verb.REPORT: _l("Report"),
    Verb.WITHDRAW: _l("Withdraw"),
    Verb.ACCEPT: _l("Accept"),
    Verb.RETURN: _l("Return for more"),
    Verb.TAKE_BACK: _l("Take the return back"),
    Verb.DECLINE: _l("Decline"),
    Verb.DISPATCH: _l("Dispatch"),
    Verb.SETTLE: _l("Settle on the spot"),
    Verb.ARRIVE: _l("Arrive"),
    Verb.REFUSE: _l("Hand back"),
    Verb.TRANSFER: _l("Transfer"),
    Verb.SUSPEND: _l("Suspend"),
    Verb.RESUME: _l("Resume"),
    Verb.FINISH: _l("Report the result"),
    Verb.VERIFY: _l("Pass the check"),
    Verb.REJECT: _l("Fail the check"),
    Verb.CLOSE: _l("Close the case"),
    Verb.EVALUATE: _l("Evaluate"),
    Verb.REOPEN: _l("Reopen"),
    Verb.MERGE: _l("Merge"),
    Verb.UNMERGE: _l("Undo the merge"),
    Verb.VOID: _l("Make void"),
    Verb.COMMENT: _l("Add a note"),
    Verb.REMIND: _l("Remind"),
    Verb.SUPERVISE: _l("Supervise"),
    Verb.WHISTLE: _l("Whistle for departments"),
    Verb.ASK_SUSPENSION: _l("Ask to suspend"),
    Verb.ASK_EXTENSION: _l("Ask for more time"),
    Verb.EXTEND: _l("Grant more time"),
    Verb.REFUSE_REQUEST: _l("Refuse the request"),
    Verb.RECLASSIFY: _l("Reclassify"),
    Verb.RELOCATE: _l("Correct the place"),
    Verb.ABSORB: _l("Took another in"),
    Verb.RELEASE: _l("Let another go"),
    Verb.CALL_BACK: _l("Call back"),
    Verb.PHOTO: _l("Add photos"),
    Verb.REDACT: _l("Cover part of a photo"),
    Verb.RESTORE: _l("Put the original photo back"),
    Verb.HIDE: _l("Hide"),
    Verb.SHOW: _l("Show again"),
    Verb.RELATE: _l("Add a person concerned"),
    Verb.UNRELATE: _l("Take a person off"),
    Verb.ESCALATE: _l("Overdue: raised a level"),
    Verb.WARN: _l("Near due: warned"),
}
STAGE_LABELS = {
    Stage.ACCEPT: _l("Acceptance"),
    Stage.DISPATCH: _l("Dispatching"),
    Stage.ARRIVE: _l("Arrival"),
    Stage.HANDLE: _l("Handling"),
    Stage.VERIFY: _l("Verification"),
    Stage.TOTAL: _l("The whole"),
}
URGENCY_LABELS = {Urgency.URGENT: _l("Urgent"), Urgency.ORDINARY: _l("Ordinary")}
SOURCE_LABELS = {
    Source.PATROL: _l("Patrol"),
    Source.RESIDENT: _l("Resident"),
    Source.CALLER: _l("Call or visit"),
    Source.CAMERA: _l("Camera"),
    Source.OPEN311: _l("Open311"),
}
LIGHT_LABELS = {
    Light.GREEN: _l("In order"),
    Light.YELLOW: _l("Near due"),
    Light.RED: _l("Overdue"),
    Light.GREY: _l("Clock stopped"),
}
TAB_LABELS = {
    Tab.INBOX: _l("To do"),
    Tab.WATCH: _l("To supervise"),
    Tab.ACTED: _l("Handled by me"),
    Tab.MINE: _l("Started by me"),
    Tab.FOLLOWED: _l("Followed"),
    Tab.AREA: _l("My area"),
    Tab.ARCHIVE: _l("Archive"),
    Tab.DRAFTS: _l("Drafts"),
}
CARD_LABELS = {Card.YELLOW: _l("Yellow card"), Card.RED: _l("Red card")}
REQUEST_LABELS = {
    Request.SUSPENSION: _l("asks to suspend"),
    Request.EXTENSION: _l("asks for more time"),
}
SATISFACTION_LABELS = {
    Satisfaction.SATISFIED: _l("Satisfied"),
    Satisfaction.MOSTLY: _l("Mostly satisfied"),
    Satisfaction.DISSATISFIED: _l("Dissatisfied"),
}
ATTACHMENT_LABELS = {
    AttachmentKind.SCENE: _l("Scene"),
    AttachmentKind.RESULT: _l("Afterwards"),
    AttachmentKind.CHECK: _l("Check"),
    AttachmentKind.VOICE: _l("Voice note"),
}
PARTY_ROLE_LABELS = {
    PartyRole.CONCERNED: _l("Party concerned"),
    PartyRole.WITNESS: _l("Witness"),
    PartyRole.HARMED: _l("Injured party"),
    PartyRole.RELATIVE: _l("Relative of the reporter"),
    PartyRole.OWNER: _l("Owner or operator"),
    PartyRole.OTHER: _l("Other tie"),
}
# Common phrases for each move, so that a thumb is enough.
PHRASES = {
    Verb.RETURN: (_l("Please add the exact place"), _l("Please add a photo of the scene")),
    Verb.DECLINE: (
        _l("Not a matter of the grid; please call 12345"),
        _l("There is nothing to see at the place"),
    ),
    Verb.REFUSE: (_l("Not our duty"), _l("The place is wrong")),
    Verb.TRANSFER: (_l("This is their duty"), _l("More hands are needed")),
    Verb.SETTLE: (_l("Settled on the spot by persuasion"), _l("Cleared on the spot")),
    Verb.FINISH: (_l("Cleared, and those concerned were told"), _l("Repaired and checked")),
    Verb.VERIFY: (_l("Seen on site: settled"),),
    Verb.REJECT: (_l("It is still there"), _l("The photo does not show the result")),
    Verb.CLOSE: (_l("It is settled. Thank you for reporting it."),),
    Verb.REMIND: (_l("Please deal with it soon"),),
    Verb.SUPERVISE: (_l("Overdue: deal with it today and report back"),),
    Verb.ASK_SUSPENSION: (_l("Waiting for parts"), _l("The person concerned is away")),
    Verb.ASK_EXTENSION: (_l("The matter is complicated"),),
    Verb.WHISTLE: (_l("Departments are needed on site"),),
}


def options(labels: dict[Any, Any], *, blank: Any = None) -> list[tuple[str, str]]:
    """Return the choices of a select, with an empty one first when ``blank`` names it."""
    listed = [(key.value, str(label)) for key, label in labels.items()]
    return [("", str(blank)), *listed] if blank is not None else listed
