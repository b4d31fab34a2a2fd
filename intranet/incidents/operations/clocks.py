"""The clocks of one incident, worked out from its history and the limits that hold.

The whole's clock runs from the report, or from the reopening that began the round; it stands still
while the reporter is asked for more (退回补充) and while the matter is suspended (挂起). A stage's
clock runs from the move that brought the incident to whoever is to act; suspension stops it, and
being merged away and back does not set it back. An extension lengthens the handling and the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from intranet.incidents.models import PAUSED, STAGE_OF, Stage, State, Verb
from intranet.incidents.operations.working_time import WorkCalendar, due, elapsed

BEGINS_A_ROUND = frozenset({Verb.REPORT, Verb.REOPEN})
# The stage stays what it was: its clock is not set back.
GOES_ON = frozenset({Verb.RESUME, Verb.UNMERGE, Verb.VERIFY})
EXTENDED = frozenset({Stage.HANDLE, Stage.TOTAL})


@dataclass(frozen=True, slots=True)
class StageLimit:
    """How long a stage may take, in minutes of its calendar, and when its light turns yellow."""

    minutes: int
    warn_minutes: int
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Step:
    """One change of state: what the clocks need of an event."""

    at: datetime
    verb: Verb
    to_state: State


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the incident row keeps; moments are empty while no time runs."""

    stage: Stage | None = None
    stage_began_at: datetime | None = None
    stage_due_at: datetime | None = None
    total_due_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None


@dataclass(slots=True)
class _Running:
    """Stretches of time that count, the last one open while ``since`` is set."""

    stretches: list[tuple[datetime, datetime]]
    since: datetime | None

    def stop(self, at: datetime) -> None:
        if self.since is not None:
            self.stretches.append((self.since, at))
            self.since = None

    def go_on(self, at: datetime) -> None:
        if self.since is None:
            self.since = at

    def ends_at(self, length: timedelta, calendar: WorkCalendar) -> datetime | None:
        """Return the moment by which so much time has counted; None if time stands still first."""
        left = length
        for start, end in self.stretches:
            used = elapsed(start, end, calendar)
            if used >= left:
                return due(start, left, calendar)
            left -= used
        return None if self.since is None else due(self.since, left, calendar)


def clocks(
    steps: Sequence[Step], limits: Mapping[Stage, StageLimit], extension_minutes: int = 0
) -> Clocks:
    """Return the clocks after a history of changes of state, in order, oldest first.

    ``limits`` holds one for every Stage. An incident whose time stands still has a stage perhaps,
    but no moment by which it is due, unless that had passed already.
    """
    total = _Running([], None)
    stage_clock = _Running([], None)
    stage: Stage | None = None
    began_at: datetime | None = None
    last = State.DRAFT
    for step in steps:
        last = step.to_state
        if step.verb in BEGINS_A_ROUND and not _is_resubmission(step, total):
            total = _Running([], step.at)
        if last in PAUSED:
            total.stop(step.at)
            stage_clock.stop(step.at)
            continue
        total.go_on(step.at)
        if step.verb in GOES_ON:
            stage_clock.go_on(step.at)
        elif last in STAGE_OF:
            stage, began_at = STAGE_OF[last], step.at
            stage_clock = _Running([], step.at)
    if last not in STAGE_OF and last not in PAUSED:
        return Clocks()
    if last is State.RETURNED:  # nobody of ours is to act
        stage, began_at = None, None
    return _read((stage, began_at, stage_clock), total, limits, extension_minutes)


def _is_resubmission(step: Step, total: _Running) -> bool:
    """Whether a report is sent again after it was returned: the round goes on."""
    return step.verb is Verb.REPORT and bool(total.stretches or total.since)


def _read(
    running: tuple[Stage | None, datetime | None, _Running],
    total: _Running,
    limits: Mapping[Stage, StageLimit],
    extension_minutes: int,
) -> Clocks:
    stage, began_at, stage_clock = running
    whole = _ends(total, limits[Stage.TOTAL], extension_minutes)
    step: tuple[datetime | None, datetime | None] = (None, None)
    if stage is not None:
        more = extension_minutes if stage in EXTENDED else 0
        step = _ends(stage_clock, limits[stage], more)
    return Clocks(
        stage=stage,
        stage_began_at=began_at,
        stage_due_at=step[0],
        total_due_at=whole[0],
        due_at=_earliest([step[0], whole[0]]),
        warn_at=_earliest([step[1], whole[1]]),
    )


def _ends(clock: _Running, limit: StageLimit, more: int) -> tuple[datetime | None, datetime | None]:
    length = timedelta(minutes=limit.minutes + more)
    warning = length - timedelta(minutes=limit.warn_minutes)
    return clock.ends_at(length, limit.calendar), clock.ends_at(warning, limit.calendar)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)
