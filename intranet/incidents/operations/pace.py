"""How long each step of an incident's first round took, in whole minutes.

Of several moments the first counts (an acceptance after a resubmission is none anew), but the
result that passed the check is the last one reported. A reopening begins a round of its own, whose
steps are not counted: the reopening itself is what the figures tell of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from intranet.incidents.models import Incident, Verb
from intranet.incidents.operations.clocks import Step

FIRST = {
    Verb.REPORT: "reported",
    Verb.ACCEPT: "accepted",
    Verb.DISPATCH: "dispatched",
    Verb.SETTLE: "dispatched",
    Verb.WHISTLE: "dispatched",  # from the desk; later than that, a dispatch came before it
    Verb.ARRIVE: "arrived",
}
LAST = {Verb.FINISH: "finished", Verb.SETTLE: "finished", Verb.VERIFY: "verified"}
# A step's column, and the moments it lies between.
PACES = {
    "accept_minutes": ("reported", "accepted"),
    "dispatch_minutes": ("accepted", "dispatched"),
    "arrive_minutes": ("dispatched", "arrived"),
    "handle_minutes": ("arrived", "finished"),
    "verify_minutes": ("finished", "verified"),
}


def paces(steps: Sequence[Step]) -> dict[str, int | None]:
    """Return the minutes of each step that was got through, by column; ``steps`` oldest first."""
    moments: dict[str, datetime] = {}
    for step in steps:
        if step.verb is Verb.REOPEN:
            break
        if step.verb in FIRST:
            moments.setdefault(FIRST[step.verb], step.at)
        if step.verb in LAST:
            moments[LAST[step.verb]] = step.at
    return {
        column: int((moments[end] - moments[begin]).total_seconds() // 60)
        if begin in moments and end in moments
        else None
        for column, (begin, end) in PACES.items()
    }


def keep_paces(incident: Incident, steps: Sequence[Step]) -> None:
    """Write what the steps took into the row."""
    for column, minutes in paces(steps).items():
        setattr(incident, column, minutes)
