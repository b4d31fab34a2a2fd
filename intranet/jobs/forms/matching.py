"""The sentences of a match: one for each part, each must-have, and each thing that is missing.

They are made of the facts that are kept with a decision, so yesterday's read as they did then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intranet.i18n import _l
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, WISH_STATE_LABELS
from intranet.jobs.models import Employment, WishState
from intranet.jobs.operations.matching import (
    Facts,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Part,
    PartKey,
)

PART_LABELS = {
    PartKey.WORK: _l("Kind of work and skills"),
    PartKey.WALK: _l("The way there"),
    PartKey.HOURS: _l("Hours and care"),
    PartKey.PAY: _l("What it pays"),
    PartKey.PAPERS: _l("Certificates and experience"),
}
GATE_LABELS = {
    GateKey.POST: _l("Still hiring"),
    GateKey.WISH: _l("Still looking"),
    GateKey.EMPLOYMENT: _l("Kind of employment"),
    GateKey.SKILL: _l("Must be had"),
    GateKey.WALK: _l("Within walking distance"),
    GateKey.HOURS: _l("Within the free hours"),
    GateKey.NIGHT: _l("Work at night"),
    GateKey.PAY: _l("Least pay"),
}
GATE_STATE_LABELS = {
    GateState.MET: _l("Fits"),
    GateState.UNKNOWN: _l("To be asked"),
    GateState.CLOSED: _l("Does not fit"),
}
NEAR = {
    "same": _l("This is the work wished for."),
    "below": _l("It is of the kind of work wished for."),
    "small": _l("It is much like the work wished for."),
    "middle": _l("It is somewhat like the work wished for."),
    "other": _l("It is other work than wished for."),
    "unsaid": _l("What work is wished for was not said yet."),
}
HOURS = {
    "flexible": _l("One chooses the hours oneself."),
    "unsaid": _l("When the seeker is free was not said yet."),
    "unknown": _l("The post gives no fixed hours."),
}
HINTS = {
    HintKey.HOME: _l("Ask about where home is, so that the way can be reckoned."),
    HintKey.POST_PLACE: _l("The company has still to put the post on the map."),
    HintKey.KIND: _l("Ask what work is wished for."),
    HintKey.FINER_KIND: _l("Ask which work of this kind exactly."),
    HintKey.FREE_HOURS: _l("Ask which hours are free."),
    HintKey.POST_HOURS: _l("The company has still to say the days and hours."),
    HintKey.ROTA: _l("Ask how the shifts take turns, and whether there are nights."),
    HintKey.FLOOR: _l("Ask what it should pay at least."),
    HintKey.PIECE: _l("Ask what the piece rate comes to in an hour."),
    HintKey.LOW_END: _l("Ask what one really gets in a month."),
}
HOUR_MINUTES, DAY_MINUTES = 60, 24 * 60


def part_sentence(part: Part) -> Any:
    """Return why a part has the points it has, in the language of the page."""
    return PART_SENTENCES[part.key](part.facts)


def gate_sentence(gate: Gate) -> Any:
    """Return why a must-have is met or not, in the language of the page."""
    return GATE_SENTENCES[gate.key](gate.facts, gate.state)


def hint_sentence(hint: Hint) -> Any:
    """Return what to ask or complete, in the language of the page."""
    if hint.key is HintKey.SKILLS:
        return _l("Ask whether these are there: %(names)s.", names=_names(hint.facts["names"]))
    if hint.key is HintKey.LACKS:
        return _l("With %(names)s it would fit better.", names=_names(hint.facts["names"]))
    if hint.key is HintKey.EXPERIENCE:
        months = hint.facts["months"]
        return _l("Ask how long such work was done: %(months)s months are asked.", months=months)
    return HINTS[hint.key]


def _names(names: Any) -> str:
    """Return names in a row. They are Chinese in every language of the page."""
    return "、".join(names)


def _together(clauses: list[Any]) -> Any:
    whole = clauses[0]
    for one in clauses[1:]:
        whole = _l("%(first)s %(second)s", first=whole, second=one)
    return whole


def _skills(facts: Facts) -> list[Any]:
    clauses = []
    if facts["has"]:
        clauses.append(_l("Has: %(names)s.", names=_names(facts["has"])))
    if facts["lacks"]:
        clauses.append(_l("Lacks: %(names)s.", names=_names(facts["lacks"])))
    if facts["unsaid"]:
        clauses.append(_l("Not said yet whether there: %(names)s.", names=_names(facts["unsaid"])))
    return clauses


def _work(facts: Facts) -> Any:
    return _together([NEAR[str(facts["near"])], *_skills(facts)])


def _walk(facts: Facts) -> Any:
    if facts["minutes"] is None:
        return _l("How far it is is not known yet.")
    return _l(
        "About %(minutes)s minutes on foot (%(most)s at most are wished for)",
        minutes=facts["minutes"],
        most=facts["most"],
    )


def _time(minute: Any) -> Any:
    hour, rest = divmod(minute % DAY_MINUTES, HOUR_MINUTES)
    told = f"{hour:02d}:{rest:02d}"
    if minute > DAY_MINUTES:
        return _l("%(time)s of the next day", time=told)
    return "24:00" if minute == DAY_MINUTES else told


def _hours(facts: Facts) -> Any:
    case = str(facts["case"])
    if case in HOURS:
        return HOURS[case]
    times = {"begin": _time(facts["from"]), "end": _time(facts["to"])}
    if case == "outside":
        return _l("%(begin)s to %(end)s and the way both ways do not fit the free hours.", **times)
    if case == "perhaps":
        return _l("%(begin)s to %(end)s may fit; days or way are not known yet.", **times)
    spare = facts["spare"]
    assert isinstance(spare, int)
    if spare >= HOUR_MINUTES:
        return _l(
            "%(begin)s to %(end)s, the way both ways included; an hour or more is left after it.",
            **times,
        )
    return _l(
        "%(begin)s to %(end)s, the way both ways included; %(spare)s minutes are left after it.",
        spare=spare,
        **times,
    )


def _pay(facts: Facts) -> Any:
    case = facts["case"]
    if case == "no_floor":
        return _l("What it should pay at least was not said yet.")
    if case == "piece":
        return _l("Paid by the piece: what that is in an hour is not known yet.")
    percent = facts["percent"]
    assert isinstance(percent, int)
    if case == "below":
        return _l("Even its most is %(percent)s%% below the least wished for.", percent=-percent)
    if case == "perhaps":
        return _l("Its least is below the least wished for, its most is not.")
    if percent == 0:
        return _l("It pays the least wished for.")
    return _l("It pays at least %(percent)s%% above the least wished for.", percent=percent)


def _papers(facts: Facts) -> Any:
    clauses, wants, months = _skills(facts), facts["wants"], facts["months"]
    if wants and months is None:
        clauses.append(_l("%(wants)s months of experience are asked; not said yet.", wants=wants))
    elif wants:
        clauses.append(
            _l(
                "%(wants)s months of experience are asked, %(months)s are there.",
                wants=wants,
                months=months,
            )
        )
    return _together(clauses or [_l("Neither certificates nor experience are asked for.")])


def _post_gate(facts: Facts, state: GateState) -> Any:
    if state is GateState.MET:
        return _l("The post can be had.")
    if facts["state"] != "published":
        return _l("The post is not open for applications.")
    if facts["over"]:
        return _l("The post was open until %(day)s.", day=facts["through"])
    return _l("All openings of the post are taken.")


def _wish_gate(facts: Facts, state: GateState) -> Any:
    if state is GateState.MET:
        return _l("The wish waits for work.")
    label = WISH_STATE_LABELS[WishState(str(facts["state"]))]
    return _l("The wish does not wait for work: %(state)s.", state=label)


def _employment_gate(facts: Facts, state: GateState) -> Any:
    offered = EMPLOYMENT_LABELS[Employment(str(facts["employment"]))]
    if facts["wished"] is None:
        return _l("%(kind)s; any kind of employment will do.", kind=offered)
    wished = EMPLOYMENT_LABELS[Employment(str(facts["wished"]))]
    if state is GateState.MET:
        return _l("%(kind)s, as wished for.", kind=offered)
    return _l("%(kind)s, but %(wished)s is wished for.", kind=offered, wished=wished)


def _skill_gate(facts: Facts, state: GateState) -> Any:
    name = facts["name"]
    if state is GateState.MET:
        return _l("%(name)s is a must, and is there.", name=name)
    if state is GateState.UNKNOWN:
        return _l("%(name)s is a must; not said yet whether it is there.", name=name)
    return _l("%(name)s is a must, and is not there.", name=name)


def _walk_gate(facts: Facts, state: GateState) -> Any:
    if state is not GateState.CLOSED:
        return _walk(facts)
    minutes, most = facts["minutes"], facts["most"]
    return _l(
        "About %(minutes)s minutes on foot, more than the %(most)s wished for",
        minutes=minutes,
        most=most,
    )


def _night_gate(facts: Facts, state: GateState) -> Any:
    if state is GateState.UNKNOWN:
        return _l("Shifts take turns: whether there are nights is not known yet.")
    if state is GateState.CLOSED:
        return _l("It is work at night, which is not wished for.")
    if facts["night"] == 0:
        return _l("There is no work at night.")
    return _l("Work at night will do.")


def _same_as(sentence: Callable[[Facts], Any]) -> Callable[[Facts, GateState], Any]:
    return lambda facts, _state: sentence(facts)


PART_SENTENCES: dict[PartKey, Callable[[Facts], Any]] = {
    PartKey.WORK: _work,
    PartKey.WALK: _walk,
    PartKey.HOURS: _hours,
    PartKey.PAY: _pay,
    PartKey.PAPERS: _papers,
}
GATE_SENTENCES: dict[GateKey, Callable[[Facts, GateState], Any]] = {
    GateKey.POST: _post_gate,
    GateKey.WISH: _wish_gate,
    GateKey.EMPLOYMENT: _employment_gate,
    GateKey.SKILL: _skill_gate,
    GateKey.WALK: _walk_gate,
    GateKey.HOURS: _same_as(_hours),
    GateKey.NIGHT: _night_gate,
    GateKey.PAY: _same_as(_pay),
}
