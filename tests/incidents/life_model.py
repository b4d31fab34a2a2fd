"""What the rules make of an incident, told a second time: states, hands, clocks and alarms.

Knows nothing of the code under test but the table of moves and who holds which permission. It
counts time minute by minute and day by day, and reads no row.
"""

from __future__ import annotations

from datetime import timedelta

from intranet.access import Permission, allowed
from intranet.clock import BEIJING
from intranet.incidents.models import (
    OPEN,
    PAUSED,
    STAGE_OF,
    Need,
    Stage,
    State,
    Urgency,
    Verb,
)

SWAP = {Urgency.URGENT: Urgency.ORDINARY, Urgency.ORDINARY: Urgency.URGENT}
ASKS = {Verb.ASK_SUSPENSION: "suspension", Verb.ASK_EXTENSION: "extension"}
GRANTS = {Verb.SUSPEND: "suspension", Verb.EXTEND: "extension"}
GENERAL_DESK, TOWN_DESK = 4, 2
MORE_MINUTES = 45
WORKED_ON = {
    *(State.REPORTED, State.ACCEPTED, State.REOPENED),
    *(State.DISPATCHED, State.TRANSFERRED, State.HANDLING),
}


class Known:
    """What the model knows of an incident: told by answers, never read from the row."""

    def __init__(self, number, reporter, grid_path, book, *, urgent, at, draft):
        self.number, self.reporter, self.grid_path = number, reporter, grid_path
        self.place = ""
        self.urgency = Urgency.URGENT if urgent else Urgency.ORDINARY
        self.needs_photo = not urgent  # of the matter, see the test's two
        self.state, self.before = State.DRAFT, None
        self.turn, self.round = 0, 1
        self.acted = {reporter.account.id}
        self.hands, self.held = set(), []
        self.asked, self.extension, self.card = None, 0, None
        self.is_joined, self.reported_at = False, None
        self.merged_into = self.merged_at = self.closed_at = self.began_at = None
        self.in_time = self.minutes = self.satisfaction = None
        self.has_result = self.has_photo = False
        self.desk, self.raised = GENERAL_DESK, 0
        self.warned_at = self.told_at = self.stage_since = None
        self.book = dict(book)
        # Stretches of time that count, (from, to), the last without an end while it runs.
        self.total, self.stage, self.stage_time = [], None, []
        self.is_sent = False
        if not draft:
            self.send(at)

    def send(self, at):
        """It is reported, or sent again."""
        if not self.is_sent:
            self.is_sent, self.began_at, self.reported_at = True, at, at
        self.enter(Verb.REPORT, State.REPORTED, at)

    def enter(self, verb, state, at):
        """Change the state, and open or close the stretches in which time counts."""
        if verb is Verb.REOPEN:
            self.total = []
        if state in PAUSED:
            shut(self.total, at)
            shut(self.stage_time, at)
            if state is State.RETURNED:
                self.stage, self.stage_time, self.stage_since = None, [], None
        else:
            open_(self.total, at)
            if verb in {Verb.RESUME, Verb.UNMERGE, Verb.VERIFY}:
                open_(self.stage_time, at)
            elif state in STAGE_OF:
                self.stage, self.stage_time = STAGE_OF[state], [(at, None)]
                self.stage_since = at
        self.before, self.state = self.state, state
        self.asked = None
        self.turn += 1

    def climb(self, level):
        if level < self.desk:
            self.desk, self.raised = level, self.raised + 1


def shut(stretches, at):
    if stretches and stretches[-1][1] is None:
        stretches[-1] = (stretches[-1][0], at)


def open_(stretches, at):
    if not stretches or stretches[-1][1] is not None:
        stretches.append((at, None))


class Thing:
    """An incident as permissions ask about it."""

    def __init__(self, known, workers):
        self.grid_path = known.grid_path
        self.reporter_id = known.reporter.account.id
        self.worker_ids = frozenset(workers)
        self.acted_ids = frozenset(known.acted)


