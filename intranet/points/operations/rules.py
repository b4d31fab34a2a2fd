"""Rules as a meeting adopts them: a new version each time, none changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from intranet import clock
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.points.models import Dimension, Evidence, Level, Meeting, Occasion, Rule, Sign, Window
from intranet.points.models.rule import said
from intranet.points.models.words import sha256_of
from intranet.points.operations.accounts import take_turn
from intranet.register.models import PartyKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}\Z")
NUMBER_MAX = 100_000
PUBLICITY_MAX = 30
MEETING_DAYS_MAX = 5 * 366  # no longer ago than the five years for which a committee is elected


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version of a rule says; ``caps`` are points of one party in each window."""

    title: str
    words: str
    sign: Sign
    dimension: Dimension
    points: int
    unit: str
    units_max: int
    evidence: Evidence
    level: Level
    kinds: frozenset[PartyKind]
    publicity_days: int
    caps: dict[Window, int]
    valid_from: date
    occasion: Occasion | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """How a meeting voted."""

    present: int
    in_favour: int
    against: int
    abstained: int


def record_meeting(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid: Grid,
    held_on: date,
    body: str,
    vote: Vote,
    minutes: str = "",
    address: str = "",
) -> Meeting:
    """Write down a meeting that adopted something.

    Raises InputError for more votes than people, for a minority, for a day to come and for one
    longer ago than those who met were elected for.
    """
    if vote.in_favour + vote.against + vote.abstained > vote.present:
        raise InputError("There are more votes than people who were there", "present")
    if vote.in_favour <= vote.against:
        raise InputError("More were against it than for it: it was not adopted", "in_favour")
    if held_on > clock.day_of(at):
        raise InputError("This day is still to come", "held_on")
    if held_on < clock.day_of(at) - timedelta(days=MEETING_DAYS_MAX):
        raise InputError("This meeting was more than five years ago: look at the year", "held_on")
    meeting = Meeting(
        grid_id=grid.id,
        held_on=held_on,
        body=body,
        present=vote.present,
        in_favour=vote.in_favour,
        against=vote.against,
        abstained=vote.abstained,
        minutes=minutes,
        recorded_at=at,
        recorded_by=actor.account_id if actor else None,
    )
    session.add(meeting)
    session.flush()
    _note(session, meeting, "points:meeting:record", actor=actor, at=at, address=address)
    return meeting


def adopt(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    meeting: Meeting,
    code: str,
    terms: Terms,
    version: int,
    is_open: bool = True,
    address: str = "",
) -> Rule:
    """Write a version of a rule; ``version`` is the one it follows, 0 for a new rule.

    Raises InputError beside the field, DomainError where somebody wrote another version meanwhile
    or the code is another community's. The ledger's turn decides who of two is first.
    """
    _check(code, terms)
    take_turn(session)
    newest = newest_of(session, code)
    if (newest.version if newest else 0) != version:
        raise DomainError("Somebody has written another version of this rule meanwhile")
    if newest is not None and newest.grid_id != meeting.grid_id:
        raise InputError("Another place has a rule with this code", "code")
    if terms.valid_from < meeting.held_on:
        # What nobody had adopted yet on a day gives nothing for that day.
        words = "The meeting was on %(day)s: the rule holds from that day at the earliest"
        raise InputError(words, "valid_from", day=meeting.held_on)
    if newest is not None and terms.valid_from < newest.valid_from:
        raise InputError("The version before it holds from a later day", "valid_from")
    rule = Rule(
        code=code,
        version=version + 1,
        grid_id=meeting.grid_id,
        sign=terms.sign,
        dimension=terms.dimension,
        title=terms.title,
        words=terms.words,
        points=terms.points,
        unit=terms.unit,
        units_max=terms.units_max,
        evidence=terms.evidence,
        level=terms.level,
        occasion=terms.occasion,
        kinds=",".join(sorted(terms.kinds)),
        publicity_days=terms.publicity_days,
        **{f"cap_{one.value}": terms.caps.get(one) for one in Window},
        valid_from=terms.valid_from,
        is_open=is_open,
        meeting_id=meeting.id,
        recorded_at=at,
        recorded_by=actor.account_id if actor else None,
    )
    rule.sha256 = sha256_of(said(rule, meeting))
    session.add(rule)
    session.flush()
    action = "points:rule:adopt" if is_open else "points:rule:end"
    _note(session, rule, action, actor=actor, at=at, address=address)
    return rule


