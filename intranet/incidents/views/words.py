"""An incident's way told: the stations of its line, and each event as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString

from intranet.clock import BEIJING
from intranet.grids.queries import GridLabel
from intranet.i18n import _, _l, _n
from intranet.incidents.forms import (
    CARD_LABELS,
    REQUEST_LABELS,
    SATISFACTION_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
)
from intranet.incidents.models import (
    Card,
    Incident,
    Request,
    Satisfaction,
    State,
    Urgency,
    Verb,
    numbered,
)
from intranet.incidents.queries import COUNT_MAX, Entry, Names

# What a line of the history says; %(who)s is the account's name, or the house's.
SENTENCES = {
    Verb.SAVE_DRAFT: _l("%(who)s wrote a draft"),
    Verb.REPORT: _l("%(who)s reported it"),
    Verb.WITHDRAW: _l("%(who)s withdrew it"),
    Verb.ACCEPT: _l("%(who)s accepted it"),
    Verb.RETURN: _l("%(who)s sent it back for more"),
    Verb.TAKE_BACK: _l("%(who)s took the return back: it is with the desk again"),
    Verb.DECLINE: _l("%(who)s declined it"),
    Verb.DISPATCH: _l("%(who)s dispatched it to %(to)s"),
    Verb.SETTLE: _l("%(who)s settled it on the spot"),
    Verb.ARRIVE: _l("%(who)s arrived and began to handle it"),
    Verb.REFUSE: _l("%(who)s handed it back"),
    Verb.TRANSFER: _l("%(who)s transferred it to %(to)s"),
    Verb.SUSPEND: _l("%(who)s granted that it is suspended"),
    Verb.RESUME: _l("%(who)s took it up again"),
    Verb.FINISH: _l("%(who)s reported the result"),
    Verb.VERIFY: _l("%(who)s checked the result: passed"),
    Verb.REJECT: _l("%(who)s checked the result: not yet"),
    Verb.CLOSE: _l("%(who)s closed it and told the reporter: %(told)s"),
    Verb.EVALUATE: _l("%(who)s evaluated it: %(satisfaction)s"),
    Verb.REOPEN: _l("%(who)s reopened it"),
    Verb.MERGE: _l("%(who)s merged it into another"),
    Verb.UNMERGE: _l("%(who)s took the merging back"),
    Verb.VOID: _l("%(who)s made it void"),
    Verb.COMMENT: _l("%(who)s noted"),
    Verb.REMIND: _l("%(who)s reminded those who handle it"),
    Verb.SUPERVISE: _l("%(who)s gave a supervision order%(card)s"),
    Verb.WHISTLE: _l("%(who)s blew the whistle; it is now with %(to)s"),
    Verb.ASK_SUSPENSION: _l("%(who)s asks to suspend it"),
    Verb.ASK_EXTENSION: _l("%(who)s asks for %(minutes)s more"),
    Verb.EXTEND: _l("%(who)s granted %(minutes)s more"),
    Verb.REFUSE_REQUEST: _l("%(who)s refused the request"),
    Verb.RECLASSIFY: _l("%(who)s reclassified it: %(category)s, %(urgency)s"),
    Verb.RELOCATE: _l("%(who)s corrected the place: %(grid)s"),
    Verb.ABSORB: _l("%(who)s merged %(number)s into it"),
    Verb.RELEASE: _l("%(who)s took %(number)s out again"),
    Verb.CALL_BACK: _l("%(who)s called the reporter back: %(call)s"),
    Verb.PHOTO: _l("%(who)s added photos"),
    Verb.REDACT: _l("%(who)s covered part of a photo"),
    Verb.RESTORE: _l("%(who)s put the original photo back"),
    Verb.HIDE: _l("%(who)s hid %(what)s"),
    Verb.SHOW: _l("%(who)s showed %(what)s again"),
    Verb.RELATE: _l("%(who)s added a person concerned"),
    Verb.UNRELATE: _l("%(who)s took a person concerned off"),
    Verb.ESCALATE: _l("Overdue: it went to the next level"),
    Verb.WARN: _l("Near due: those who have it were warned"),
}
ENDED = _l("Dealt with on its own again: what it was merged into has ended with nothing done")
# Of a report its own maker joined to another: neither history names whoever made the other.
JOINED = {
    Verb.MERGE: _l("%(who)s met the same as others: it goes on with what was reported already"),
    Verb.ABSORB: _l("Somebody else reported the same: %(number)s was joined to it"),
}
# Of what was merged into one that was merged itself.
ALONG = {
    Verb.UNMERGE: _l("What it was merged into was merged into another: it goes along"),
    Verb.MERGE: _l("%(who)s merged it along"),
    Verb.ABSORB: _l("%(who)s merged %(number)s into it"),
}
ALONE = _l("%(who)s reported it; it could not be joined to what was chosen")
BY_PHONE = _l("%(who)s called the reporter back, who says: %(satisfaction)s")
STATIONS = (
    (State.REPORTED, _l("Reported")),
    (State.ACCEPTED, _l("Accepted")),
    (State.DISPATCHED, _l("Dispatched")),
    (State.HANDLING, _l("On site")),
    (State.HANDLED, _l("Handled")),
    (State.VERIFIED, _l("Verified")),
    (State.CLOSED, _l("Closing")),
    (State.EVALUATED, _l("Evaluation")),
)
ASIDE = frozenset(
    {State.RETURNED, State.SUSPENDED, State.DECLINED, State.MERGED, State.VOID, State.TRANSFERRED}
)
STANDS_FOR = {State.REOPENED: State.ACCEPTED, State.TRANSFERRED: State.DISPATCHED}
A_DAY, AN_HOUR = 24 * 60, 60


@dataclass(frozen=True, slots=True)
class Paper:
    """One form to print; it exists once the incident has got that far."""

    key: str
    label: LazyString
    states: frozenset[State]
    signers: tuple[LazyString, LazyString]


_BEFORE_DESK = frozenset({State.DRAFT, State.REPORTED, State.RETURNED, State.DECLINED})
_GIVEN = frozenset(State) - _BEFORE_DESK - {State.ACCEPTED, State.MERGED, State.VOID}
PAPERS = {
    paper.key: paper
    for paper in (
        Paper(
            "registration",
            _l("Registration form"),
            frozenset(State) - {State.DRAFT},
            (_l("Registered by"), _l("Accepted by")),
        ),
        Paper("dispatch", _l("Dispatch form"), _GIVEN, (_l("Dispatched by"), _l("Received by"))),
        Paper(
            "check",
            _l("Check form"),
            frozenset({State.HANDLED, State.VERIFIED, State.CLOSED, State.EVALUATED}),
            (_l("Handled by (signature)"), _l("Checked by")),
        ),
        Paper(
            "closing",
            _l("Closing form"),
            frozenset({State.CLOSED, State.EVALUATED}),
            (_l("Checked by"), _l("Closing approved by")),
        ),
    )
}


PAPER_STEPS_MAX = 14


def told_on_paper(timeline: Sequence[Entry], sentences: Sequence[str]) -> list[tuple[Entry, str]]:
    """Return the steps that fit on one sheet: changes of state, the newest PAPER_STEPS_MAX."""
    steps = [
        (entry, words)
        for entry, words in zip(timeline, sentences, strict=True)
        if entry.event.to_state is not None
    ]
    return steps[-PAPER_STEPS_MAX:]


def checklist_on_paper(incident: Incident, timeline: Sequence[Entry]) -> tuple[list[str], ...]:
    """Return the lines done and those open, as the latest move of this round left them."""
    told = [e for e in timeline if "done" in e.details and e.event.round == incident.round]
    return (told[-1].details["done"], told[-1].details["open"]) if told else ([], [])


def papers_of(incident: Incident, *, staff: bool) -> list[Paper]:
    """Return the papers there are of an incident, for those whose work they are."""
    return [paper for paper in PAPERS.values() if staff and incident.state in paper.states]


def minutes_words(minutes: int) -> str:
    """Return a length of time as people say it: 47 分钟, 2 小时 5 分, 3 天 4 小时."""
    if minutes < AN_HOUR:
        return str(_n("%(num)d minute", "%(num)d minutes", minutes))
    if minutes < A_DAY:
        hours, rest = divmod(minutes, AN_HOUR)
        return str(_("%(hours)d h %(minutes)d min", hours=hours, minutes=rest))
    days, rest = divmod(minutes, A_DAY)
    return str(_("%(days)d days %(hours)d h", days=days, hours=rest // AN_HOUR))


def short_time(minutes: int) -> str:
    """Return a length of time as short as a column needs it: 12 分, 2 小时 5 分, 3 天 4 小时."""
    if minutes < AN_HOUR:
        return str(_("%(num)d min", num=minutes))
    return minutes_words(minutes)


def time_left(due_at: datetime, now: datetime) -> str:
    """Return how long there is to the limit, or how long it has passed."""
    seconds = (due_at - now).total_seconds()
    length = short_time(int(abs(seconds) // 60))
    return str(_("%(time)s left", time=length) if seconds >= 0 else _("%(time)s over", time=length))


def stops(incident: Incident, timeline: Sequence[Entry]) -> list[tuple[str, str, str]]:
    """Return the stations of the metro line: words, time and place in the ride."""
    reached: dict[State, str] = {}
    for entry in timeline:
        to = entry.event.to_state
        if to is not None and entry.event.round == incident.round:
            moment = entry.event.at.astimezone(BEIJING).strftime("%m-%d %H:%M")
            reached[STANDS_FOR.get(to, to)] = moment
    here = STANDS_FOR.get(incident.state, incident.state)
    order = [state for state, _label in STATIONS]
    last = (
        order.index(here)
        if here in order
        else max((order.index(state) for state in reached if state in order), default=-1)
    )
    line = [
        (
            str(label),
            reached.get(state, "") if number <= last else "",
            "now" if state is here else "past" if number <= last else "",
        )
        for number, (state, label) in enumerate(STATIONS)
    ]
    if incident.state in ASIDE - {State.TRANSFERRED}:
        aside = (str(STATE_LABELS[incident.state]), reached.get(incident.state, ""), "now")
        line.insert(last + 1, aside)
    return line


def sentence(entry: Entry, names: Names, places: Mapping[str, GridLabel]) -> str:
    """Return one event as a sentence; ``places`` holds the grids a history names."""
    details = entry.details
    grid = places.get(details.get("grid", ""))
    facts: dict[str, Any] = {
        "who": entry.actor or _("The system"),
        "to": _(", ").join(names.of(kind, key) for kind, key in details.get("assignees", [])),
        "told": details.get("reporter_word", ""),
        "minutes": minutes_words(details.get("minutes", 0)),
        "grid": grid.full if grid else "",
        "what": _("the description") if details.get("what") else _("a photo or voice note"),
        "number": numbered(str(details["number"])[-10:]) if "number" in details else "",
        "category": names.category(details.get("category")),
        "urgency": _labelled(URGENCY_LABELS, Urgency, details.get("urgency")),
        "satisfaction": _labelled(SATISFACTION_LABELS, Satisfaction, details.get("satisfaction")),
        "call": _call_words(details),
        "card": _(" with a %(card)s", card=_labelled(CARD_LABELS, Card, details["card"]))
        if details.get("card")
        else "",
    }
    said = SENTENCES[entry.event.verb]
    if entry.event.verb is Verb.EVALUATE and details.get("channel"):
        said = BY_PHONE
    elif entry.event.verb is Verb.UNMERGE and details.get("ended"):
        said = ENDED  # without a name: it may be another reporter's
    elif details.get("alone"):
        said = ALONE
    elif details.get("along"):
        said = ALONG[entry.event.verb]
    elif details.get("joined"):
        said = JOINED[entry.event.verb]
    return str(said) % facts


def _call_words(details: dict[str, Any]) -> str:
    if details.get("reached"):
        return str(_("reached"))
    again = _("not reached, try %(tries)s", tries=details.get("tries", 1))
    return str(_("%(again)s, set aside", again=again) if details.get("aside") else again)


def request_words(incident: Incident, names: Names) -> str:
    """Return who asks for what, or nothing."""
    if incident.asked_for is None or incident.asked_by_id is None:
        return ""
    words = _labelled(REQUEST_LABELS, Request, incident.asked_for)
    more = f" · {minutes_words(incident.asked_minutes)}" if incident.asked_minutes else ""
    return f"{names.of('account', incident.asked_by_id)} {words}{more}"


def _labelled(labels: Any, kind: Any, value: str | None) -> str:
    return str(labels[kind(value)]) if value else ""


def how_many(number: int) -> str:
    """Return a count in words: beyond what is counted, that there are more."""
    return f"{number - 1}+" if number >= COUNT_MAX else str(number)
