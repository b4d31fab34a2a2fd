"""The questions by which candidates are found, each of one shape whatever a wish says.

What a wish does not say is asked for so that it narrows nothing: a statement is put together and
planned once then, and not once for each wish. What is looked for in squares (``models/cells.py``)
is looked for within the box of coordinates as well: squares are wider.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    literal_column,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy import true as everything
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from intranet.jobs.models import Employment, JobPost, PayUnit, PostSkill, Shift
from intranet.jobs.models.cells import cell_of, cells_of
from intranet.jobs.operations.matching import Wanted
from intranet.jobs.operations.walking import Box, Place, reach
from intranet.jobs.operations.wish_content import OCCUPATIONS_MAX
from intranet.jobs.queries.matching.rows import OFFER

Values = dict[str, Any]
# A constant in the statement itself: only so it is known to be within the indexes of live posts.
PUBLISHED = JobPost.state == literal_column("'published'")
LEFT = JobPost.openings_left > 0
CELL = cell_of(JobPost.latitude, JobPost.longitude)
# Of each kind of work that is wished for: itself and a wider one are near, one more is not.
SLOTS = {"near": 2 * OCCUPATIONS_MAX, "kind": 3 * OCCUPATIONS_MAX}
# Wider than that, all that is published is looked through: three hours' walk is two thousand.
CELLS_MAX = 2_500
NO_CODE, A_DAY = "~", 24 * 60
NOWHERE = Box(91.0, 0.0, 91.0, 0.0)  # beyond the pole


def classed(name: str) -> Any:
    """Return the condition that a post's kind is one of some codes or below it.

    A dash, which stands before what is below, comes before the full stop.
    """
    code = JobPost.occupation_code
    slots = (f"{name}_{n}" for n in range(SLOTS.get(name, OCCUPATIONS_MAX)))
    return or_(*(and_(code >= bindparam(one), code < bindparam(f"{one}_end")) for one in slots))


def codes(name: str, some: Iterable[str]) -> Values:
    """Return the values of ``classed``."""
    known = sorted(some)
    filled = known + [NO_CODE] * (SLOTS.get(name, OCCUPATIONS_MAX) - len(known))
    values = {f"{name}_{n}": one for n, one in enumerate(filled)}
    return values | {f"{name}_{n}_end": f"{one}." for n, one in enumerate(filled)}


class Squares(Enum):
    """How an engine is asked for many squares at once: so that it is quick there."""

    NOT = "not"  # by the box alone
    LISTED = "listed"  # one by one: what SQLite finds in its index
    ARRAY = "array"  # one value, however many: what PostgreSQL plans once

    def within(self, name: str) -> list[Any]:
        """Return the condition that a post is in one of the squares of a name."""
        if self is Squares.LISTED:
            return [CELL.in_(bindparam(f"{name}_cells", expanding=True))]
        cells = bindparam(f"{name}_cells", type_=ARRAY(BigInteger))
        return [] if self is Squares.NOT else [any_(cells) == CELL]


def squares(session: Session, home: Place | None, minutes: int) -> Squares:
    """Return how to ask for what lies so many minutes about a place; NOT where that is too wide."""
    if home is None or len(cells_of(*reach(home, minutes))) > CELLS_MAX:
        return Squares.NOT
    return Squares.ARRAY if is_postgresql(session) else Squares.LISTED


def is_postgresql(session: Session) -> bool:
    """Whether this engine is asked."""
    return session.get_bind().dialect.name == "postgresql"


def inside(name: str, how: Squares = Squares.NOT) -> Any:
    """Return the condition that a post lies in a box, asked for by its squares or not."""
    latitude, longitude = JobPost.latitude, JobPost.longitude
    box = and_(
        latitude.between(bindparam(f"{name}_south"), bindparam(f"{name}_north")),
        longitude.between(bindparam(f"{name}_west"), bindparam(f"{name}_east")),
    )
    return and_(*how.within(name), box)


def box(name: str, area: Box, how: Squares = Squares.NOT) -> Values:
    """Return the values of ``inside``."""
    values: Values = {f"{name}_{side}": value for side, value in area._asdict().items()}
    return values if how is Squares.NOT else values | {f"{name}_cells": cells_of(*area)}


def special() -> Any:
    """Return the condition that a post asks for one of the skills, or leaves its hours open."""
    of_post = PostSkill.post_id == JobPost.id
    asks = PostSkill.skill_id.in_(bindparam("skills", expanding=True))
    return or_(
        JobPost.shift == Shift.FLEXIBLE, exists(select(PostSkill.post_id).where(of_post, asks))
    )


def gates() -> list[Any]:
    """Return the conditions that no gate is closed that a post's own row tells of."""
    return [
        JobPost.valid_through >= bindparam("today"),
        LEFT,
        JobPost.employment.in_(bindparam("employments", expanding=True)),
        JobPost.shift.in_(bindparam("shifts", expanding=True)),
        or_(JobPost.pay_unit != bindparam("floor_unit"), JobPost.pay_max_fen >= bindparam("floor")),
        or_(
            JobPost.shift.in_((Shift.ROTATING, Shift.FLEXIBLE)),
            JobPost.from_minute.is_(None),
            and_(
                JobPost.from_minute >= bindparam("earliest"),
                JobPost.to_minute <= bindparam("latest"),
            ),
        ),
    ]


