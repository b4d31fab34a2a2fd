"""The list of matters that may be reported (事项清单): entered, changed, closed and opened again.

Nothing enters the grids' work but through this list, with the day it begins, and the day it ends
where it is for a time only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.incidents.models import Category, Incident
from intranet.incidents.operations.standard import STANDARD, Matter

NAME_MAX = 30
TEXT_MAX = 400
CHECKLIST_LINES_MAX = 20
CHECKLIST_MAX = 2000
POSITION_MAX = 999
CODES = {False: re.compile(r"\d{2}\Z"), True: re.compile(r"\d{4}\Z")}
FIELDS = tuple(Matter.__dataclass_fields__)


def install_standard(session: Session, *, actor: Viewer | None, at: datetime) -> int:
    """Enter the standard list where there is none; return how many matters it has."""
    audit.take_turn(session)
    if session.scalar(select(func.count(Category.id))):
        raise DomainError("There is a list already; change it matter by matter")
    day = at.astimezone(BEIJING).date()
    total = 0
    for number, (name, matters) in enumerate(STANDARD, 1):
        above = Matter(name, position=number, opened_on=day)
        parent = _make(session, None, f"{number:02d}", above)
        for below, matter in enumerate(matters, 1):
            placed = replace(matter, position=below, opened_on=day)
            _make(session, parent, f"{parent.code}{below:02d}", placed)
            total += 1
    audit.record(
        session,
        actor=actor,
        action="incidents:catalogue:install",
        at=at,
        object_kind="category",
        object_id="",
        matters=total,
    )
    return total


def suggested_code(session: Session, parent: Category | None) -> str:
    """Return the next code after the last one ever given at this place; empty when there is none.

    A code is never used twice: whoever closed a matter left it its code.
    """
    last = session.scalar(select(func.max(Category.code)).where(_beside(parent)))
    number = int(last[-2:]) + 1 if last and last[-2:].isdecimal() else 1
    return f"{parent.code if parent else ''}{number:02d}" if number <= 99 else ""


def add_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    parent: Category | None,
    matter: Matter,
    code: str = "",
    closed_on: date | None = None,
    address: str = "",
) -> Category:
    """Admit a matter below a class, or a class; without a code it gets the next free one.

    ``closed_on``: the day it goes off the list again, for what is admitted for a time.
    """
    audit.take_turn(session)
    if parent is not None and parent.parent_id is not None:
        raise InputError("The list has two levels", "parent")
    if matter.opened_on is None:
        matter = replace(matter, opened_on=at.astimezone(BEIJING).date())
    if parent is not None and parent.closed_on is not None:
        raise InputError("This class is off the list; open it first", "parent")
    _check(matter)
    _check_days(matter.opened_on, closed_on)
    _check_name(session, parent, matter.name, None)
    code = code or suggested_code(session, parent)
    if not code:
        raise DomainError("There are 99 already")
    _check_code(session, parent, code)
    if not matter.position:
        matter = replace(matter, position=int(code[-2:]))
    made = _make(session, parent, code, matter, closed_on)
    after = {name: value for name, value in _facts(made).items() if value not in ("", None)}
    _record(
        session, actor, at, "incidents:category:add", category=made, address=address, after=after
    )
    return made


def change_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category,
    matter: Matter,
    version: int,
    address: str = "",
) -> None:
    """Change a matter's texts and ways; what was reported under it keeps its urgency."""
    _take(session, category, version)
    if matter.opened_on is None:
        matter = replace(matter, opened_on=category.opened_on)
    _check(matter)
    _check_days(matter.opened_on, category.closed_on)
    parent = session.get(Category, category.parent_id) if category.parent_id else None
    _check_name(session, parent, matter.name, category.id)
    before = _facts(category)
    for name in FIELDS:
        setattr(category, name, getattr(_tidied(matter), name))
    session.flush()
    changes = _changes(before, _facts(category))
    if changes:
        _record(
            session,
            actor,
            at,
            "incidents:category:change",
            category=category,
            address=address,
            changes=changes,
        )


def close_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category,
    version: int,
    closed_on: date | None = None,
    address: str = "",
) -> int:
    """Take a matter off the list from a day on, today if none is said, and all below a class.

    What is open under it goes on as it is; returns how many incidents that are.
    """
    _take(session, category, version)
    if category.closed_on is not None:
        raise DomainError("This is off the list already; here it is as it stands")
    day = closed_on or at.astimezone(BEIJING).date()
    _check_days(category.opened_on, day)
    below = session.scalars(select(Category).where(Category.parent_id == category.id)).all()
    for one in (category, *below):
        if one.closed_on is None or one.closed_on > day:
            one.closed_on = max(day, one.opened_on)
    session.flush()
    _record(
        session,
        actor,
        at,
        "incidents:category:close",
        category=category,
        address=address,
        changes={"closed_on": ["", day.isoformat()]},
    )
    return open_under(session, category)


