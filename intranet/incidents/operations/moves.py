"""Making a move: its state, its barriers and what it must bring are read from the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    ACTS,
    MOVES,
    Barrier,
    Card,
    Category,
    Incident,
    IncidentEvent,
    Move,
    Need,
    Request,
    Satisfaction,
    Urgency,
    Verb,
    numbered,
)
from intranet.incidents.operations.assigning import as_details, assign, call, take_off
from intranet.incidents.operations.calling import note_call
from intranet.incidents.operations.checklist import ticked
from intranet.incidents.operations.history import Act, lay_hand, overtaken, said, take
from intranet.incidents.operations.holding import Assignee, assignees, hands
from intranet.incidents.operations.limits import MINUTES_MAX
from intranet.incidents.operations.photos import has_result_photo
from intranet.incidents.operations.releasing import (
    NOTHING_DONE,
    release_merged,
    unmerge_until,
)
from intranet.incidents.operations.relocating import Whereabouts, move_to
from intranet.incidents.operations.rewarding import offer_for_hazard
from intranet.incidents.operations.rules import Try, barred

TABLE = MOVES | ACTS
PHONE = "phone"  # the channel of what a caller says for the reporter


@dataclass(frozen=True, slots=True)
class Brings:
    """What comes with a move; each asks for what its row in the table says."""

    words: str = ""
    assignees: Sequence[Assignee] = ()
    reporter_word: str = ""
    satisfaction: Satisfaction | None = None
    minutes: int = 0
    card: Card | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    checked: Sequence[str] = ()  # lines of the category's checklist
    whereabouts: Whereabouts | None = None
    channel: str = ""  # "phone" when somebody says it for the reporter they have called
    reached: bool = False  # of a call: whether the reporter was
    set_aside: bool = False  # of a call: whether it was the last


NOTHING = Brings()


def perform(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    verb: Verb,
    brings: Brings = NOTHING,
    turn: int | None = None,
    address: str = "",
) -> IncidentEvent:
    """Make one move or act; return its event.

    The caller has asked for the move's permission. Raises Overtaken when the incident has gone on
    since ``turn``, DomainError for a broken rule, InputError by field for what is missing. Merging
    has operations of its own.
    """
    move = TABLE[verb]
    act = take(session, incident=incident, actor=actor, at=at, turn=turn, address=address)
    check(act, move, by_phone=brings.channel == PHONE, was_seen=turn is not None)
    words = said(brings.words, least=2 if Need.WORDS in move.needs else 0)
    return effect(act, move, brings, words)


def effect(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    """Make a move that was found to be allowed, on the locked incident."""
    if move.target in NOTHING_DONE:
        release_merged(act, move.verb)
    return _EFFECTS.get(move.verb, _plain)(act, move, brings, words)


def check(act: Act, move: Move, *, by_phone: bool = False, was_seen: bool = False) -> None:
    """Raise the reason why the actor may not make the move on the locked incident now.

    ``was_seen``: the form showed it as it stands, so that nobody was faster.
    """
    if act.incident.state not in move.sources:
        if was_seen:
            raise DomainError(
                "%(number)s: this cannot be done in the state it is in",
                number=numbered(act.incident.short_number),
            )
        raise overtaken(act.session, act.incident)
    assert act.actor is not None
    attempt = Try(
        move,
        act.incident,
        act.actor.account_id,
        hands(act.session, act.incident),
        act.at,
        by_phone=by_phone,
        unmerge_until=unmerge_until(act.session, [act.incident.id]).get(act.incident.id)
        if Barrier.MERGE_WINDOW in move.barriers
        else None,
    )
    error = barred(attempt)
    if error is not None:
        raise error


def _plain(act: Act, move: Move, brings: Brings, words: str, **details: Any) -> IncidentEvent:
    details |= ticked(act, move.verb, brings.checked)
    target = move.target_from(act.incident.state)
    if move.verb in MOVES and target is None:
        target = act.incident.previous_state
    if move.by_hand:
        act.lay_hand_on()
    return act.write(move.verb, target, words, **details)


def _report_again(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    if act.incident.reported_at is None:
        raise DomainError("A draft is sent from its own page")
    return _plain(act, move, brings, words)


def _dispatch(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    # Whoever has it may hand it on, but not make it less urgent by the way.
    if move.verb is Verb.DISPATCH and brings.urgency is not None:
        act.incident.urgency = brings.urgency
    chosen = assign(act, brings.assignees)
    return _plain(
        act,
        move,
        brings,
        words,
        assignees=as_details(chosen),
        urgency=act.incident.urgency.value,
    )


def _give_back(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    take_off(act)
    return _plain(act, move, brings, words, assignees=[])


def _finish(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    act.incident.result = words
    # Whoever had it by name has handled it, whoever of them presses: none is to check it.
    for one in assignees(act.session, act.incident):
        if one.kind == "account":
            lay_hand(act.session, act.incident, one.id)
    return _plain(act, move, brings, words)


def _close(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    incident = act.incident
    if not incident.result:
        raise DomainError("There is no result yet")
    if act.matter.needs_photo and not has_result_photo(act.session, incident):
        raise DomainError("A photo of the result is needed before it can be closed")
    incident.reporter_word = said(brings.reporter_word, "reporter_word", least=2)
    incident.closed_at = act.at
    incident.was_in_time = incident.total_due_at is None or act.at <= incident.total_due_at
    began_at = _round_began_at(act)
    incident.real_minutes = int((act.at - began_at).total_seconds() // 60)
    offer_for_hazard(act.session, incident, at=act.at)
    return _plain(act, move, brings, words, reporter_word=incident.reporter_word)


def _round_began_at(act: Act) -> datetime:
    found = act.session.scalar(
        select(IncidentEvent.at)
        .where(
            IncidentEvent.incident_id == act.incident.id,
            IncidentEvent.round == act.incident.round,
            IncidentEvent.verb.in_([Verb.REPORT, Verb.REOPEN]),
        )
        .order_by(IncidentEvent.id)
        .limit(1)
    )
    assert found is not None
    return found


def _evaluate(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    if brings.satisfaction is None:
        raise InputError("Say how satisfied you are", "satisfaction")
    act.incident.satisfaction = brings.satisfaction
    details = {"satisfaction": brings.satisfaction.value}
    if brings.channel:
        note_call(act, reached=True)
        details["channel"] = brings.channel
    return _plain(act, move, brings, words, **details)


def _call_back(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    if brings.reached:
        said(words, least=2)
    call_made = note_call(act, reached=brings.reached, set_aside=brings.set_aside)
    return _plain(
        act,
        move,
        brings,
        words,
        tries=call_made.tries,
        reached=brings.reached,
        aside=brings.set_aside,
    )


def _reopen(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    incident = act.incident
    take_off(act)
    incident.round += 1
    incident.closed_at, incident.was_in_time, incident.real_minutes = None, None, None
    incident.result, incident.reporter_word, incident.satisfaction = "", "", None
    incident.extension_minutes = 0
    return _plain(act, move, brings, words, assignees=[])


def _whistle(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    everyone = call(act, brings.assignees)
    raise_desk(act, to_town=True)
    if move.target_from(act.incident.state) is None:
        act.incident.turn += 1  # who may act has changed, though the state has not
    return _plain(
        act, move, brings, words, assignees=as_details(everyone), desk=act.incident.desk_path
    )


def raise_desk(act: Act, *, to_town: bool = False) -> bool:
    """Put the incident on the desk one level up, or the town's; return whether there is one."""
    incident = act.incident
    level = incident.desk_path.count(".")
    # The path is the chain of ids: county, town, community, general grid. It is climbed from where
    # the incident lies: the desk's own grid may have been closed, or have gone elsewhere, since.
    steps = incident.grid_path.split(".")[:-1]
    higher = steps[: 2 if to_town else level - 1]
    if not higher or len(higher) >= level:
        return False
    incident.desk_path = ".".join(higher) + "."
    incident.level_raised += 1
    return True