def able(*, skilled: bool) -> list[Any]:
    """Return the condition that no skill is a must that a seeker lacks."""
    if not skilled:  # who has said no skill is not known to lack one
        return []
    other = PostSkill.skill_id.not_in(bindparam("skills", expanding=True))
    must = and_(PostSkill.post_id == JobPost.id, PostSkill.is_must, other)
    return [not_(exists(select(PostSkill.post_id).where(must)))]


def gated(wanted: Wanted, today: date, skills: Sequence[int]) -> Values:
    """Return the values of ``gates`` and ``special``; ``today`` is a day in Beijing."""
    floor = wanted.floor
    latest = max((one.to_minute for one in wanted.hours), default=A_DAY)
    # One day's hours may go over into the next one's: then nothing is known of them.
    bounds = (0, 2 * A_DAY)
    if latest < A_DAY:
        bounds = (min(one.from_minute for one in wanted.hours), latest)
    return {
        "today": today,
        "employments": [wanted.employment] if wanted.employment else list(Employment),
        "shifts": [one for one in Shift if wanted.night_ok or one is not Shift.NIGHT],
        "floor_unit": floor.unit if floor else PayUnit.MONTH,
        "floor": floor.fen if floor else 0,
        "earliest": bounds[0],
        "latest": bounds[1],
        "skills": list(skills),
    }


@cache
def first(
    *, wide: Squares, inner: Squares, at_home: bool, skilled: bool, early: bool
) -> Select[Any]:
    """Return the first look: the wished kinds within reach or nowhere, and all that is very near.

    Of no home the kinds alone.
    """
    near = classed("near")
    branches = [[near]]
    if at_home:
        branches = [[near, inside("reach", wide)], [near, CELL.is_(None)]]
        branches.append([inside("inner", inner)])
    return _out_of(branches, able(skilled=skilled), early=early)


class Some(Enum):
    """Which kinds of work are looked for."""

    NONE = "none"
    CHOSEN = "chosen"
    ANY = "any"

    def of(self, name: str) -> list[Any]:
        """Return it as conditions; CHOSEN takes the ``codes`` of a name."""
        found = {Some.NONE: [], Some.CHOSEN: [classed(name)], Some.ANY: [everything()]}
        return found[self]


@cache
def second(
    *,
    at_home: bool,
    unplaced: Some,
    special_ones: Some,
    farther: bool,
    wide: Squares,
    skilled: bool,
    early: bool,
) -> Select[Any]:
    """Return the second look: what else may be as good, without a place or farther away.

    Of no home nothing is farther, and a place is as good as none. Farther away each class of kinds
    has a box of its own, and a wider one for its special posts.
    """
    branches: list[list[Any]] = []
    somewhere = unplaced.of("unplaced")
    somewhere += [one & special() for one in special_ones.of("special")]
    if somewhere:
        branches.append([CELL.is_(None) if at_home else not_(classed("near")), or_(*somewhere)])
    if farther:
        kinds = {"wide": classed("wide"), "middle": classed("middle"), "any": everything()}
        plain = [inside(name) & kind for name, kind in kinds.items()]
        of_special = [inside(f"{name}_special") & kind for name, kind in kinds.items()]
        far = or_(*plain, or_(*of_special) & special())
        branches.append([inside("reach", wide), not_(inside("inner")), far])
    return _out_of(branches, able(skilled=skilled), early=early)


@cache
def misses(*, wide: Squares, at_home: bool, any_kind: bool) -> Select[Any]:
    """Return the look at the newest posts of the wished kinds about a home, or without a place."""
    kinds = [] if any_kind else [classed("kind")]
    branches = [kinds]
    if at_home:
        branches = [[*kinds, inside("reach", wide)], [*kinds, CELL.is_(None)]]
    newest = (
        select(JobPost.id)
        .where(_ids(branches), JobPost.valid_through >= bindparam("today"), LEFT)
        .order_by(JobPost.id.desc())
        .limit(bindparam("most"))
    )
    return select(*OFFER).where(JobPost.id.in_(select(newest.subquery().c.id)))


def _out_of(branches: list[list[Any]], others: list[Any], *, early: bool) -> Select[Any]:
    """Each branch is a range of one index; the rows of all of them are looked up once.

    SQLite reads the branches in the index alone, and the gates in the rows. PostgreSQL has the row
    at hand in the branch: asked there, the gates (``early``) spare it most of the looking up.
    """
    if early:
        branches = [[*one, *gates()] for one in branches]
        return select(*OFFER).where(_ids(branches), *others)
    return select(*OFFER).where(_ids(branches), *gates(), *others)


def _ids(branches: list[list[Any]]) -> Any:
    ids = [select(JobPost.id).where(PUBLISHED, *one) for one in branches]
    return JobPost.id.in_(ids[0] if len(ids) == 1 else union(*ids))