def newest_of(session: Session, code: str) -> Rule | None:
    """Return a rule's newest version, whether it holds already or not."""
    found = select(Rule).where(Rule.code == code).order_by(Rule.version.desc()).limit(1)
    return session.scalar(found)


def rule_on(session: Session, *, code: str, day: date, grid_path: str) -> Rule | None:
    """Return the version that holds on a day at a place; None where none does, or it was ended."""
    found = session.scalar(
        select(Rule)
        .where(Rule.code == code, Rule.valid_from <= day)
        .order_by(Rule.version.desc())
        .limit(1)
    )
    if found is None or not found.is_open or not grid_path.startswith(found.grid_path):
        return None
    return found


def rules_for(session: Session, *, occasion: Occasion, day: date, grid_path: str) -> list[Rule]:
    """Return the rules that give for what another room saw, as they hold on a day at a place."""
    codes = session.scalars(
        select(Rule.code).where(Rule.occasion == occasion).distinct().order_by(Rule.code)
    ).all()
    found = [rule_on(session, code=code, day=day, grid_path=grid_path) for code in codes]
    return [
        one
        for one in found
        if one is not None and one.occasion is occasion and one.sign is Sign.EARN
    ]


def terms_of(rule: Rule) -> Terms:
    """Return what a version says, to be changed in the next."""
    return Terms(
        title=rule.title,
        words=rule.words,
        sign=rule.sign,
        dimension=rule.dimension,
        points=rule.points,
        unit=rule.unit,
        units_max=rule.units_max,
        evidence=rule.evidence,
        level=rule.level,
        kinds=rule.kind_set,
        publicity_days=rule.publicity_days,
        caps=rule.caps,
        valid_from=rule.valid_from,
        occasion=rule.occasion,
    )


def _check(code: str, terms: Terms) -> None:
    if not CODE.match(code):
        raise InputError("A code is of 2 to 12 capital letters and digits, a letter first", "code")
    if not terms.kinds:
        raise InputError("Who may earn it?", "kinds")
    for field in ("points", "units_max"):
        if not 0 < getattr(terms, field) <= NUMBER_MAX:
            raise InputError("Points are whole numbers above zero", field)
    if not 1 <= terms.publicity_days <= PUBLICITY_MAX:
        raise InputError("It is made public for 1 to 30 days", "publicity_days")
    if terms.occasion is Occasion.INCIDENT and Window.MONTH not in terms.caps:
        # Else whoever reports most would earn most: neighbours are not to be counted.
        raise InputError("What is reported counts up to a cap a month: give it", "cap_month")
    _check_caps(terms)


def _check_caps(terms: Terms) -> None:
    for window, cap in terms.caps.items():
        if not terms.points <= cap <= NUMBER_MAX:
            raise InputError("A cap holds at least one unit", f"cap_{window.value}")
    given = [one for one in Window if one in terms.caps]
    for shorter, longer in pairwise(given):
        if terms.caps[shorter] > terms.caps[longer]:
            words = "No cap is above that of a longer time, here %(cap)s"
            raise InputError(words, f"cap_{shorter.value}", cap=terms.caps[longer])


def _note(
    session: Session,
    row: Meeting | Rule,
    action: str,
    *,
    actor: Viewer | None,
    at: datetime,
    address: str,
) -> None:
    facts: dict[str, Any] = {}
    if isinstance(row, Rule):
        facts = {"rule": row.code, "version": row.version}
    act = Act(actor, at, address)
    act.record(session, action, row.__tablename__, row.id, row.grid_path, **facts)