def _ask(kind: Request) -> Callable[[Act, Move, Brings, str], IncidentEvent]:
    def ask(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
        incident = act.incident
        if incident.asked_for is not None:
            raise DomainError("There is a request already; a leader has yet to answer it")
        minutes = brings.minutes if Need.MINUTES in move.needs else 0
        if Need.MINUTES in move.needs and not 1 <= minutes <= MINUTES_MAX:
            raise InputError("Say how many minutes more, up to a year", "minutes")
        assert act.actor is not None
        incident.asked_for, incident.asked_by_id = kind, act.actor.account_id
        incident.asked_minutes = minutes
        incident.turn += 1
        return _plain(act, move, brings, words, request=kind.value, minutes=minutes)

    return ask


def _extend(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    incident = act.incident
    minutes = incident.asked_minutes
    incident.extension_minutes += minutes
    _clear_request(incident)
    event = _plain(act, move, brings, words, minutes=minutes)
    act.count_clocks()
    act.session.flush()
    return event


def _refuse_request(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    asked = act.incident.asked_for
    _clear_request(act.incident)
    return _plain(act, move, brings, words, request=asked.value if asked else "")


def _clear_request(incident: Incident) -> None:
    incident.asked_for, incident.asked_by_id, incident.asked_minutes = None, None, 0
    incident.turn += 1


def _supervise(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    # A red card stays red: a yellow one after it is a reminder only.
    if brings.card is not None and act.incident.card is not Card.RED:
        act.incident.card = brings.card
    return _plain(act, move, brings, words, card=brings.card.value if brings.card else "")


def _reclassify(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    incident = act.incident
    category_id = brings.category.id if brings.category else incident.category_id
    usual = brings.category.urgency if brings.category else incident.urgency
    urgency = brings.urgency or usual
    if (category_id, urgency) == (incident.category_id, incident.urgency):
        raise InputError("That is what it is already", "category")
    was = incident.urgency
    incident.category_id, incident.urgency = category_id, urgency
    incident.turn += 1
    event = _plain(
        act, move, brings, words, category=category_id, urgency=urgency.value, was=was.value
    )
    act.count_clocks()
    act.session.flush()
    return event


def _relocate(act: Act, move: Move, brings: Brings, words: str) -> IncidentEvent:
    if brings.whereabouts is None:
        raise InputError("Choose the micro-grid", "grid")
    incident = act.incident
    before = incident.grid_path
    move_to(act, brings.whereabouts)
    incident.turn += 1
    found = {"grid": incident.grid_path, "desk": incident.desk_path}
    if before != incident.grid_path:
        found["from"] = before  # whose list it leaves: queries/news.py reads it
    return _plain(act, move, brings, words, **found)


_EFFECTS: dict[Verb, Callable[[Act, Move, Brings, str], IncidentEvent]] = {
    Verb.REPORT: _report_again,
    Verb.DISPATCH: _dispatch,
    Verb.TRANSFER: _dispatch,
    Verb.REFUSE: _give_back,
    Verb.SETTLE: _finish,
    Verb.FINISH: _finish,
    Verb.CLOSE: _close,
    Verb.EVALUATE: _evaluate,
    Verb.REOPEN: _reopen,
    Verb.WHISTLE: _whistle,
    Verb.ASK_SUSPENSION: _ask(Request.SUSPENSION),
    Verb.ASK_EXTENSION: _ask(Request.EXTENSION),
    Verb.EXTEND: _extend,
    Verb.REFUSE_REQUEST: _refuse_request,
    Verb.SUPERVISE: _supervise,
    Verb.RECLASSIFY: _reclassify,
    Verb.RELOCATE: _relocate,
    Verb.CALL_BACK: _call_back,
}