class Model:
    """The rules."""

    def __init__(self, calendar, book, units, gone):
        self.calendar, self.units = calendar, units  # units: id → accounts that act for it
        # (urgency, stage) → minutes, minutes of warning, whether only working days count
        self.book = dict(book)
        self.gone = gone  # accounts that cannot be given anything, by id

    # Who may do what

    def workers(self, known):
        found = {key for kind, key in known.held if kind == "account"}
        return found.union(*(self.units[key] for kind, key in known.held if kind == "unit"))

    def may(self, known, person, permission):
        return allowed(person.viewer, permission, Thing(known, self.workers(known)))

    def sees(self, known, person):
        if not known.is_sent:  # a draft, or one thrown away
            return person is known.reporter
        return self.may(known, person, Permission.INCIDENTS_INCIDENT_VIEW)

    def statuses(self, known, person, move, sent, now):  # noqa: PLR0911 — a line a rule
        """Return the statuses the rules allow for an answer; 303 alone means it must succeed."""
        verb = move.verb
        if not self.sees(known, person):
            return {404}
        if not self.may(known, person, move.permission):
            return {403}
        if sent["turn"] != known.turn and verb is not Verb.UNMERGE:
            return {409}
        if known.state not in move.sources or self.barred(known, person, verb, now):
            return {409}
        if verb is Verb.REPORT and known.state is State.DRAFT:
            return {409}
        if Need.WORDS in move.needs and len(sent.get("words", "").strip()) < 2:
            return {422}
        if verb in ASKS and known.asked:
            return {409}
        if verb is Verb.CLOSE:
            has_photo = known.has_photo or "photos" in sent or not known.needs_photo
            if not (known.has_result and has_photo):
                return {409}
        return {422} if self.lacks(known, verb, sent) else {303}

    def lacks(self, known, verb, sent):  # noqa: PLR0911 — a line a verb
        if verb is Verb.RECLASSIFY:
            return not sent.get("urgency") or sent["urgency"] == known.urgency.value
        if verb is Verb.RELOCATE:
            place = (sent.get("grid") or known.grid_path, sent.get("place", ""))
            return place == (known.grid_path, known.place)
        if verb is Verb.CLOSE:
            return not sent.get("reporter_word")
        if verb is Verb.EVALUATE:
            return not sent.get("satisfaction")
        if verb is Verb.ASK_EXTENSION:
            return not sent.get("minutes")
        if verb in {Verb.DISPATCH, Verb.TRANSFER, Verb.WHISTLE}:
            named = read(sent.get("assignees", []))
            fresh = [one for one in named if one not in known.held]
            wanted = fresh if verb is Verb.WHISTLE else named
            return not wanted or any(one in self.gone for kind, one in wanted if kind == "account")
        return False

    def barred(self, known, person, verb, now):  # noqa: PLR0911 — a line a rule
        me = person.account.id
        if verb in {Verb.VERIFY, Verb.REJECT}:
            return me in known.hands
        if verb is Verb.EVALUATE:
            return person is not known.reporter
        if verb in GRANTS or verb is Verb.REFUSE_REQUEST:
            fits = known.asked and GRANTS.get(verb, known.asked[0]) == known.asked[0]
            if not fits or known.asked[1] == me:
                return True
        if verb in {Verb.EXTEND, Verb.ASK_EXTENSION}:
            return known.extension > 0
        if verb is Verb.REOPEN:
            return now - known.closed_at > timedelta(days=15)
        if verb is Verb.UNMERGE:
            window = timedelta(days=3) if known.is_joined else timedelta(hours=1)
            return now - known.merged_at > window
        return False

    def may_merge(self, into, other):
        """Whether the rules let ``other`` go into ``into`` by the list.

        What is being checked takes others in on its own page alone, one by one.
        """
        return into is not other and {other.state, into.state} <= WORKED_ON

    def offers(self, into, person, grid_path, now, everybody, *, urgent):
        """Whether a person who reports there is offered to join it."""
        return (
            into.state in WORKED_ON
            and into.reporter is not person
            and into.grid_path == grid_path
            and into.needs_photo is not urgent
            and now - into.reported_at < timedelta(days=7)
            and not any(one.merged_into is into and one.reporter is person for one in everybody)
        )

    # What comes of it

    def follow(self, known, person, move, sent, now, everybody):  # noqa: C901, PLR0912, PLR0915 — a line a verb
        verb, me = move.verb, person.account.id
        if move.target in {State.DECLINED, State.VOID}:
            self.let_go(known, now, everybody)
        known.acted.add(me)
        if "photos" in sent:
            known.has_photo = True
        if verb in {Verb.ARRIVE, Verb.SETTLE, Verb.FINISH}:
            known.hands.add(me)
        if verb in {Verb.FINISH, Verb.SETTLE}:
            known.has_result = True
            known.hands |= {key for kind, key in known.held if kind == "account"}
        if verb in {Verb.DISPATCH, Verb.TRANSFER}:
            known.held = read(sent["assignees"])
        if verb is Verb.DISPATCH and sent.get("urgency"):
            known.urgency = Urgency(sent["urgency"])
        if verb is Verb.WHISTLE:
            known.held += [one for one in read(sent["assignees"]) if one not in known.held]
            known.climb(TOWN_DESK)
            if known.state in {State.ACCEPTED, State.REOPENED}:
                known.enter(verb, State.DISPATCHED, now)
                known.book = dict(self.book)
            else:
                known.turn += 1
        if verb in {Verb.REFUSE, Verb.REOPEN}:
            known.held = []
        if verb in ASKS:
            known.asked = (ASKS[verb], me)
            known.turn += 1
        if verb is Verb.EXTEND:
            known.extension += MORE_MINUTES
        if verb in {Verb.EXTEND, Verb.REFUSE_REQUEST}:
            known.asked = None
            known.turn += 1
        if verb is Verb.SUPERVISE and sent.get("card") and known.card != "red":
            known.card = sent["card"]
        if verb is Verb.RECLASSIFY:
            known.urgency = Urgency(sent["urgency"])
            if sent.get("category"):
                known.needs_photo = sent["needs_photo"]
            known.turn += 1
        if verb is Verb.RELOCATE:
            known.grid_path, known.place = sent["grid"], sent["place"]
            known.turn += 1
        if verb is Verb.EVALUATE:
            known.satisfaction = sent["satisfaction"]
        if verb is Verb.REOPEN:
            known.hands, known.has_result, known.has_photo = set(), False, False
            known.extension, known.closed_at, known.began_at = 0, None, now
            known.in_time = known.minutes = known.satisfaction = None
            known.round += 1
        if verb is Verb.CLOSE:
            known.closed_at = now
            total = self.moments(known)["total"]
            known.in_time = total is None or now <= total
            known.minutes = int((now - known.began_at).total_seconds() // 60)
        if verb is Verb.REPORT:
            known.send(now)
        elif move.target is not None or verb in {Verb.RESUME, Verb.UNMERGE}:
            known.enter(verb, move.target or known.before, now)
        if verb is Verb.UNMERGE:
            known.merged_into.acted.add(me)
            known.merged_into = None
        if move.target is not None or verb in {
            *(Verb.RESUME, Verb.UNMERGE, Verb.EXTEND, Verb.RECLASSIFY)
        }:
            known.book = dict(self.book)

    def merge(self, other, into, now, everybody, *, joined=False):
        """It goes into another, and what was merged into it goes along."""
        for one in everybody:
            if one.merged_into is other:
                one.enter(Verb.UNMERGE, one.before, now)
                self.merge(one, into, now, (), joined=one.is_joined)
        other.merged_into, other.merged_at, other.is_joined = into, now, joined
        other.enter(Verb.MERGE, State.MERGED, now)

    def let_go(self, known, now, everybody):
        """Nothing is done here: what was merged into it goes on by itself."""
        for one in everybody:
            if one.merged_into is known:
                one.merged_into = None
                one.enter(Verb.UNMERGE, one.before, now)
                one.book = dict(self.book)

    # Time

    def moments(self, known):
        """Return what the row is to say: ends of the stage and the whole, and both in one."""
        if known.state not in OPEN:
            return dict.fromkeys(("stage", "total", "due", "warn"))
        ends, warnings = {"stage": None}, []
        for name, stage, stretches in (
            ("stage", known.stage, known.stage_time),
            ("total", Stage.TOTAL, known.total),
        ):
            if stage is None:
                continue
            minutes, warn, in_days = known.book[known.urgency, stage]
            if stage in {Stage.HANDLE, Stage.TOTAL}:
                minutes += known.extension
            ends[name] = self.ends(stretches, minutes, in_days)
            warnings.append(self.ends(stretches, minutes - warn, in_days))
        due = min((ends[name] for name in ends if ends[name]), default=None)
        return {**ends, "due": due, "warn": min(filter(None, warnings), default=None)}

    def ends(self, stretches, left, in_days):
        """Count a limit minute by minute; None when the clock stands before it is used up."""
        for start, end in stretches:
            at = start
            while end is None or at < end:
                if left <= 0:
                    return at
                counts = not in_days or self.calendar.counts(at.astimezone(BEIJING).date())
                jump = leap(at, end, left if counts else None)
                left -= jump if counts else 0
                at += timedelta(minutes=jump)
            if left <= 0:
                return at
        return None

    def alarm(self, known):
        """Return when the clock rings next, and for what."""
        found = self.moments(known)
        left = [(end, Verb.ESCALATE) for end in self.untold(known, found)]
        due, warn = found["due"], found["warn"]
        is_late = known.told_at and due and known.told_at > due
        if due and warn and warn < due and not is_late:
            yellow_since = max(warn, known.stage_since or warn)
            if not known.warned_at or known.warned_at < yellow_since:
                left.append((warn, Verb.WARN))
        return min(left, default=None)

    def untold(self, known, found):
        """Return the ends after which nobody has been told yet that it is late."""
        ends = {one for one in (found["stage"], found["total"]) if one}
        return {one for one in ends if not known.told_at or known.told_at <= one}

    def minute(self, known, now):
        """Do what the worker does when it comes: return what rings, in order."""
        rings = []
        while (alarm := self.alarm(known)) and alarm[0] < now:
            if any(end < now for end in self.untold(known, self.moments(known))):
                known.told_at = now
                known.climb(max(1, known.desk - 1))
                rings.append(Verb.ESCALATE)
            else:
                known.warned_at = now
                rings.append(Verb.WARN)
        return rings


def leap(at, end, left):
    """Return how many minutes may be taken at one step: never past midnight, end or limit."""
    local = at.astimezone(BEIJING)
    steps = [24 * 60 - (local.hour * 60 + local.minute)]
    if end is not None:
        steps.append(int((end - at).total_seconds() // 60))
    if left is not None:
        steps.append(left)
    return max(1, min(steps))


def read(assignees):
    """Return ("account", 3) for "account:3"."""
    return [(kind, int(key)) for kind, _, key in (one.partition(":") for one in assignees)]
