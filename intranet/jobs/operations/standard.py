"""Occupations and skills as the house brings them, taken in as often as one likes."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.errors import InputError
from intranet.jobs.models import CODE, Occupation, Skill, SkillKind

ROOM = Path(__file__).resolve().parents[1]
OCCUPATIONS, SKILLS = ROOM / "occupations.csv", ROOM / "skills.csv"
NAME_MAX, ALSO_MAX = 60, 200


class Line(NamedTuple):
    """One occupation: its code, its name, and what people say for it, separated by spaces."""

    code: str
    name: str
    also: str = ""


def read_occupations(path: Path) -> list[Line]:
    """Read a CSV file of ``code,name,also``, UTF-8. Raises InputError that names the line."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for number, row in enumerate(rows, start=2):
        code, name, also = ((row.get(one) or "").strip() for one in Line._fields)
        is_well = CODE.fullmatch(code) and 0 < len(name) <= NAME_MAX and len(also) <= ALSO_MAX
        if not is_well:
            raise InputError("Line %(number)s is no occupation: %(code)s", number=number, code=code)
        found.append(Line(code, name, also))
    return found


def take_occupations(session: Session, lines: Iterable[Line]) -> int:
    """Add or rename occupations; return how many changed. None is removed: posts name them."""
    known = {one.code: one for one in session.scalars(select(Occupation))}
    changed = 0
    for line in lines:
        one = known.get(line.code)
        if one is None:
            known[line.code] = Occupation(code=line.code, name=line.name, also=line.also)
            session.add(known[line.code])
        elif (one.name, one.also) == (line.name, line.also):
            continue
        else:
            one.name, one.also = line.name, line.also
        changed += 1
    session.flush()
    return changed


def take_standard(session: Session) -> int:
    """Take the house's own list of occupations and skills; return how many changed."""
    changed = take_occupations(session, read_occupations(OCCUPATIONS))
    known = set(session.scalars(select(Skill.name)))
    with SKILLS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["name"] not in known:
                session.add(Skill(kind=SkillKind(row["kind"]), name=row["name"]))
                changed += 1
    session.flush()
    return changed