def reopen_category(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category,
    version: int,
    address: str = "",
) -> None:
    """Put a matter on the list again; with a class comes back what was closed on the same day."""
    _take(session, category, version)
    if category.closed_on is None:
        raise DomainError("This is on the list already; here it is as it stands")
    parent = session.get(Category, category.parent_id) if category.parent_id else None
    if parent is not None and parent.closed_on is not None:
        raise DomainError("Its class is off the list; open that first")
    _check_name(session, parent, category.name, category.id)
    day = category.closed_on
    with_it = select(Category).where(Category.parent_id == category.id, Category.closed_on == day)
    for one in (category, *session.scalars(with_it).all()):
        one.closed_on = None
    session.flush()
    changes = {"closed_on": [day.isoformat(), ""]}
    _record(
        session,
        actor,
        at,
        "incidents:category:open",
        category=category,
        address=address,
        changes=changes,
    )


def open_under(session: Session, category: Category) -> int:
    """Return how many open incidents are of a matter, or of any below a class."""
    ids = select(Category.id).where(
        (Category.id == category.id) | (Category.parent_id == category.id)
    )
    still = select(func.count(Incident.id)).where(Incident.is_open, Incident.category_id.in_(ids))
    return session.scalar(still) or 0


def _take(session: Session, category: Category, version: int) -> None:
    """Wait for one's turn, and refuse a form made before somebody else's change."""
    audit.take_turn(session)
    session.refresh(category, with_for_update=True)
    if category.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")


def _make(
    session: Session,
    parent: Category | None,
    code: str,
    matter: Matter,
    closed_on: date | None = None,
) -> Category:
    fields = {name: getattr(_tidied(matter), name) for name in FIELDS}
    made = Category(
        parent_id=parent.id if parent else None, code=code, closed_on=closed_on, **fields
    )
    session.add(made)
    session.flush()
    return made


def _tidied(matter: Matter) -> Matter:
    lines = (" ".join(line.split()) for line in matter.checklist.splitlines())
    return replace(
        matter,
        name=" ".join(matter.name.split()),
        keywords=" ".join(matter.keywords.split()),
        owner=" ".join(matter.owner.split()),
        promise=" ".join(matter.promise.split()),
        checklist="\n".join(line for line in lines if line),
    )


def _beside(parent: Category | None) -> ColumnElement[bool]:
    return Category.parent_id.is_(None) if parent is None else Category.parent_id == parent.id


def _check(matter: Matter) -> None:
    if not 1 <= len(matter.name.strip()) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)
    for name in ("keywords", "owner", "promise"):
        if len(getattr(matter, name)) > TEXT_MAX:
            raise InputError("At most %(most)d characters", name, most=TEXT_MAX)
    if len(matter.checklist) > CHECKLIST_MAX:
        raise InputError("At most %(most)d characters", "checklist", most=CHECKLIST_MAX)
    if len(matter.checklist.splitlines()) > CHECKLIST_LINES_MAX:
        raise InputError("At most %(most)d lines", "checklist", most=CHECKLIST_LINES_MAX)
    if not 0 <= matter.position <= POSITION_MAX:
        raise InputError("Between 0 and %(most)d", "position", most=POSITION_MAX)


def _check_days(opened_on: date | None, closed_on: date | None) -> None:
    if opened_on and closed_on and closed_on < opened_on:
        raise InputError("It cannot end before it begins, on %(day)s", "closed_on", day=opened_on)


def _check_code(session: Session, parent: Category | None, code: str) -> None:
    head = parent.code if parent else ""
    if not CODES[parent is not None].match(code) or not code.startswith(head):
        raise InputError(
            "The code has two digits more than its class's: %(example)s",
            "code",
            example=f"{head}01",
        )
    if session.scalar(select(Category.id).where(Category.code == code)):
        raise InputError("This code was given already; no code is used twice", "code")


def _check_name(session: Session, parent: Category | None, name: str, own_id: int | None) -> None:
    """Refuse two open ones of the same name side by side: nobody could choose between them."""
    twin = select(Category.id).where(
        _beside(parent),
        Category.name == " ".join(name.split()),
        Category.closed_on.is_(None),
        Category.id != (own_id or 0),
    )
    if session.scalar(twin.limit(1)):
        raise InputError("There is one of this name here already", "name")


def _facts(category: Category) -> dict[str, Any]:
    found = {name: getattr(category, name) for name in (*FIELDS, "closed_on")}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in found.items()
    }


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what differs, each as before and after."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def _record(
    session: Session,
    actor: Viewer,
    at: datetime,
    action: str,
    *,
    category: Category,
    address: str,
    **details: Any,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="category",
        object_id=category.id,
        address=address,
        code=category.code,
        name=category.name,
        **details,
    )
